/** The native door: sockets that the JDK does not have. Linux only, and optional. */
package io.diskless.netboot.internal.linux;
