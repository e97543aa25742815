package io.diskless.benchmarks.lab.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** What the node finds in its namespace. */
final class Interfaces {
    private static final Path PROC_NET_DEV = Path.of("/proc/self/net/dev");
    private static final int HEADER_LINES = 2;

    private Interfaces() {}

    /** Names, sorted, with commas between; the JDK's list leaves out interfaces without an IP address. */
    static String names() throws IOException {
        try (var lines = Files.lines(PROC_NET_DEV)) {
            return lines.skip(HEADER_LINES)
                    .map(line -> line.substring(0, line.indexOf(':')).strip())
                    .sorted()
                    .collect(Collectors.joining(","));
        }
    }
}
