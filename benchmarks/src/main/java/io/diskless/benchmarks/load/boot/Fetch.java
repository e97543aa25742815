package io.diskless.benchmarks.load.boot;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Fetches files by TFTP: one after the other, or many at once, on one thread. Not thread-safe. */
final class Fetch {
    private static final int LARGEST = 65_536;
    private static final int RECEIVE_BUFFER = 1 << 20;
    /** A server that was silent so long is asked again. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final InetSocketAddress server;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(LARGEST);

    Fetch(InetSocketAddress server) {
        this.server = server;
    }

    /** One transfer on its own port, which follows the server to the port that it answers from. */
    private final class Transfer {
        private final Receiver receiver;
        private final DatagramChannel channel;
        private boolean joined;
        private long heard;

        Transfer(Receiver receiver) throws IOException {
            this.receiver = receiver;
            channel = DatagramChannel.open();
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
        }

        void begin() throws IOException {
            heard = System.nanoTime();
            channel.send(receiver.request(), server);
        }

        /** Takes one packet; false where none waits. */
        boolean take() throws IOException {
            buffer.clear();
            if (joined) {
                if (channel.read(buffer) <= 0) {
                    return false;
                }
            } else {
                SocketAddress from = channel.receive(buffer);
                if (from == null) {
                    return false;
                }
                channel.connect(from);
                joined = true;
            }
            heard = System.nanoTime();
            ByteBuffer answer = receiver.hear(buffer.flip());
            if (answer != null) {
                channel.write(answer);
            }
            return true;
        }

        void repeatIfSilent(long now) throws IOException {
            if (now - heard > SILENCE_NANOS) {
                heard = now;
                ByteBuffer what = receiver.repeat();
                if (joined) {
                    channel.write(what);
                } else {
                    channel.send(what, server);
                }
            }
        }
    }

    /** One file; waits for the server without a limit of its own. */
    Receiver one(String file, int block, int window) throws IOException {
        Receiver receiver = new Receiver(file, block, window);
        Transfer transfer = new Transfer(receiver);
        try (DatagramChannel channel = transfer.channel) {
            channel.configureBlocking(true);
            transfer.begin();
            while (!receiver.isDone()) {
                transfer.take();
            }
            return receiver;
        }
    }

    /** The same file many times at once; those that are under way are told now and then. */
    List<Receiver> many(String file, int block, int window, int count, Progress progress) throws IOException {
        List<Transfer> all = new ArrayList<>();
        List<Receiver> receivers = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < count; i++) {
                Transfer transfer = new Transfer(new Receiver(file, block, window));
                all.add(transfer);
                receivers.add(transfer.receiver);
                transfer.channel.configureBlocking(false);
                transfer.channel.register(selector, SelectionKey.OP_READ, transfer);
                transfer.begin();
            }
            run(selector, all, progress);
            return receivers;
        } finally {
            for (Transfer transfer : all) {
                transfer.channel.close();
            }
        }
    }

    private static void run(Selector selector, List<Transfer> all, Progress progress) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        long next = System.nanoTime() + SILENCE_NANOS / 2;
        int open = all.size();
        while (open > 0) {
            selector.select(SILENCE_NANOS / 2_000_000);
            for (SelectionKey key : selector.selectedKeys()) {
                Transfer transfer = (Transfer) key.attachment();
                while (!transfer.receiver.isDone() && transfer.take()) {
                    // Until nothing waits.
                }
                if (transfer.receiver.isDone()) {
                    key.cancel();
                    open--;
                }
            }
            selector.selectedKeys().clear();
            long now = System.nanoTime();
            if (now > next) {
                next = now + SILENCE_NANOS / 2;
                for (Transfer transfer : all) {
                    if (!transfer.receiver.isDone()) {
                        transfer.repeatIfSilent(now);
                    }
                }
                progress.at(all.stream().mapToLong(t -> t.receiver.octets()).sum());
                if (now > deadline) {
                    throw new IOException(open + " transfers did not end");
                }
            }
        }
    }

    /** Hears how far it is. */
    @FunctionalInterface
    interface Progress {
        void at(long octets) throws IOException;
    }
}
