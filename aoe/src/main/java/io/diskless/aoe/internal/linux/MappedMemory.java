package io.diskless.aoe.internal.linux;

import io.diskless.aoe.AoeException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory shared with the kernel. It is unmapped exactly once, when the buffer and everything sliced from it has become
 * unreachable: whoever keeps a view too long reads old bytes, and never brings the JVM down. Thread-safe.
 */
public final class MappedMemory {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicLong MAPPED = new AtomicLong();

    private MappedMemory() {}

    /** Maps the ring of a socket; the mapping outlives the descriptor. */
    public static ByteBuffer map(int fd, int length) throws AoeException {
        long address = LibC.mmap(0, length, LinuxConstants.PROT_READ_WRITE, LinuxConstants.MAP_SHARED, fd, 0);
        if (address == -1) {
            throw Errno.exception("mapping a ring of " + length + " bytes", LibC.errno());
        }
        ByteBuffer buffer = LibC.view(address, length);
        MAPPED.addAndGet(length);
        // Slices keep the buffer reachable, not the other way round.
        CLEANER.register(buffer, () -> {
            LibC.munmap(address, length);
            MAPPED.addAndGet(-length);
        });
        return buffer;
    }

    /** How many bytes are mapped now. */
    public static long mapped() {
        return MAPPED.get();
    }
}
