package io.diskless.cluster.draw;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Pictures for programs that lay out themselves. Stateless. */
final class GraphWriter {
    private GraphWriter() {}

    static String dot(Picture picture) {
        StringBuilder out = new StringBuilder("digraph site {\n");
        out.append("  graph [label=")
                .append(quoted(picture.title()))
                .append(", labelloc=t, fontname=\"monospace\"];\n");
        out.append(
                "  node [shape=box, style=filled, fontname=\"monospace\"];\n  edge [dir=none, fontname=\"monospace\"];\n");
        Map<Integer, StringBuilder> ranks = new TreeMap<>();
        for (Box box : picture.boxes()) {
            out.append("  ")
                    .append(quoted(box.id()))
                    .append(" [label=")
                    .append(quoted(String.join("\n", box.lines())))
                    .append(", fillcolor=\"")
                    .append(box.tone().fill())
                    .append("\", color=\"")
                    .append(box.tone().stroke())
                    .append("\"];\n");
            if (box.rank() >= 0) {
                ranks.computeIfAbsent(box.rank(), r -> new StringBuilder())
                        .append(' ')
                        .append(quoted(box.id()))
                        .append(';');
            }
        }
        ranks.values().forEach(same -> out.append("  { rank=same;").append(same).append(" }\n"));
        for (Link link : picture.links()) {
            out.append("  ").append(quoted(link.from())).append(" -> ").append(quoted(link.to()));
            out.append(" [color=\"").append(link.tone().stroke()).append('"');
            if (!link.label().isEmpty()) {
                out.append(", label=").append(quoted(link.label()));
            }
            out.append(link.dashed() ? ", style=dashed];\n" : "];\n");
        }
        return out.append("}\n").toString();
    }

    /** As the DOT language quotes: only the quote and the backslash mean something. */
    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    static String mermaid(Picture picture) {
        StringBuilder out = new StringBuilder("---\ntitle: ");
        // A YAML string in single quotes.
        out.append('\'').append(picture.title().replace("'", "''")).append("'\n---\nflowchart TD\n");
        Map<String, String> names = new HashMap<>();
        for (Box box : picture.boxes()) {
            // Words such as "end" mean something to Mermaid, so names are its own.
            String name = "b" + names.size();
            names.put(box.id(), name);
            out.append("  ").append(name).append("[\"");
            out.append(String.join(
                    "<br/>", box.lines().stream().map(GraphWriter::entities).toList()));
            out.append("\"]:::").append(box.tone().word()).append('\n');
        }
        for (Link link : picture.links()) {
            out.append("  ").append(names.get(link.from())).append(link.dashed() ? " -.-" : " ---");
            if (!link.label().isEmpty()) {
                out.append("|\"").append(entities(link.label())).append("\"|");
            }
            out.append(' ').append(names.get(link.to())).append('\n');
        }
        classes(out);
        return out.toString();
    }

    /** The colours of tones. */
    static void classes(StringBuilder out) {
        for (Tone tone : Tone.values()) {
            out.append("  classDef ")
                    .append(tone.word())
                    .append(" fill:")
                    .append(tone.fill())
                    .append(",stroke:")
                    .append(tone.stroke())
                    .append(",color:#1b2733\n");
        }
    }

    static String entities(String text) {
        return text.replace("&", "#amp;")
                .replace("\"", "#quot;")
                .replace("<", "#lt;")
                .replace(">", "#gt;");
    }
}
