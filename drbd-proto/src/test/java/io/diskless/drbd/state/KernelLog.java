package io.diskless.drbd.state;

import io.diskless.drbd.wire.Uuids;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What two 6.1 kernels logged about their states and generations, one section per captured scene and node. */
final class KernelLog {
    static final Pattern SET = Pattern.compile(
            "([0-9A-F]{16}):([0-9A-F]{16}):([0-9A-F]{16}):([0-9A-F]{16})(?: bits:(\\d+) flags:(\\d+))?");
    private static final Pattern VERSION = Pattern.compile("Agreed network protocol version (\\d+)");

    /** One node's lines of one scene. */
    record Section(String scene, String node, List<String> lines) {
        /** The agreed version that the lines tell; scenes that begin connected run at 101. */
        int version() {
            return lines.stream()
                    .map(VERSION::matcher)
                    .filter(Matcher::find)
                    .map(m -> Integer.parseInt(m.group(1)))
                    .findFirst()
                    .orElse(101);
        }

        @Override
        public String toString() {
            return scene + " " + node;
        }
    }

    private KernelLog() {}

    static List<Section> sections() {
        List<Section> sections = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(KernelLog.class.getResourceAsStream("kernel-log.txt"))) {
            List<String> lines = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                if (line.startsWith("@ ")) {
                    int space = line.lastIndexOf(' ');
                    lines = new ArrayList<>();
                    sections.add(new Section(line.substring(2, space), line.substring(space + 1), lines));
                } else {
                    lines.add(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sections;
    }

    /** The set that a line shows. */
    static Uuids set(String line) {
        Matcher m = SET.matcher(line);
        if (!m.find()) {
            throw new AssertionError("no identifiers in: " + line);
        }
        return new Uuids(
                Long.parseUnsignedLong(m.group(1), 16),
                Long.parseUnsignedLong(m.group(2), 16),
                Long.parseUnsignedLong(m.group(3), 16),
                Long.parseUnsignedLong(m.group(4), 16),
                m.group(5) == null ? 0 : Long.parseLong(m.group(5)),
                m.group(6) == null ? 0 : Long.parseLong(m.group(6), 16));
    }
}
