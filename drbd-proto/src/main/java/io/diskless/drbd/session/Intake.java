package io.diskless.drbd.session;

import io.netty.buffer.ByteBuf;

/**
 * How much of the peer's is under way here: its writes on their way to the disk, its requests, and what answers them until
 * the socket has taken it. While that is too much, nothing more is read from the data socket, so a peer that sends faster
 * than a disk writes, or asks and does not read, uses a bounded amount of memory. Nothing of what is counted waits for the
 * data socket, only for disks and for the meta socket: reading goes on by itself. Confined to the data loop.
 */
final class Intake {
    static final long MOST = 16 << 20;
    static final long LEAST = 8 << 20;

    /** What an object that waits costs besides its payload, roughly. */
    static final int EACH = 512;

    /** A payload that keeps a buffer alive of so many times its size is copied instead. */
    private static final int WASTE = 4;

    private final Link link;
    private long open;
    private boolean full;

    Intake(Link link) {
        this.link = link;
    }

    /** Something begins that holds so many bytes. */
    void take(long bytes) {
        open += bytes + EACH;
        if (!full && open > MOST) {
            full = true;
            link.goOn();
        }
    }

    /** What was taken is over. */
    void give(long bytes) {
        giveBack(bytes + EACH);
    }

    /** Several are over, which held so much together with what each costs. */
    void giveBack(long all) {
        open -= all;
        if (full && open < LEAST) {
            full = false;
            link.goOn();
        }
    }

    boolean isFull() {
        return full;
    }

    /** Bytes that are under way, with what they cost besides. */
    long open() {
        return open;
    }

    /** The same bytes in no more memory than they need; the payload belongs to the callee, and the result to the caller. */
    static ByteBuf own(ByteBuf payload) {
        ByteBuf root = payload;
        for (ByteBuf b = root.unwrap(); b != null; b = b.unwrap()) {
            root = b;
        }
        int bytes = payload.readableBytes();
        if (root.capacity() <= (long) WASTE * bytes) {
            return payload;
        }
        ByteBuf copy = payload.alloc().directBuffer(bytes, bytes).writeBytes(payload, payload.readerIndex(), bytes);
        payload.release();
        return copy;
    }
}
