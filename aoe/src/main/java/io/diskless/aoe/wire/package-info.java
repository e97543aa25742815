/**
 * The format of ATA over Ethernet, protocol version 1. Hot face: static accessors over a {@link java.nio.ByteBuffer},
 * which allocate nothing; cold face: records. {@code PROTOCOL.md} of this module holds what we learned from live peers.
 */
package io.diskless.aoe.wire;
