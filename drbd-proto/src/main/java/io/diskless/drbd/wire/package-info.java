/**
 * The format of the DRBD protocol, versions 86 to 101. Hot face: static accessors over a {@link io.netty.buffer.ByteBuf}
 * at an absolute index, which allocate nothing; cold face: records. {@code PROTOCOL.md} of this module holds what we
 * learned from live peers.
 *
 * <p>The hot face is over Netty's buffer and not over {@link java.nio.ByteBuffer} because every byte of this protocol
 * comes from or goes to a Netty channel: a view as ByteBuffer would cost an object for each packet.
 */
package io.diskless.drbd.wire;
