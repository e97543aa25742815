package io.diskless.benchmarks.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What a phase leaves on a terminal and in a file. */
class LineProgressTest {
    private static final long SECOND = 1_000_000_000;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private long now;

    private LineProgress progress(boolean terminal) {
        return new LineProgress(out, terminal, Glyphs.ASCII, () -> now);
    }

    private String shown() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void inAFileAPhaseLeavesALineNowAndThenAndOneAtItsEnd() {
        try (LineProgress progress = progress(false)) {
            progress.phase("resync");
            now += SECOND;
            progress.update(0.25, "40 MB/s");
            now += SECOND;
            progress.update(0.5, "41 MB/s");
            now += SECOND;
            progress.update(0.75, "42 MB/s");
            progress.end(true);
        }
        assertThat(shown()).isEqualTo("""
                        >    resync         2.0 s   50 %  ETA 2 s  41 MB/s
                        ok   resync         3.0 s  42 MB/s
                        """);
    }

    @Test
    void onATerminalTheLineIsDrawnOverAndNeverWraps() {
        try (LineProgress progress = progress(true)) {
            progress.phase("load");
            now += SECOND;
            progress.update(0.5, "x".repeat(200));
            progress.note("jade is dead");
            progress.end(true);
        }
        String[] drawn = shown().split("\r\033\\[K", -1);
        assertThat(drawn).hasSize(6);
        assertThat(drawn[2]).hasSize(79).startsWith(">    load           1.0 s  #######.......  50 %  ETA 1 s  xxx");
        assertThat(drawn[3]).isEqualTo("jade is dead\n");
    }

    @Test
    void aPhaseThatIsLeftOpenDidNotEndWell() {
        progress(false).phase("quiet");
        assertThat(shown()).isEmpty();
        LineProgress progress = progress(false);
        progress.phase("copy");
        progress.close();
        progress.close();
        assertThat(shown()).isEqualTo("FAIL copy           0.0 s\n");
    }
}
