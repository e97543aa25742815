package io.diskless.benchmarks.lab.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;

/** The report as text. Immutable. */
public final class Table {
    private static final int SHORT_HASH = 16;

    private final LabResult result;
    private final Glyphs glyphs;

    /**
     * A report.
     *
     * @param result what was found
     * @param glyphs what the output can show
     */
    public Table(LabResult result, Glyphs glyphs) {
        this.result = result;
        this.glyphs = glyphs;
    }

    /**
     * All of it.
     *
     * @return lines of at most 100 columns, the remark apart
     */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("");
        stages(lines);
        lines.add("");
        figures(lines);
        lines.add("");
        proofs(lines);
        return lines;
    }

    private void stages(List<String> lines) {
        lines.add(row("stage", "time", "IOPS", "MB/s", "", "p50", "p99", "p99.9", "max"));
        lines.add(glyphs.rule().repeat(lines.get(lines.size() - 1).length()));
        for (Stage stage : result.stages()) {
            List<String[]> latencies = new ArrayList<>();
            stage.reads().ifPresent(reads -> latencies.add(latency("read", reads)));
            stage.writes().ifPresent(writes -> latencies.add(latency("write", writes)));
            String[] first = latencies.isEmpty() ? new String[] {"", "", "", "", ""} : latencies.get(0);
            lines.add(row(
                    stage.name(),
                    String.format(Locale.ROOT, "%.1f s", stage.seconds()),
                    stage.operations() > 0 ? Units.count(stage.iops()) : "",
                    String.format(Locale.ROOT, "%.1f", stage.megabytesPerSecond()),
                    first));
            for (String[] more : latencies.subList(Math.min(1, latencies.size()), latencies.size())) {
                lines.add(row("", "", "", "", more));
            }
        }
    }

    private static String[] latency(String what, Latency of) {
        return new String[] {
            what, Units.time(of.p50()), Units.time(of.p99()), Units.time(of.p999()), Units.time(of.max())
        };
    }

    private static String row(String stage, String time, String iops, String rate, String... latency) {
        return String.format(
                        Locale.ROOT,
                        "%-20s %7s %9s %8s  %-5s %9s %9s %9s %9s",
                        stage,
                        time,
                        iops,
                        rate,
                        latency[0],
                        latency[1],
                        latency[2],
                        latency[3],
                        latency[4])
                .stripTrailing();
    }

    private void figures(List<String> lines) {
        LabResult.Figures figures = result.figures();
        figure(
                lines,
                "failover",
                figures.failoverMillis(),
                v -> Units.time(v * 1000) + " from the kill of " + result.victim()
                        + " to the first write on the other leg alone");
        figure(
                lines,
                "longest pause",
                figures.longestPauseMillis(),
                v -> Units.time(v * 1000) + " that the application waited for one request meanwhile");
        figure(
                lines,
                "resync",
                figures.resyncSeconds(),
                v -> Units.time(v * 1e6)
                        + " from its return until both legs were the same"
                        + (figures.resyncBytes().isPresent()
                                ? ", " + Units.size(figures.resyncBytes().getAsDouble()) + " copied"
                                : ""));
        figure(
                lines,
                "retransmissions",
                figures.retransmissions(),
                v -> Units.count(v)
                        + (figures.requests().isPresent()
                                ? " of " + Units.count(figures.requests().getAsDouble()) + " AoE requests"
                                : ""));
        for (NodeReport node : result.nodes()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%-20s %s",
                    node.name(),
                    node.state()
                            + (node.facts().isEmpty() ? "" : " " + glyphs.dot() + " ")
                            + String.join(" " + glyphs.dot() + " ", node.facts())));
        }
    }

    private static void figure(List<String> lines, String name, OptionalDouble value, DoubleFunction<String> text) {
        lines.add(String.format(
                Locale.ROOT, "%-20s %s", name, value.isPresent() ? text.apply(value.getAsDouble()) : "not reached"));
    }

    private void proofs(List<String> lines) {
        for (Proof proof : result.proofs()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%-4s %-42s %s",
                    proof.holds() ? glyphs.good() : glyphs.bad(),
                    proof.subject(),
                    proof.holds()
                            ? cut(proof.actual())
                            : "expected " + cut(proof.expected()) + ", got " + cut(proof.actual())));
        }
        result.failure().ifPresent(why -> lines.add(glyphs.bad() + " " + why));
        lines.add(
                result.good()
                        ? String.format(
                                Locale.ROOT,
                                "%s nothing was lost: %d of %d proofs hold, %.1f s in total",
                                glyphs.good(),
                                result.proofs().size(),
                                result.proofs().size(),
                                result.seconds())
                        : String.format(
                                Locale.ROOT,
                                "%s NOT PROVEN: %d of %d proofs hold%s",
                                glyphs.bad(),
                                result.proofs().stream().filter(Proof::holds).count(),
                                result.proofs().size(),
                                result.failure().isPresent() ? ", and the run ended early" : ""));
    }

    /** A hash is recognised by its first half or less; JSON has all of it. */
    private static String cut(String text) {
        return text.matches("[0-9a-f]{64}") ? "sha256 " + text.substring(0, SHORT_HASH) : text;
    }
}
