package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.LabException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Lines to and from an emulator, over a local socket that it connects to when it starts. One caller receives at a time. */
final class Line implements AutoCloseable {
    private final Path path;
    private final ServerSocketChannel door;
    private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();
    private @Nullable SocketChannel channel;

    Line(Path path) throws LabException {
        this.path = path;
        try {
            door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            door.bind(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            throw new LabException("cannot listen at " + path, e);
        }
    }

    Path path() {
        return path;
    }

    /** Waits for the emulator, which connects at once or ends. */
    void connect(Process emulator) throws LabException {
        var unused = emulator.onExit().thenRun(this::shut);
        try {
            SocketChannel accepted = door.accept();
            channel = accepted;
            Thread reader = new Thread(() -> pump(accepted), "line-" + path.getFileName());
            reader.setDaemon(true);
            reader.start();
        } catch (IOException e) {
            throw new LabException("the emulator did not start", e);
        }
    }

    private void pump(SocketChannel from) {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(Channels.newInputStream(from), StandardCharsets.ISO_8859_1))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(Optional.of(line));
            }
        } catch (IOException e) {
            // The emulator is gone; the end of the lines says so.
        } finally {
            lines.add(Optional.empty());
        }
    }

    void send(String line) throws LabException {
        ByteBuffer bytes = StandardCharsets.ISO_8859_1.encode(line + "\n");
        try {
            while (bytes.hasRemaining()) {
                if (channel == null || channel.write(bytes) < 0) {
                    throw new IOException("not connected");
                }
            }
        } catch (IOException e) {
            throw new LabException("the emulator at " + path.getFileName() + " is gone", e);
        }
    }

    String receive(Duration patience) throws LabException, InterruptedException {
        Optional<String> line = lines.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        if (line == null) {
            throw new LabException(path.getFileName() + " said nothing for " + patience.toSeconds() + " s");
        }
        return line.orElseThrow(() -> new LabException("the emulator at " + path.getFileName() + " ended"));
    }

    private void shut() {
        try {
            door.close();
        } catch (IOException e) {
            // Nobody can connect any more, which is all that is wanted.
            return;
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        if (channel != null) {
            channel.close();
        }
    }
}
