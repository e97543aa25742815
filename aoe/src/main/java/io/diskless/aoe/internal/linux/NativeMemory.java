package io.diskless.aoe.internal.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A block of direct memory and its address, for the structures that system calls read and write. Freed by the garbage
 * collector, so its owner must stay reachable during a call. Not thread-safe.
 */
public final class NativeMemory {
    private final ByteBuffer bytes;
    private final long address;

    public NativeMemory(int size) {
        // alignedSlice rounds both ends.
        bytes = ByteBuffer.allocateDirect((size + 63) / 64 * 64 + 64)
                .alignedSlice(64)
                .order(ByteOrder.nativeOrder());
        address = LibC.address(bytes);
    }

    /** The bytes, in native order, zero at first. */
    public ByteBuffer bytes() {
        return bytes;
    }

    public long address() {
        return address;
    }

    public long address(int offset) {
        return address + offset;
    }
}
