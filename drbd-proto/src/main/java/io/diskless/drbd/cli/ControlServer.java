package io.diskless.drbd.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes commands on the control socket, one for each connection: a line with the request, answered by lines that begin with
 * a space, and a last one {@code exit CODE WORDS}. Thread-safe.
 */
final class ControlServer implements AutoCloseable {
    /** Clients at a time; more are told to come again. */
    private static final int MOST_CLIENTS = 32;

    /** For a client that has stopped reading. */
    private static final int DRAIN_SECONDS = 5;

    private final Path path;
    private final ServerSocketChannel server;
    private final Handler handler;
    private final PrintWriter err;
    private final Semaphore room = new Semaphore(MOST_CLIENTS);
    private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();

    /** Does what a request says. */
    interface Handler {
        /**
         * Runs on a thread of the client's.
         *
         * @param request what to do
         * @param client where its words go
         * @throws Exception what became of it, if not what was asked for
         */
        void handle(ControlRequest request, Client client) throws Exception;
    }

    /** The other end of a connection. Its lines are written by one thread at a time. */
    static final class Client {
        private final SocketChannel channel;
        private final ByteBuffer one = ByteBuffer.allocate(1);

        Client(SocketChannel channel) {
            this.channel = channel;
        }

        void line(String words) throws IOException {
            write(" " + words.replace('\n', ' ') + "\n");
        }

        /** Returns when the client has gone: it says nothing after its request. */
        void awaitEnd() throws IOException {
            while (read() >= 0) {
                // Whatever it says is not for us.
            }
        }

        private void exit(ExitCode code, String words) throws IOException {
            write("exit " + code.code + " " + words.replace('\n', ' ') + "\n");
        }

        // Not by the streams of Channels: until JDK 19 one that reads holds up the other that writes.
        private void write(String text) throws IOException {
            ByteBuffer bytes = UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        private int read() throws IOException {
            one.clear();
            return channel.read(one) < 0 ? -1 : one.get(0) & 0xFF;
        }

        private String request() throws IOException {
            byte[] line = new byte[ControlRequest.MAX_LINE];
            int length = 0;
            for (int b = read(); b != '\n'; b = read()) {
                if (b < 0) {
                    throw new IllegalArgumentException("the request has no end");
                }
                if (length == line.length) {
                    throw new IllegalArgumentException("a request has at most " + line.length + " bytes");
                }
                line[length++] = (byte) b;
            }
            return new String(line, 0, length, UTF_8);
        }
    }

    private ControlServer(Path path, ServerSocketChannel server, Handler handler, PrintWriter err) {
        this.path = path;
        this.server = server;
        this.handler = handler;
        this.err = err;
    }

    static ControlServer start(Path path, ServerSocketChannel server, Handler handler, PrintWriter err) {
        ControlServer control = new ControlServer(path, server, handler, err);
        thread("drbd-control", control::accept);
        return control;
    }

    private static void thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (true) {
            try {
                SocketChannel channel = server.accept();
                if (!room.tryAcquire()) {
                    try (channel) {
                        new Client(channel).exit(ExitCode.REFUSED, MOST_CLIENTS + " clients are connected; end one");
                    }
                    continue;
                }
                clients.add(channel);
                thread("drbd-control-client", () -> serve(channel));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                err.println("diskless-drbd: control socket: " + ExitCode.line(e));
                // As with too many open files: it may be over in a moment, and nobody could end the peer otherwise.
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
            }
        }
    }

    private void serve(SocketChannel channel) {
        // Closed last: who sees the end may count on the room that it leaves.
        try (channel) {
            try {
                handle(new Client(channel));
            } finally {
                clients.remove(channel);
                room.release();
            }
        } catch (IOException gone) {
            // A client may leave when it likes; nobody is left to be told.
            err.flush();
        }
    }

    private void handle(Client client) throws IOException {
        try {
            handler.handle(ControlRequest.parse(client.request()), client);
            client.exit(ExitCode.OK, "");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            client.exit(ExitCode.of(e), ExitCode.line(e));
        } catch (Exception e) {
            client.exit(ExitCode.FAILED, ExitCode.line(e));
        }
    }

    /** Takes no more commands, and lets the answers that are under way be written. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
        server.close();
    }

    /** Waits until the last answers are written, and ends the connections of clients that do not take them. */
    void drain() throws IOException, InterruptedException {
        if (room.tryAcquire(MOST_CLIENTS, DRAIN_SECONDS, TimeUnit.SECONDS)) {
            return;
        }
        for (SocketChannel client : clients) {
            client.close();
        }
    }
}
