package io.diskless.drbd.session;

import io.diskless.drbd.netty.FrameSink;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.ArrayDeque;

/**
 * Packets of the data socket, which are looked at one by one and as they come: unless too much is under way, or what an
 * earlier one has changed is not durable yet. Then the socket is read no more, and what is read already waits: no more than
 * one buffer of it. Confined to the data loop.
 */
final class Inbox {
    private record Frame(PacketType type, int volume, ByteBuf payload) {}

    /** Takes the next packet, and its payload with it. */
    @FunctionalInterface
    interface Reader {
        void take(PacketType type, int volume, ByteBuf payload);
    }

    private final Channel socket;
    private final Intake intake;
    private final Reader reader;
    private final ArrayDeque<Frame> backlog = new ArrayDeque<>();
    private int stalls;
    private boolean draining;
    private boolean closed;

    /** One whose packets go to a reader, which throws nothing. */
    Inbox(Channel socket, Intake intake, Reader reader) {
        this.socket = socket;
        this.intake = intake;
        this.reader = reader;
    }

    private boolean mustWait() {
        return stalls > 0 || intake.isFull();
    }

    /** As {@link FrameSink#frame}. */
    void arrived(PacketType type, int volume, ByteBuf payload) {
        if (!closed && (mustWait() || !backlog.isEmpty())) {
            backlog.add(new Frame(type, volume, Intake.own(payload)));
            socket.config().setAutoRead(false);
        } else {
            reader.take(type, volume, payload);
        }
    }

    void stall() {
        stalls++;
    }

    void resume() {
        stalls--;
        if (!backlog.isEmpty()) {
            goOn();
        }
    }

    void goOn() {
        while (!draining && !mustWait() && !backlog.isEmpty()) {
            draining = true;
            Frame next = backlog.remove();
            reader.take(next.type, next.volume, next.payload);
            draining = false;
        }
        if (!closed && !draining) {
            socket.config().setAutoRead(!mustWait() && backlog.isEmpty());
        }
    }

    /** What waits is let go, and what still comes is for the reader to let go. */
    void close() {
        closed = true;
        for (Frame left = backlog.poll(); left != null; left = backlog.poll()) {
            left.payload.release();
        }
    }
}
