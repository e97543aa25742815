package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A character device of an emulated machine, over a local socket that the emulator connects to when it starts. Reading
 * waits for text, not for time; the end of the emulator is noticed at once. Confined to one thread at a time.
 */
final class Console implements AutoCloseable {

    private final Path folder;
    private final ServerSocketChannel door;
    private final Selector selector;
    private final StringBuilder unread = new StringBuilder();
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    private SocketChannel channel;
    private Process emulator;

    Console() throws IOException {
        folder = Files.createTempDirectory("diskless-console");
        folder.toFile().deleteOnExit();
        path().toFile().deleteOnExit();
        door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        selector = Selector.open();
        door.bind(UnixDomainSocketAddress.of(path()));
        door.configureBlocking(false);
    }

    /** Where the emulator shall connect to. */
    Path path() {
        return folder.resolve("socket");
    }

    /** Waits for the emulator to connect. */
    void connect(Process process, Duration patience) throws IOException {
        emulator = process;
        var unused = process.onExit().thenRun(selector::wakeup);
        SelectionKey key = door.register(selector, SelectionKey.OP_ACCEPT);
        long deadline = System.nanoTime() + patience.toNanos();
        for (channel = door.accept(); channel == null; channel = door.accept()) {
            await(deadline);
        }
        key.cancel();
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
    }

    /** Sends text to the machine. */
    void send(String text) throws IOException {
        ByteBuffer bytes = StandardCharsets.ISO_8859_1.encode(text);
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0) {
                Thread.onSpinWait();
            }
        }
    }

    /**
     * Waits for a text, takes it and everything before it, and returns the match.
     *
     * @throws IOException if the emulator ends or the patience does; the message has what came instead
     */
    Found await(Pattern wanted, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            Matcher matcher = wanted.matcher(unread);
            if (matcher.find()) {
                Found found = new Found(
                        unread.substring(0, matcher.start()), matcher.groupCount() > 0 ? matcher.group(1) : "");
                unread.delete(0, matcher.end());
                return found;
            }
            await(deadline);
            int read = channel.read(buffer.clear());
            if (read < 0) {
                throw new IOException("the machine ended; it had said: " + unread);
            }
            unread.append(StandardCharsets.ISO_8859_1.decode(buffer.flip()));
        }
    }

    private void await(long deadline) throws IOException {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw new IOException("not in time; it had said: " + unread);
        }
        selector.selectedKeys().clear();
        selector.select(Math.max(1, left / 1_000_000));
        if (Thread.currentThread().isInterrupted()) {
            throw new IOException("interrupted; it had said: " + unread);
        }
        if (!emulator.isAlive() && selector.selectedKeys().isEmpty()) {
            throw new IOException("the emulator ended with " + emulator.exitValue() + "; it had said: " + unread);
        }
    }

    @Override
    public void close() throws IOException {
        try (door;
                selector) {
            if (channel != null) {
                channel.close();
            }
            Files.deleteIfExists(path());
            Files.deleteIfExists(folder);
        }
    }

    /** The text before the one that was waited for, and that one's first group. */
    record Found(String before, String group) {}
}
