/** The command line; it lives only in the {@code -cli} jar. */
package io.diskless.netboot.cli;
