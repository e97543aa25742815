package io.diskless.cluster.draw;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Plans as SVG, DOT and Mermaid. Stateless; one object lays out one plan. */
final class LanesWriter {
    private static final int MARGIN = 24;
    private static final int TITLE = 30;
    private static final int AXIS = 24;
    private static final int GAP = 10;
    private static final int ROW_GAP = 8;
    /** Between a bar and the next in which an arrow can be seen. */
    private static final int ARROW = 22;

    private final PlanChart chart;
    /** Where each time is at which something begins or ends. */
    private final TreeMap<Duration, Double> columns = new TreeMap<>();
    /** Each lane's rows, and each row's height. */
    private final Map<String, List<List<PlanChart.Bar>>> rows = new LinkedHashMap<>();

    private LanesWriter(PlanChart chart) {
        this.chart = chart;
    }

    private static double width(PlanChart.Bar bar) {
        double widest = 0;
        for (String line : bar.lines()) {
            widest = Math.max(widest, LayeredLayout.textWidth(line));
        }
        return widest + 2.0 * LayeredLayout.PADDING;
    }

    private static double height(PlanChart.Bar bar) {
        return bar.lines().size() * LayeredLayout.LINE + 2.0 * LayeredLayout.PADDING;
    }

    private static double height(List<PlanChart.Bar> row) {
        return row.stream().mapToDouble(LanesWriter::height).max().orElse(0);
    }

    static String svg(PlanChart chart) {
        return new LanesWriter(chart).write();
    }

    /** Every bar gets the room that its text takes, and starts where everything is that begins with it. */
    private void layOut() {
        for (PlanChart.Bar bar : chart.bars()) {
            columns.put(bar.begin(), 0.0);
            columns.put(bar.end(), 0.0);
        }
        double last = -GAP;
        for (Map.Entry<Duration, Double> column : columns.entrySet()) {
            Duration time = column.getKey();
            double x = last + GAP;
            for (PlanChart.Bar bar : chart.bars()) {
                if (bar.end().equals(time) && !bar.begin().equals(time)) {
                    x = Math.max(x, columns.getOrDefault(bar.begin(), 0.0) + width(bar) + ARROW);
                }
            }
            column.setValue(x);
            last = x;
        }
        chart.lanes().forEach((lane, bars) -> {
            List<List<PlanChart.Bar>> all = new ArrayList<>();
            for (PlanChart.Bar bar : bars) {
                List<PlanChart.Bar> free = null;
                for (List<PlanChart.Bar> row : all) {
                    if (free == null && row.stream().allMatch(other -> end(other) <= x(bar) || end(bar) <= x(other))) {
                        free = row;
                    }
                }
                if (free == null) {
                    free = new ArrayList<>();
                    all.add(free);
                }
                free.add(bar);
            }
            rows.put(lane, all);
        });
    }

    private double x(PlanChart.Bar bar) {
        return columns.getOrDefault(bar.begin(), 0.0);
    }

    /** Where the bar's rectangle ends; a step that takes no time is as wide as its text. */
    private double end(PlanChart.Bar bar) {
        return Math.max(x(bar) + width(bar), columns.getOrDefault(bar.end(), 0.0) - ARROW);
    }

    private String write() {
        layOut();
        double names = 0;
        double body = 0;
        for (Map.Entry<String, List<List<PlanChart.Bar>>> lane : rows.entrySet()) {
            names = Math.max(names, LayeredLayout.textWidth(lane.getKey()));
            body += GAP;
            for (List<PlanChart.Bar> row : lane.getValue()) {
                body += height(row) + ROW_GAP;
            }
        }
        double left = MARGIN + names + 2.0 * GAP;
        double top = MARGIN + TITLE + chart.notes().size() * (double) LayeredLayout.LINE + AXIS;
        double words = LayeredLayout.textWidth(chart.title()) * 15 / 12;
        for (String note : chart.notes()) {
            words = Math.max(words, LayeredLayout.textWidth(note));
        }
        double bars = chart.bars().stream().mapToDouble(this::end).max().orElse(0);
        double axis = columns.isEmpty()
                ? 0
                : columns.lastEntry().getValue() + LayeredLayout.textWidth(PlanChart.clock(columns.lastKey()));
        double width = Math.max(left + Math.max(bars + ARROW, axis), MARGIN + words) + MARGIN;
        StringBuilder out = new StringBuilder();
        SvgWriter.begin(out, chart.title(), width, top + body + MARGIN);
        SvgWriter.text(out, "title", MARGIN, MARGIN + 12, chart.title());
        for (int i = 0; i < chart.notes().size(); i++) {
            SvgWriter.text(
                    out,
                    "note",
                    MARGIN,
                    MARGIN + TITLE + 4 + i * (double) LayeredLayout.LINE,
                    chart.notes().get(i));
        }
        axis(out, left, top, body);
        Map<Integer, double[]> places = lanes(out, left, top, width);
        links(out, places);
        for (PlanChart.Bar bar : chart.bars()) {
            bar(out, bar, places.getOrDefault(bar.step(), new double[2]));
        }
        return out.append("</svg>\n").toString().replace("\r\n", "\n");
    }

    /** The times, where there is room for them. */
    private void axis(StringBuilder out, double left, double top, double body) {
        double free = 0;
        for (Map.Entry<Duration, Double> column : columns.entrySet()) {
            String time = PlanChart.clock(column.getKey());
            double x = left + column.getValue();
            line(out, "quiet", x - GAP / 2.0, top - 4, x - GAP / 2.0, top + body);
            if (x >= free) {
                SvgWriter.text(out, "label", x - GAP / 2.0 + 3, top - 6, time);
                free = x + LayeredLayout.textWidth(time) + GAP;
            }
        }
    }

    /** Draws the lanes and says where each bar goes: its left and upper edge. */
    private Map<Integer, double[]> lanes(StringBuilder out, double left, double top, double width) {
        Map<Integer, double[]> places = new HashMap<>();
        double y = top;
        for (Map.Entry<String, List<List<PlanChart.Bar>>> lane : rows.entrySet()) {
            line(out, "quiet", MARGIN, y, width - MARGIN, y);
            SvgWriter.text(out, "name", MARGIN, y + GAP + 16, lane.getKey());
            y += GAP;
            for (List<PlanChart.Bar> row : lane.getValue()) {
                for (PlanChart.Bar bar : row) {
                    places.put(bar.step(), new double[] {left + x(bar), y});
                }
                y += height(row) + ROW_GAP;
            }
        }
        return places;
    }

    private static void line(StringBuilder out, String tone, double x1, double y1, double x2, double y2) {
        out.append(String.format(
                Locale.ROOT,
                "<path class=\"%s\" d=\"M%s %s L%s %s\"/>\n",
                tone,
                SvgWriter.number(x1),
                SvgWriter.number(y1),
                SvgWriter.number(x2),
                SvgWriter.number(y2)));
    }

    private void links(StringBuilder out, Map<Integer, double[]> places) {
        for (PlanChart.Bar bar : chart.bars()) {
            double[] to = places.getOrDefault(bar.step(), new double[2]);
            for (int before : bar.after()) {
                PlanChart.Bar earlier = chart.bars().get(before - 1);
                double[] from = places.getOrDefault(before, new double[2]);
                double x1 = from[0] + end(earlier) - x(earlier);
                double y1 = from[1] + height(earlier) / 2;
                double y2 = to[1] + height(bar) / 2;
                double bend = Math.min(40, Math.max(8, (to[0] - x1) / 2));
                out.append(String.format(
                        Locale.ROOT,
                        "<path class=\"plain\" d=\"M%s %s C%s %s %s %s %s %s m-5 -3 l5 3 l-5 3\"/>\n",
                        SvgWriter.number(x1),
                        SvgWriter.number(y1),
                        SvgWriter.number(x1 + bend),
                        SvgWriter.number(y1),
                        SvgWriter.number(to[0] - bend),
                        SvgWriter.number(y2),
                        SvgWriter.number(to[0]),
                        SvgWriter.number(y2)));
            }
        }
    }

    private void bar(StringBuilder out, PlanChart.Bar bar, double[] place) {
        out.append(String.format(
                Locale.ROOT,
                "<g class=\"step step-%d\"><rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"6\"/>\n",
                bar.step(),
                bar.tone().word(),
                SvgWriter.number(place[0]),
                SvgWriter.number(place[1]),
                SvgWriter.number(end(bar) - x(bar)),
                SvgWriter.number(height(bar))));
        for (int i = 0; i < bar.lines().size(); i++) {
            SvgWriter.text(
                    out,
                    i == 0 ? "name" : "line",
                    place[0] + LayeredLayout.PADDING,
                    place[1] + LayeredLayout.PADDING + 12 + i * (double) LayeredLayout.LINE,
                    bar.lines().get(i));
        }
        out.append("</g>\n");
    }

    static String dot(PlanChart chart) {
        StringBuilder out = new StringBuilder("digraph plan {\n  rankdir=LR;\n  graph [label=")
                .append(GraphWriter.quoted(chart.title()))
                .append(", labelloc=t, fontname=\"monospace\"];\n")
                .append("  node [shape=box, style=filled, fontname=\"monospace\"];\n");
        chart.lanes().forEach((lane, bars) -> {
            out.append("  subgraph ").append(GraphWriter.quoted("cluster_" + lane));
            out.append(" {\n    label=").append(GraphWriter.quoted(lane)).append(";\n");
            for (PlanChart.Bar bar : bars) {
                out.append("    s").append(bar.step()).append(" [label=");
                out.append(GraphWriter.quoted(String.join("\n", bar.lines())));
                out.append(", fillcolor=\"").append(bar.tone().fill()).append("\", color=\"");
                out.append(bar.tone().stroke()).append("\"];\n");
            }
            out.append("  }\n");
        });
        for (PlanChart.Bar bar : chart.bars()) {
            for (int before : bar.after()) {
                out.append("  s")
                        .append(before)
                        .append(" -> s")
                        .append(bar.step())
                        .append(";\n");
            }
        }
        return out.append("}\n").toString();
    }

    static String mermaid(PlanChart chart) {
        StringBuilder out = new StringBuilder("---\ntitle: '")
                .append(chart.title().replace("'", "''"))
                .append("'\n---\nflowchart LR\n");
        int number = 0;
        for (Map.Entry<String, List<PlanChart.Bar>> lane : chart.lanes().entrySet()) {
            out.append("  subgraph lane").append(number++).append("[\"");
            out.append(GraphWriter.entities(lane.getKey())).append("\"]\n");
            for (PlanChart.Bar bar : lane.getValue()) {
                out.append("    s").append(bar.step()).append("[\"");
                out.append(String.join(
                        "<br/>", bar.lines().stream().map(GraphWriter::entities).toList()));
                out.append("\"]:::").append(bar.tone().word()).append('\n');
            }
            out.append("  end\n");
        }
        for (PlanChart.Bar bar : chart.bars()) {
            for (int before : bar.after()) {
                out.append("  s")
                        .append(before)
                        .append(" --> s")
                        .append(bar.step())
                        .append('\n');
            }
        }
        GraphWriter.classes(out);
        return out.toString();
    }
}
