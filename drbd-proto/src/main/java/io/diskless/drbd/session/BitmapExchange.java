package io.diskless.drbd.session;

import io.diskless.drbd.wire.BitmapReceiver;
import io.diskless.drbd.wire.BitmapSender;
import io.diskless.drbd.wire.BitmapWords;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Verdict;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Both sides tell each other what is dirty, and hold the union of it afterwards (spec drbd-wire 6). The source sends first;
 * the target answers when it has all of it. Sent no faster than the peer takes it in, so a large bitmap needs no second
 * copy. Confined to the data loop.
 */
final class BitmapExchange {
    /** Packets of 4 KiB that leave in one piece. */
    private static final int PIECE = 64 << 10;

    private final PeerVolume peer;
    private final BitmapWords words;
    private @Nullable BitmapSender sender;
    private @Nullable BitmapReceiver receiver;
    private @Nullable Runnable whenSent;
    private boolean received;

    BitmapExchange(VolumeCore volume, PeerVolume peer) {
        this.peer = peer;
        words = new BitmapWords() {
            @Override
            public long bits() {
                return volume.bitmap().bits();
            }

            @Override
            public long word(long index) {
                return volume.bitmap().word(index);
            }

            @Override
            public boolean read(long first, long[] into, int count) {
                return volume.bitmap().read(first, into, count);
            }

            @Override
            public void or(long first, long[] words, int count) {
                volume.bitmap().or(first, words, count);
            }

            @Override
            public void or(long index, long word) {
                volume.bitmap().or(index, word);
            }
        };
    }

    void send(Runnable then) {
        sender = new BitmapSender(peer.link().dialect(), words, true);
        whenSent = then;
        pump();
    }

    private void pump() {
        Link link = peer.link();
        BitmapSender out = sender;
        Runnable then = whenSent;
        if (link.isDead() || out == null || then == null) {
            return;
        }
        int volume = link.dialect().hasVolumes() ? peer.number() : 0;
        while (!out.isDone()) {
            if (!link.isWritable()) {
                link.whenWritable(this::pump);
                return;
            }
            ByteBuf b = link.core().allocator().ioBuffer(PIECE);
            while (!out.isDone() && b.writerIndex() < PIECE - 4096) {
                out.append(volume, b);
            }
            link.send(b);
        }
        sender = null;
        whenSent = null;
        then.run();
    }

    /** The exchange is over, complete or not; the next one begins anew. */
    void end() {
        sender = null;
        whenSent = null;
        receiver = null;
        received = false;
    }

    /** Takes a packet in; true if it was the last. */
    boolean receive(PacketType type, ByteBuf p) {
        if (received || sender != null) {
            // The target answers when it has all of the source's bitmap, and each side sends one.
            peer.link()
                    .protocolError(type.label() + " out of turn: " + (received ? "the bitmap is here" : "it is ours"));
            return false;
        }
        BitmapReceiver in = receiver;
        if (in == null) {
            in = new BitmapReceiver(peer.link().dialect(), words);
            receiver = in;
        }
        Verdict verdict = in.accept(type, p, p.readerIndex(), p.readableBytes());
        if (!verdict.isAccepted()) {
            peer.link().protocolError(type.label() + ": " + verdict);
            return false;
        }
        if (in.isComplete()) {
            receiver = null;
            received = true;
            return true;
        }
        return false;
    }
}
