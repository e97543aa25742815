package io.diskless.cluster.draw;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Pictures as SVG 1.1 with one style sheet, which a dark system changes. Stateless. */
final class SvgWriter {
    private static final int MARGIN = 24;
    private static final int TITLE = 30;

    private static final String STYLE = """
            <style>
            text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1b2733; }
            .title { font-size: 15px; font-weight: bold; } .name { font-weight: bold; } .page { fill: #ffffff; }
            rect { stroke-width: 1.4; } path { fill: none; stroke-width: 1.4; } .dashed { stroke-dasharray: 5 4; }
            .label { font-size: 11px; stroke: #ffffff; stroke-width: 3; paint-order: stroke; }
            """;

    private static final String DARK = """
            @media (prefers-color-scheme: dark) {
            text { fill: #e6edf3; } .page { fill: #10161d; } .label { stroke: #10161d; }
            rect.plain { fill: #1d2733; stroke: #8ea1b4; } path.plain { stroke: #8ea1b4; }
            rect.good { fill: #12301d; stroke: #4cc274; } path.good { stroke: #4cc274; }
            rect.warn { fill: #372a0c; stroke: #e0a93b; } path.warn { stroke: #e0a93b; }
            rect.bad { fill: #3d1614; stroke: #f2786f; } path.bad { stroke: #f2786f; }
            rect.quiet { fill: #151c24; stroke: #55636f; } path.quiet { stroke: #55636f; }
            }
            </style>
            """;

    private SvgWriter() {}

    static String write(Picture picture, LayeredLayout layout) {
        int top = MARGIN + TITLE + picture.notes().size() * LayeredLayout.LINE + 6;
        double words = LayeredLayout.textWidth(picture.title()) * 15 / 12;
        for (String note : picture.notes()) {
            words = Math.max(words, LayeredLayout.textWidth(note));
        }
        double width = Math.max(words, layout.width) + 2 * MARGIN;
        double height = top + layout.height + MARGIN;
        double left = MARGIN + Math.max(0, words - layout.width) / 2;
        StringBuilder out = new StringBuilder();
        begin(out, picture.title(), width, height);
        text(out, "title", MARGIN, MARGIN + 12, picture.title());
        for (int i = 0; i < picture.notes().size(); i++) {
            text(
                    out,
                    "note",
                    MARGIN,
                    MARGIN + TITLE + 4 + i * LayeredLayout.LINE,
                    picture.notes().get(i));
        }
        links(out, picture, layout, left, top);
        for (int i = 0; i < picture.boxes().size(); i++) {
            box(out, picture.boxes().get(i), layout.boxes.get(i), left, top);
        }
        return out.append("</svg>\n").toString().replace("\r\n", "\n");
    }

    /** Everything before the first text: size, name, colours, page. */
    static void begin(StringBuilder out, String title, double width, double height) {
        out.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%s\" height=\"%s\" viewBox=\"0 0 %s %s\" role=\"img\">\n",
                number(width),
                number(height),
                number(width),
                number(height)));
        out.append("<title>").append(escape(title)).append("</title>\n").append(STYLE);
        for (Tone tone : Tone.values()) {
            out.append(String.format(
                    Locale.ROOT,
                    "rect.%s { fill: %s; stroke: %s; } path.%s { stroke: %s; }\n",
                    tone.word(),
                    tone.fill(),
                    tone.stroke(),
                    tone.word(),
                    tone.stroke()));
        }
        out.append(DARK);
        out.append("<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n");
    }

    private static void box(StringBuilder out, Box box, LayeredLayout.Place place, double left, double top) {
        double x = left + place.x - place.width / 2;
        double y = top + place.y;
        out.append(String.format(
                Locale.ROOT,
                "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"6\"/>\n",
                box.tone().word(),
                number(x),
                number(y),
                number(place.width),
                number(place.height)));
        for (int i = 0; i < box.lines().size(); i++) {
            text(
                    out,
                    i == 0 ? "name" : "line",
                    x + LayeredLayout.PADDING,
                    y + LayeredLayout.PADDING + 12 + i * LayeredLayout.LINE,
                    box.lines().get(i));
        }
    }

    static void text(StringBuilder out, String sort, double x, double y, String text) {
        out.append(String.format(
                Locale.ROOT,
                "<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n",
                sort,
                number(x),
                number(y),
                escape(text)));
    }

    /** Where each line leaves and meets its boxes: side by side, in the order of where they lead. */
    private static void links(StringBuilder out, Picture picture, LayeredLayout layout, double left, double top) {
        Map<LayeredLayout.Place, List<Integer>> below = new HashMap<>();
        Map<LayeredLayout.Place, List<Integer>> above = new HashMap<>();
        for (int i = 0; i < layout.ways.size(); i++) {
            List<LayeredLayout.Place> way = layout.ways.get(i);
            LayeredLayout.Place from = way.get(0);
            LayeredLayout.Place to = way.get(way.size() - 1);
            (from.rank < to.rank ? below : above)
                    .computeIfAbsent(from, p -> new ArrayList<>())
                    .add(i);
            (from.rank < to.rank ? above : below)
                    .computeIfAbsent(to, p -> new ArrayList<>())
                    .add(i);
        }
        StringBuilder labels = new StringBuilder();
        for (int i = 0; i < layout.ways.size(); i++) {
            List<LayeredLayout.Place> way = layout.ways.get(i);
            Link link = picture.links().get(i);
            List<double[]> points = new ArrayList<>();
            for (int p = 0; p < way.size(); p++) {
                LayeredLayout.Place place = way.get(p);
                boolean first = p == 0;
                if (!first && p < way.size() - 1) {
                    points.add(new double[] {left + place.x, top + place.y});
                    continue;
                }
                LayeredLayout.Place other = first ? way.get(way.size() - 1) : way.get(0);
                boolean atBottom = first ? place.rank < other.rank : other.rank > place.rank;
                double x = place.x + port(layout, atBottom ? below : above, place, i);
                points.add(new double[] {left + x, top + place.y + (atBottom ? place.height : 0)});
            }
            path(out, link, points);
            if (!link.label().isEmpty()) {
                // Beside its lower end, where lines are farther from each other than in the middle.
                double[] end = points.get(points.size() - 1);
                double x = end[0] - LayeredLayout.textWidth(link.label()) * 11 / 24;
                text(labels, "label", x, end[1] - 10, link.label());
            }
        }
        out.append(labels);
    }

    private static double port(
            LayeredLayout layout, Map<LayeredLayout.Place, List<Integer>> side, LayeredLayout.Place place, int link) {
        List<Integer> all = new ArrayList<>(side.getOrDefault(place, List.of()));
        all.sort(Comparator.comparingDouble(i -> neighbour(layout.ways.get(i), place).x));
        double step = Math.min(18, (place.width - 2 * LayeredLayout.PADDING) / Math.max(1, all.size()));
        return (all.indexOf(link) - (all.size() - 1) / 2.0) * step;
    }

    private static LayeredLayout.Place neighbour(List<LayeredLayout.Place> way, LayeredLayout.Place place) {
        return way.get(0).equals(place) ? way.get(1) : way.get(way.size() - 2);
    }

    private static void path(StringBuilder out, Link link, List<double[]> points) {
        StringBuilder way = new StringBuilder("M").append(pair(points.get(0)));
        for (int p = 1; p < points.size(); p++) {
            double[] a = points.get(p - 1);
            double[] b = points.get(p);
            double middle = (a[1] + b[1]) / 2;
            way.append(" C").append(pair(new double[] {a[0], middle}));
            way.append(' ').append(pair(new double[] {b[0], middle}));
            way.append(' ').append(pair(b));
        }
        out.append(String.format(
                Locale.ROOT,
                "<path class=\"%s%s\" d=\"%s\"/>\n",
                link.tone().word(),
                link.dashed() ? " dashed" : "",
                way));
    }

    private static String pair(double[] point) {
        return number(point[0]) + " " + number(point[1]);
    }

    /** One digit after the point, which no screen shows, so that no last bit of a sum does either. */
    static String number(double value) {
        long tenths = Math.round(value * 10);
        String sign = tenths < 0 ? "-" : "";
        long whole = Math.abs(tenths) / 10;
        long rest = Math.abs(tenths) % 10;
        return sign + whole + (rest == 0 ? "" : "." + rest);
    }

    static String escape(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                // XML 1.0, section 2.2: other control characters cannot be written at all.
                default -> out.appendCodePoint(c < ' ' ? 0xfffd : c);
            }
        });
        return out.toString();
    }
}
