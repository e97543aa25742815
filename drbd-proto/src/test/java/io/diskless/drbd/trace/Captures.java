package io.diskless.drbd.trace;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** The captured conversations among the test resources. */
public final class Captures {
    private static final Path ROOT = root();

    private Captures() {}

    private static Path root() {
        try {
            return Path.of(Objects.requireNonNull(Captures.class.getResource("/captures"), "/captures")
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Names of all captures, such as {@code kernel/01-connect-cram-md5}. */
    public static List<String> names() {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.map(file -> ROOT.relativize(file).toString())
                    .filter(name -> name.endsWith(".pcap") || name.endsWith(".pcap.gz"))
                    .map(name -> name.substring(0, name.indexOf(".pcap")))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A plain pcap file with a capture in it. */
    public static Path unpack(String name, Path dir) throws IOException {
        Path plain = ROOT.resolve(name + ".pcap");
        if (Files.exists(plain)) {
            return plain;
        }
        Path file = dir.resolve(name.replace('/', '-') + ".pcap");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(ROOT.resolve(name + ".pcap.gz")))) {
            Files.copy(in, file);
        }
        return file;
    }

    /** What happens in a capture. */
    public static List<TraceEvent> events(String name, Path dir) throws IOException {
        List<TraceEvent> events = new ArrayList<>();
        Conversation.read(unpack(name, dir), events::add);
        return events;
    }
}
