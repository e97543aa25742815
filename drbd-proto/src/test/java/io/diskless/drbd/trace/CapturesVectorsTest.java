package io.diskless.drbd.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.FrameValidator;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.SocketKind;
import io.diskless.drbd.wire.Verdict;
import io.diskless.drbd.wire.packet.OpaquePacket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every packet of every captured conversation: accepted at the door, taken apart, and put together to the same bytes. */
final class CapturesVectorsTest {
    @TempDir
    private Path dir;

    static List<String> names() {
        return Captures.names();
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyPacketGivesBackItsBytes(String name) throws IOException {
        int packets = 0;
        for (TraceEvent event : Captures.events(name, dir)) {
            if (!(event instanceof TraceEvent.Seen seen)) {
                continue;
            }
            packets++;
            ByteBuf again = Unpooled.buffer();
            seen.frame().append(again);
            assertThat(Octets.of(ByteBufUtil.getBytes(again))).isEqualTo(seen.bytes());
            assertThat(seen.socket()).as("socket of %s", seen).isPresent();
            assertThat(seen.frame().packet()).as("%s", seen).isNotInstanceOf(OpaquePacket.class);
            SocketKind socket = seen.socket().orElseThrow();
            assertThat(FrameValidator.header(seen.dialect(), socket, again, 0))
                    .as("%s", seen)
                    .isEqualTo(Verdict.ACCEPTED);
            HeaderFormat format = seen.frame().format();
            // Without the digest that some of these connections have configured: it changes the length of data only.
            Verdict verdict = FrameValidator.payload(
                    seen.dialect(),
                    seen.frame().packet().type(),
                    again,
                    format.length(),
                    seen.frame().packet().length(),
                    digestOf(name, seen));
            assertThat(verdict).as("%s", seen).isEqualTo(Verdict.ACCEPTED);
        }
        assertThat(packets).isPositive();
    }

    /** How long the digest before the data is: what is no whole sector. */
    private static int digestOf(String name, TraceEvent.Seen seen) {
        return switch (seen.frame().packet().type()) {
            case DATA, DATA_REPLY, RS_DATA_REPLY -> {
                int digest = (seen.frame().packet().length() - 24) % 512;
                assertThat(digest).as("digest in %s", name).isIn(0, 4, 16, 20);
                yield digest;
            }
            default -> 0;
        };
    }

    /** What is in each capture, and what it cut: kept in a file, so that a change of either is seen. */
    @Test
    void theCapturesHoldWhatTheyHeld() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String name : Captures.names()) {
            TreeMap<String, Integer> counts = new TreeMap<>();
            List<String> cuts = new ArrayList<>();
            List<String> agreed = new ArrayList<>();
            for (TraceEvent event : Captures.events(name, dir)) {
                if (event instanceof TraceEvent.Seen seen) {
                    counts.merge(seen.frame().packet().type().name(), 1, Integer::sum);
                } else if (event instanceof TraceEvent.Cut cut) {
                    cuts.add(String.format(
                            "cut %s > %s: %d bytes, %d missing: %s",
                            cut.from(), cut.to(), cut.count(), cut.missing(), cut.why()));
                } else if (event instanceof TraceEvent.Agreed said) {
                    agreed.add(said.dialect().map(Object::toString).orElse("nothing"));
                }
            }
            lines.add("## " + name);
            lines.add("agreed: " + agreed.stream().distinct().collect(Collectors.joining("; ")));
            lines.add(counts.entrySet().stream()
                    .map(e -> e.getKey() + " " + e.getValue())
                    .collect(Collectors.joining(", ")));
            lines.addAll(cuts);
        }
        String expected;
        try (InputStream in = CapturesVectorsTest.class.getResourceAsStream("/captures/contents.txt")) {
            expected = new String(Objects.requireNonNull(in, "contents.txt").readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(String.join("\n", lines) + "\n").isEqualTo(expected);
    }
}
