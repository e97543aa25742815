package io.diskless.aoe.internal.linux;

import static io.diskless.aoe.internal.linux.LinuxConstants.*;

import io.diskless.aoe.AoeException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The ring of a socket, seen as memory. It ends in two steps, each of which happens once.
 *
 * <ul>
 *   <li>{@link #release()} puts plain zero memory in the ring's place, at the same addresses. A mapping keeps its socket
 *       alive: without this step a closed socket would go on receiving (and stay a member of its fanout group) for as long
 *       as it is mapped.
 *   <li>The addresses are given back when the buffer and everything sliced from it has become unreachable. So whoever
 *       keeps a view too long reads zeroes or his own writes, and never brings the JVM down.
 * </ul>
 *
 * <p>Thread-safe; {@code release()} only when no thread is about to use the ring as a ring.
 */
public final class MappedMemory {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicLong RINGS = new AtomicLong();
    private static final AtomicLong ADDRESSES = new AtomicLong();

    private final ByteBuffer bytes;
    private final long address;
    private final int length;
    private boolean released; // guarded by this

    private MappedMemory(long address, int length) {
        this.address = address;
        this.length = length;
        bytes = LibC.view(address, length);
    }

    /** Maps the ring of a socket. */
    public static MappedMemory map(int fd, int length) throws AoeException {
        long address = LibC.mmap(0, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
        if (address == -1) {
            throw Errno.exception("mapping a ring of " + length + " bytes", LibC.errno());
        }
        MappedMemory memory = new MappedMemory(address, length);
        RINGS.addAndGet(length);
        ADDRESSES.addAndGet(length);
        // Slices keep the buffer reachable; the action must not.
        CLEANER.register(memory.bytes, () -> {
            LibC.munmap(address, length);
            ADDRESSES.addAndGet(-length);
        });
        return memory;
    }

    /** The memory, in native order. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Takes the ring away; idempotent. */
    public synchronized void release() {
        if (!released) {
            released = true;
            int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
            if (LibC.mmap(address, length, PROT_READ_WRITE, flags, -1, 0) == address) {
                RINGS.addAndGet(-length);
            }
        }
    }

    /** How many bytes of rings are mapped now. */
    public static long rings() {
        return RINGS.get();
    }

    /** How many bytes of addresses are taken now, by rings and by what was put in their place. */
    public static long addresses() {
        return ADDRESSES.get();
    }
}
