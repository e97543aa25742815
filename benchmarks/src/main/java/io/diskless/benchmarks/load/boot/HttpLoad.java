package io.diskless.benchmarks.load.boot;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Asks for a file again and again on connections that stay open, each with a thread, and throws away what comes. Not
 * thread-safe.
 */
final class HttpLoad implements AutoCloseable {
    private static final int BUFFER = 1 << 18;

    private final List<Connection> connections = new ArrayList<>();
    private final ExecutorService threads;
    private final byte[] request;

    /** Answers, and octets of their bodies. */
    record Burst(long requests, long octets, double seconds) {}

    HttpLoad(InetSocketAddress server, String path, int count) throws IOException {
        request = ("GET /" + path + " HTTP/1.1\r\nHost: " + server.getAddress().getHostAddress() + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        threads = Executors.newFixedThreadPool(count, r -> {
            Thread thread = new Thread(r, "http-load");
            thread.setDaemon(true);
            return thread;
        });
        for (int i = 0; i < count; i++) {
            connections.add(new Connection(SocketChannel.open(server)));
        }
    }

    /** Asks until the time is over; what is under way then is brought to its end. */
    Burst burst(long nanos) throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<Callable<long[]>> work = new ArrayList<>();
        for (Connection connection : connections) {
            work.add(() -> connection.run(request, start + nanos));
        }
        long requests = 0;
        long octets = 0;
        for (Future<long[]> done : threads.invokeAll(work)) {
            try {
                requests += done.get()[0];
                octets += done.get()[1];
            } catch (ExecutionException e) {
                throw new IOException("a connection failed: " + e.getCause(), e);
            }
        }
        return new Burst(requests, octets, (System.nanoTime() - start) / 1e9);
    }

    @Override
    public void close() throws IOException {
        // Nothing runs between bursts.
        threads.shutdownNow();
        for (Connection connection : connections) {
            connection.channel.close();
        }
    }

    private static final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

        Connection(SocketChannel channel) {
            this.channel = channel;
        }

        long[] run(byte[] request, long until) throws IOException {
            ByteBuffer question = ByteBuffer.allocateDirect(request.length).put(request);
            long requests = 0;
            long octets = 0;
            do {
                question.flip();
                while (question.hasRemaining()) {
                    channel.write(question);
                }
                octets += answer();
                requests++;
            } while (System.nanoTime() < until);
            return new long[] {requests, octets};
        }

        private long answer() throws IOException {
            buffer.clear();
            int end = -1;
            while (end < 0) {
                fill();
                end = endOfHeaders();
            }
            byte[] text = new byte[end];
            buffer.get(0, text);
            long length = length(new String(text, StandardCharsets.ISO_8859_1));
            long left = length - (buffer.position() - end);
            while (left > 0) {
                buffer.clear();
                left -= fill();
            }
            if (left < 0) {
                throw new IOException("more came than was asked for");
            }
            return length;
        }

        private int fill() throws IOException {
            int read = channel.read(buffer);
            if (read < 0) {
                throw new EOFException("the server closed the connection");
            }
            return read;
        }

        private int endOfHeaders() {
            for (int i = 0; i + 4 <= buffer.position(); i++) {
                if (buffer.getInt(i) == 0x0D0A0D0A) {
                    return i + 4;
                }
            }
            return -1;
        }

        private static long length(String headers) throws IOException {
            if (!headers.startsWith("HTTP/1.1 200 ")) {
                throw new IOException(
                        "expected 200, got " + headers.lines().findFirst().orElse(""));
            }
            for (String line : headers.split("\r\n", -1)) {
                if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                    return Long.parseLong(line.substring(line.indexOf(':') + 1).strip());
                }
            }
            throw new IOException("no length in " + headers);
        }
    }
}
