package io.diskless.benchmarks.lab.cloud;

import java.util.List;
import java.util.Locale;

/** Chapters along time, with each answer to a ping and how long the guest waited. Legible in light and dark. Stateless. */
final class Timeline {
    private static final int WIDTH = 960;
    private static final int LEFT = 70;
    private static final int TOP = 34;
    private static final int HEIGHT = 190;
    private static final int FLOOR = TOP + HEIGHT;
    /** The scale is logarithmic: from a tenth of a millisecond to a hundred seconds. */
    private static final double LEAST = -1;

    private static final double MOST = 5;

    private Timeline() {}

    static String svg(CloudResult result) {
        long began = result.began();
        double seconds = Math.max(1, result.seconds());
        StringBuilder svg = new StringBuilder();
        svg.append(format("""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" font-family="system-ui, sans-serif" font-size="11">
                <title>Chapters, waits of the guest and answers to its ping along time</title>
                <style>
                  .ink { fill: #24292f } .line { stroke: #8a94a3; stroke-width: .6 } .band { fill: #8a94a3; fill-opacity: .14 }
                  .wait { fill: #c2571a; fill-opacity: .75 } .ping { fill: #1f6feb } .gap { fill: #c2571a }
                  @media (prefers-color-scheme: dark) { .ink { fill: #e6edf3 } .ping { fill: #6cb2ff } .wait { fill: #ffa657 } }
                </style>
                """, WIDTH, FLOOR + 58));
        for (int power = (int) LEAST; power <= MOST; power++) {
            double y = y(Math.pow(10, power));
            svg.append(format(
                    "<line class=\"line\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"ink\" x=\"%d\" y=\"%.1f\""
                            + " text-anchor=\"end\">%s</text>%n",
                    LEFT, WIDTH - 10, y, y, LEFT - 6, y + 4, label(power)));
        }
        for (int at = 0; at <= seconds; at += step(seconds)) {
            svg.append(format(
                    "<text class=\"ink\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d s</text>%n",
                    x(at, seconds), FLOOR + 16, at));
        }
        List<Chapter> chapters = result.chapters();
        for (int i = 0; i < chapters.size(); i++) {
            Chapter chapter = chapters.get(i);
            double end = x((chapter.ended() - began) / 1e9, seconds);
            double start = x((chapter.ended() - began) / 1e9 - chapter.seconds(), seconds);
            if (i % 2 == 0) {
                svg.append(format(
                        "<rect class=\"band\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>%n",
                        start, TOP, end - start, HEIGHT));
            }
            // Two rows, so that short chapters beside each other can be read.
            svg.append(format(
                    "<text class=\"ink\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                    (start + end) / 2, TOP - (i % 2 == 0 ? 6 : 19), chapter.name()));
            if (chapter.pauseMillis() > 0) {
                double y = y(chapter.pauseMillis());
                svg.append(format(
                        "<rect class=\"wait\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"3\"><title>%s: the guest's longest wait"
                                + " was %.0f ms</title></rect>%n",
                        start + 1, y - 1.5, Math.max(2, end - start - 2), chapter.name(), chapter.pauseMillis()));
            }
        }
        for (CloudResult.Ping ping : result.pings()) {
            svg.append(format(
                    "<circle class=\"ping\" cx=\"%.1f\" cy=\"%.1f\" r=\"1\"/>",
                    x((ping.when() - began) / 1e9, seconds), y(ping.millis())));
        }
        svg.append(format(
                "%n<circle class=\"ping\" cx=\"%d\" cy=\"%d\" r=\"3\"/><text class=\"ink\" x=\"%d\" y=\"%d\">an answer to a ping</text>%n",
                LEFT + 6, FLOOR + 38, LEFT + 16, FLOOR + 42));
        svg.append(format(
                "<rect class=\"wait\" x=\"%d\" y=\"%d\" width=\"24\" height=\"3\"/><text class=\"ink\" x=\"%d\" y=\"%d\">the longest"
                        + " that the guest waited in a chapter</text>%n</svg>%n",
                LEFT + 160, FLOOR + 37, LEFT + 190, FLOOR + 42));
        return svg.toString();
    }

    private static double x(double at, double seconds) {
        return LEFT + at / seconds * (WIDTH - LEFT - 10);
    }

    private static double y(double millis) {
        double power = Math.min(MOST, Math.max(LEAST, Math.log10(Math.max(1e-3, millis))));
        return FLOOR - (power - LEAST) / (MOST - LEAST) * HEIGHT;
    }

    private static int step(double seconds) {
        return seconds > 240 ? 60 : seconds > 60 ? 20 : 5;
    }

    private static String label(int power) {
        return switch (power) {
            case -1 -> "0.1 ms";
            case 0 -> "1 ms";
            case 1 -> "10 ms";
            case 2 -> "100 ms";
            case 3 -> "1 s";
            case 4 -> "10 s";
            default -> "100 s";
        };
    }

    private static String format(String form, Object... values) {
        return String.format(Locale.ROOT, form, values);
    }
}
