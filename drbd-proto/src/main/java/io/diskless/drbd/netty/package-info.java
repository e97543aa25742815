/** The two sockets of a connection on Netty: transports, the connect algorithm, and frames. */
package io.diskless.drbd.netty;
