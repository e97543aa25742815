package io.diskless.drbd.session;

import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The only writer of acknowledgements: they leave the meta socket in the order in which they are written here, several in
 * one piece where several are due. Confined to the data loop.
 */
final class AckWriter {
    private static final int CHUNK = 2048;

    private final Link link;
    private final Runnable flush = this::flush;
    private @Nullable ByteBuf pending;
    private boolean scheduled;
    private boolean closed;

    AckWriter(Link link) {
        this.link = link;
    }

    /** An ack of 24 bytes (spec drbd-wire 8.3); takes the next sequence number of the volume. */
    void ack(PacketType type, PeerVolume volume, long sector, long blockId, int bytes) {
        ByteBuf b = begin(type, volume.number(), 24);
        if (b != null) {
            b.writeLong(sector).writeLong(blockId).writeInt(bytes).writeInt(volume.nextSequence());
        }
    }

    /** Barrier ack; the number is opaque. */
    void barrierAck(int barrier, int writes) {
        ByteBuf b = begin(PacketType.BARRIER_ACK, 0, 8);
        if (b != null) {
            b.writeInt(barrier).writeInt(writes);
        }
    }

    /** Answer to a request for a change of state. */
    void reply(PacketType type, int volume, int code) {
        ByteBuf b = begin(type, volume, 4);
        if (b != null) {
            b.writeInt(code);
        }
    }

    private @Nullable ByteBuf begin(PacketType type, int volume, int length) {
        if (closed) {
            return null;
        }
        HeaderFormat header = link.dialect().shortHeader();
        int need = header.length() + length;
        ByteBuf b = pending;
        if (b == null || b.writableBytes() < need) {
            flush();
            b = link.core().allocator().ioBuffer(CHUNK, CHUNK);
            pending = b;
        }
        int at = b.writerIndex();
        header.write(b, at, header == HeaderFormat.H100 ? volume : 0, type.code(), length);
        if (!scheduled) {
            scheduled = true;
            link.core().loop().execute(flush);
        }
        return b.writerIndex(at + header.length());
    }

    private void flush() {
        scheduled = false;
        ByteBuf b = pending;
        pending = null;
        if (b != null) {
            link.metaPort().send(b);
        }
    }

    /** Sends what is left. */
    void close() {
        flush();
        closed = true;
    }
}
