package io.diskless.cluster.block.mirror;

import java.nio.ByteBuffer;

/** Buffers that any device takes. */
final class Buffers {
    /** The strictest memory alignment that direct I/O asks for in practice. */
    private static final int ALIGNMENT = 4096;

    private Buffers() {}

    /** Direct, aligned to a page, position 0, limit and capacity {@code size}. */
    static ByteBuffer direct(int size) {
        ByteBuffer raw = ByteBuffer.allocateDirect(size + ALIGNMENT);
        int past = raw.alignmentOffset(0, ALIGNMENT);
        return raw.slice(past == 0 ? 0 : ALIGNMENT - past, size);
    }
}
