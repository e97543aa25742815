package io.diskless.drbd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.state.ConnectionChart;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class StatesCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    @Test
    void theTableHasALineForEachStep() {
        assertThat(run("states")).isZero();
        assertThat(out.toString().lines().toList())
                .hasSize(ConnectionChart.steps().size() + 1)
                .anyMatch(line -> line.matches("StandAlone +connect +Unconnected"));
    }

    @Test
    void drawingsAreWhatTheySayTheyAre() {
        assertThat(run("states", "--as", "dot")).isZero();
        assertThat(out.toString()).startsWith("digraph drbd {").contains("\"WFSyncUUID\" -> \"SyncTarget\"");
        out.getBuffer().setLength(0);
        assertThat(run("states", "--as", "svg")).isZero();
        assertThat(out.toString()).contains("<svg").contains("WFSyncUUID").contains("</svg>");
        assertThat(run("states", "--as", "png")).isEqualTo(ExitCode.USAGE.code);
        assertThat(err.toString()).hasLineCount(1);
    }
}
