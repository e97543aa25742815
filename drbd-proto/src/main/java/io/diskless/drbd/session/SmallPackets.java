package io.diskless.drbd.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Small packets that follow each other on the data socket, and the beginning of a large one behind them, put into one
 * buffer: a buffer of its own for each costs more than what is in it. Confined to the data loop.
 */
final class SmallPackets {
    /** Room for some twenty requests or digests. */
    private static final int CHUNK = 1024;

    private @Nullable ByteBuf chunk;
    private int complete;
    private long owed;

    /**
     * Where the next packet goes; it counts when {@link #completed} was called.
     *
     * @param bytes its length, at most {@link #CHUNK}
     * @return a buffer that has them left; null if what is there has to be {@linkplain #take taken} first
     */
    @Nullable
    ByteBuf room(int bytes, ByteBufAllocator allocator) {
        ByteBuf c = chunk;
        if (c == null) {
            c = allocator.ioBuffer(CHUNK, CHUNK);
            chunk = c;
            complete = 0;
        }
        // What was begun and never completed is forgotten, or it would take the room for good.
        c.writerIndex(complete);
        return c.writableBytes() < bytes ? null : c;
    }

    /**
     * A packet is whole.
     *
     * @param taken what the {@link Intake} is to be given back when the socket has taken it
     * @return its bytes
     */
    int completed(long taken) {
        ByteBuf c = chunk;
        if (c == null) {
            throw new IllegalStateException("no packet was begun");
        }
        int bytes = c.writerIndex() - complete;
        complete = c.writerIndex();
        owed += taken;
        return bytes;
    }

    /** {@return what the intake is to be given back for the packets that were taken last} */
    long owed() {
        long sum = owed;
        owed = 0;
        return sum;
    }

    /** {@return all packets that are whole, which belong to the caller; null if there are none} */
    @Nullable
    ByteBuf take() {
        ByteBuf c = chunk;
        if (c == null || complete == 0) {
            return null;
        }
        chunk = null;
        return c.writerIndex(complete);
    }

    /** Nothing is sent any more. */
    void close() {
        ByteBuf c = chunk;
        chunk = null;
        if (c != null) {
            c.release();
        }
    }
}
