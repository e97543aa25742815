package io.diskless.drbd.session;

import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The sending side of the data socket: packets leave in the order in which they are given, together with all others of the
 * same turn of the loop. Confined to the data loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails to be sent ends the connection.
final class DataPort {
    private final Link link;
    private final Channel channel;
    private final Intake intake;
    private final SmallPackets small = new SmallPackets();
    private final Runnable flush = this::flush;
    private final List<Runnable> whenWritable = new ArrayList<>();
    private boolean flushing;
    private boolean closed;
    private long sentBytes;

    DataPort(Link link, Channel channel, Intake intake) {
        this.link = link;
        this.channel = channel;
        this.intake = intake;
    }

    long sentBytes() {
        return sentBytes;
    }

    /** How far the socket has got with what was sent, as far as that can be told; it grows while the peer reads. */
    long drained() {
        return sentBytes - channel.bytesBeforeWritable();
    }

    /** As {@link Link#begin(PacketType, int, int, int)}. */
    ByteBuf begin(PacketType type, int volume, int length, int room) {
        HeaderFormat format = link.dialect().headerFor(length);
        ByteBuf b = channel.alloc().ioBuffer(format.length() + room);
        format.write(b, 0, format == HeaderFormat.H100 ? volume : 0, type.code(), length);
        return b.writerIndex(format.length());
    }

    /** As {@link Link#append}. */
    ByteBuf append(PacketType type, int volume, int length, int room) {
        HeaderFormat format = link.dialect().headerFor(length);
        int bytes = format.length() + room;
        ByteBuf b = small.room(bytes, channel.alloc());
        if (b == null) {
            cut();
            b = Objects.requireNonNull(small.room(bytes, channel.alloc()));
        }
        int at = b.writerIndex();
        format.write(b, at, format == HeaderFormat.H100 ? volume : 0, type.code(), length);
        return b.writerIndex(at + format.length());
    }

    /** What was begun last with {@link #append} is written; the intake is given back so much when the socket has it. */
    void appended(long owed) {
        sentBytes += small.completed(owed);
        if (closed) {
            small.close();
        } else {
            leaveSoon();
        }
    }

    void send(ByteBuf bytes) {
        willLeave(bytes);
        // Whoever asks nobody about the result needs no object for it; a failure ends the connection.
        channel.write(bytes, channel.voidPromise());
    }

    /** As {@link #send}; the intake is given back so much when the socket has taken the bytes, or never will. */
    void send(ByteBuf bytes, long owed) {
        willLeave(bytes);
        channel.write(bytes).addListener(f -> intake.giveBack(owed));
    }

    private void willLeave(ByteBuf bytes) {
        cut();
        sentBytes += bytes.readableBytes();
        leaveSoon();
    }

    private void leaveSoon() {
        if (!flushing) {
            flushing = true;
            link.core().loop().execute(flush);
        }
    }

    /** What is small, and was there before, goes first. */
    private void cut() {
        ByteBuf b = small.take();
        if (b != null) {
            long owed = small.owed();
            if (owed == 0) {
                channel.write(b, channel.voidPromise());
            } else {
                channel.write(b).addListener(f -> intake.giveBack(owed));
            }
        }
    }

    private void flush() {
        flushing = false;
        cut();
        channel.flush();
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    void whenWritable(Runnable then) {
        whenWritable.add(then);
    }

    void writable() {
        if (isWritable() && !whenWritable.isEmpty()) {
            List<Runnable> due = List.copyOf(whenWritable);
            whenWritable.clear();
            due.forEach(Runnable::run);
        }
    }

    /** Sends what is left, and closes the socket. */
    void close() {
        closed = true;
        cut();
        small.close();
        channel.flush();
        channel.close();
    }
}
