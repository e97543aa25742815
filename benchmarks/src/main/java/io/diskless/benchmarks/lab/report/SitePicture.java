package io.diskless.benchmarks.lab.report;

import java.util.List;
import java.util.Locale;

/**
 * The site and what became of it, as SVG. The layout depends on nothing but the result; colours follow the light or dark
 * preference of the viewer; shape and words say what the colours say. Immutable.
 *
 * <pre>
 *   title, verdict
 *   [ ruby ]        [ crystal ]      application nodes
 *   ====== Ethernet ===========
 *   [ glouton ]     [ jade ]         storage nodes
 *   one bar per stage: width is time, height is throughput
 *   proofs
 * </pre>
 */
public final class SitePicture {
    private static final int WIDTH = 960;
    private static final int MARGIN = 32;
    private static final int BOX_WIDTH = 420;
    private static final int BOX_HEIGHT = 124;
    private static final int APPLICATIONS_Y = 96;
    private static final int WIRE_Y = 258;
    private static final int WIRE_HEIGHT = 30;
    private static final int STORAGE_Y = 326;
    private static final int CHART_Y = 490;
    private static final int CHART_HEIGHT = 92;
    private static final int PROOFS_Y = CHART_Y + CHART_HEIGHT + 78;
    private static final int LINE = 22;
    private static final int SHORT_HASH = 24;
    /** A stage is drawn at least this wide, so that its number can be read. */
    private static final double NARROWEST = 84;

    private static final String STYLE = """
            <style>
              svg { color-scheme: light dark; font-family: system-ui, "DejaVu Sans", "Liberation Sans", sans-serif }
              .paper { fill: #ffffff } .ink { fill: #1c2430 } .soft { fill: #56606f }
              .box { fill: #f3f5f8; stroke: #8a94a3; stroke-width: 1.5 }
              .good { fill: #157347 } .bad { fill: #b3261e }
              .goodline { stroke: #157347 } .badline { stroke: #b3261e; stroke-dasharray: 7 5 }
              .wire { fill: #dbe4f3; stroke: #5b78a8; stroke-width: 1.5 }
              .bar { fill: #6f93cf; stroke: #3f62a0 }
              .axis { stroke: #8a94a3; stroke-width: 1 }
              text { font-size: 14px } .title { font-size: 22px; font-weight: 600 } .name { font-size: 18px; font-weight: 600 }
              .small { font-size: 12.5px } .mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 12.5px }
              @media (prefers-color-scheme: dark) {
                .paper { fill: #14181f } .ink { fill: #e8ecf2 } .soft { fill: #a4aebc }
                .box { fill: #1f2630; stroke: #6d7786 }
                .good { fill: #5fd39a } .bad { fill: #ff8a80 }
                .goodline { stroke: #5fd39a } .badline { stroke: #ff8a80 }
                .wire { fill: #24344f; stroke: #7c9bd0 }
                .bar { fill: #4d74b8; stroke: #8fb0ea }
                .axis { stroke: #6d7786 }
              }
            </style>
            """;

    private final LabResult result;
    private final StringBuilder svg = new StringBuilder();

    private SitePicture(LabResult result) {
        this.result = result;
    }

    /**
     * Draws it.
     *
     * @param result what was found
     * @return a whole SVG document
     */
    public static String of(LabResult result) {
        return new SitePicture(result).draw();
    }

    private String draw() {
        int height = PROOFS_Y
                + (result.proofs().size() + result.failure().map(f -> 1).orElse(0)) * LINE
                + 12;
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\""
                        + " aria-labelledby=\"title\">%n<title id=\"title\">Diskless lab: %s</title>%n",
                WIDTH,
                height,
                WIDTH,
                height,
                escape(verdict())));
        svg.append(STYLE);
        svg.append(String.format(Locale.ROOT, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>%n", WIDTH, height));
        text(MARGIN, 42, "title ink", "Diskless lab");
        text(MARGIN, 70, result.good() ? "good" : "bad", mark(result.good()) + verdict());
        rightText(WIDTH - MARGIN, 42, "soft small", result.image() + ", load on " + Units.size(result.loadBytes()));
        rightText(WIDTH - MARGIN, 70, "soft small", "seed " + result.seed());
        nodes();
        chart();
        proofs();
        return svg.append("</svg>\n").toString();
    }

    private String verdict() {
        return result.good()
                ? "nothing was lost: all " + result.proofs().size() + " proofs hold"
                : "not proven"
                        + result.failure().map(why -> ": the run ended early").orElse("");
    }

    private void nodes() {
        List<NodeReport> applications =
                result.nodes().stream().filter(node -> !node.storage()).toList();
        List<NodeReport> storage =
                result.nodes().stream().filter(NodeReport::storage).toList();
        for (int i = 0; i < applications.size(); i++) {
            cable(
                    column(i),
                    APPLICATIONS_Y + BOX_HEIGHT,
                    WIRE_Y,
                    applications.get(i).good());
            box(column(i), APPLICATIONS_Y, applications.get(i));
        }
        for (int i = 0; i < storage.size(); i++) {
            cable(column(i), WIRE_Y + WIRE_HEIGHT, STORAGE_Y, storage.get(i).good());
            box(column(i), STORAGE_Y, storage.get(i));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<rect class=\"wire\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>%n",
                MARGIN,
                WIRE_Y,
                WIDTH - 2 * MARGIN,
                WIRE_HEIGHT));
        middleText(
                WIDTH / 2.0,
                WIRE_Y + 20,
                "ink small",
                (result.real() ? "Ethernet (veth, bridge)" : "in-memory Ethernet segment") + ", MTU " + result.mtu());
    }

    private static int column(int index) {
        return index == 0 ? MARGIN : WIDTH - MARGIN - BOX_WIDTH;
    }

    private void cable(int x, int from, int to, boolean good) {
        int middle = x + BOX_WIDTH / 2;
        svg.append(String.format(
                Locale.ROOT,
                "<line class=\"%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke-width=\"3\"/>%n",
                good ? "goodline" : "badline",
                middle,
                from,
                middle,
                to));
    }

    private void box(int x, int y, NodeReport node) {
        svg.append(String.format(
                Locale.ROOT,
                "<rect class=\"box\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"10\"/>%n",
                x,
                y,
                BOX_WIDTH,
                BOX_HEIGHT));
        if (node.storage()) {
            disk(x + BOX_WIDTH - 50, y + 16);
        }
        text(x + 16, y + 28, "name ink", node.name());
        text(x + 16 + 12 * node.name().length() + 6, y + 28, "soft small", node.role());
        text(x + 16, y + 52, node.good() ? "good small" : "bad small", mark(node.good()) + node.state());
        int at = y + 76;
        for (String fact : node.facts()) {
            text(x + 16, at, "ink small", fact);
            at += 19;
        }
    }

    private void disk(int x, int y) {
        svg.append(String.format(
                Locale.ROOT,
                "<path class=\"wire\" d=\"M%d %d v22 a16 6 0 0 0 32 0 v-22\"/><ellipse class=\"wire\" cx=\"%d\" cy=\"%d\""
                        + " rx=\"16\" ry=\"6\"/>%n",
                x,
                y,
                x + 16,
                y));
    }

    private void chart() {
        List<Stage> stages = result.stages();
        int bottom = CHART_Y + CHART_HEIGHT;
        svg.append(String.format(
                Locale.ROOT,
                "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>%n",
                MARGIN,
                bottom,
                WIDTH - MARGIN,
                bottom));
        double total = stages.stream().mapToDouble(Stage::seconds).sum();
        double top =
                stages.stream().mapToDouble(Stage::megabytesPerSecond).max().orElse(0);
        double room = WIDTH - 2.0 * MARGIN - NARROWEST * stages.size();
        double x = MARGIN;
        for (Stage stage : stages) {
            double width = NARROWEST + (total > 0 ? room * stage.seconds() / total : 0);
            double height = top > 0 ? Math.max(2, (CHART_HEIGHT - 18) * stage.megabytesPerSecond() / top) : 2;
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\"/>%n",
                    x + 2,
                    bottom - height,
                    width - 4,
                    height));
            double middle = x + width / 2;
            middleText(
                    middle,
                    bottom - height - 5,
                    "ink small",
                    String.format(Locale.ROOT, "%.0f MB/s", stage.megabytesPerSecond()));
            middleText(middle, bottom + 17, "ink small", stage.name());
            middleText(middle, bottom + 33, "soft small", String.format(Locale.ROOT, "%.1f s", stage.seconds()));
            x += width;
        }
        text(MARGIN, bottom + 55, "soft small", milestones());
    }

    private String milestones() {
        LabResult.Figures figures = result.figures();
        StringBuilder line = new StringBuilder();
        figures.failoverMillis().ifPresent(v -> line.append("failover ").append(Units.time(v * 1000)));
        figures.longestPauseMillis()
                .ifPresent(v -> line.append(", longest pause ").append(Units.time(v * 1000)));
        figures.resyncSeconds().ifPresent(v -> line.append(", resync ").append(Units.time(v * 1e6)));
        figures.resyncBytes()
                .ifPresent(v -> line.append(" (").append(Units.size(v)).append(")"));
        figures.retransmissions()
                .ifPresent(v -> line.append(", retransmissions ").append(Units.count(v)));
        return line.toString();
    }

    private void proofs() {
        int y = PROOFS_Y;
        for (Proof proof : result.proofs()) {
            text(MARGIN, y, proof.holds() ? "good" : "bad", mark(proof.holds()).strip());
            text(MARGIN + 24, y, "ink small", proof.subject());
            text(
                    MARGIN + 400,
                    y,
                    "soft mono",
                    proof.holds()
                            ? cut(proof.actual())
                            : "expected " + cut(proof.expected()) + ", got " + cut(proof.actual()));
            y += LINE;
        }
        if (result.failure().isPresent()) {
            String why = result.failure().get();
            text(MARGIN, y, "bad small", why.length() > 130 ? why.substring(0, 130) + "…" : why);
        }
    }

    private static String mark(boolean good) {
        return good ? "\u2714 " : "\u2718 ";
    }

    private static String cut(String text) {
        return text.matches("[0-9a-f]{64}") ? text.substring(0, SHORT_HASH) + "…" : text;
    }

    private void text(double x, double y, String classes, String words) {
        text(x, y, classes, "start", words);
    }

    private void middleText(double x, double y, String classes, String words) {
        text(x, y, classes, "middle", words);
    }

    private void rightText(double x, double y, String classes, String words) {
        text(x, y, classes, "end", words);
    }

    private void text(double x, double y, String classes, String anchor, String words) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">%s</text>%n",
                x,
                y,
                classes,
                anchor,
                escape(words)));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replaceAll("[\\x00-\\x1f]", " ");
    }
}
