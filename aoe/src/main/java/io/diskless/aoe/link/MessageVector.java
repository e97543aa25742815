package io.diskless.aoe.link;

import io.diskless.aoe.internal.linux.LibC;
import io.diskless.aoe.internal.linux.NativeMemory;

/**
 * Frames in memory of our own and the array of mmsghdr that points to them, laid out once.
 *
 * <pre>
 *  mmsghdr  64 bytes: msghdr { name 0, namelen 8, iov 16, iovlen 24, control 32, controllen 40, flags 48 }, msg_len 56
 *  iovec    16 bytes: base 0, len 8
 * </pre>
 *
 * <p>Frames begin 476 bytes behind the start of a page: sector data is then aligned to 512, and the kernel's copies avoid
 * the page offsets at which they are two to three times slower.
 */
final class MessageVector {
    private static final int PAGE = 4096;
    private static final int MMSGHDR = 64;
    private static final int IOVEC = 16;
    private static final int FLAGS = 48;
    private static final int MSG_LEN = 56;

    private final Frame[] frames;
    private final NativeMemory memory;
    private final int longest;

    MessageVector(int count, int longest) {
        this.longest = longest;
        frames = HeapSlots.allocate(count, longest, PAGE);
        memory = new NativeMemory(count * (MMSGHDR + IOVEC));
        for (int i = 0; i < count; i++) {
            int iovec = count * MMSGHDR + i * IOVEC;
            memory.bytes()
                    .putLong(i * MMSGHDR + 16, memory.address(iovec))
                    .putLong(i * MMSGHDR + 24, 1)
                    .putLong(iovec, LibC.address(frames[i].bytes()))
                    .putLong(iovec + 8, longest);
        }
    }

    int count() {
        return frames.length;
    }

    Frame frame(int i) {
        return frames[i];
    }

    long address(int i) {
        return memory.address(i * MMSGHDR);
    }

    /** Bytes that recvmmsg put into a frame. */
    int received(int i) {
        return memory.bytes().getInt(i * MMSGHDR + MSG_LEN);
    }

    int flags(int i) {
        return memory.bytes().getInt(i * MMSGHDR + FLAGS);
    }

    /** How many bytes of a frame sendmmsg takes. */
    void toSend(int i, int length) {
        memory.bytes().putLong(frames.length * MMSGHDR + i * IOVEC + 8, length);
    }

    int longest() {
        return longest;
    }
}
