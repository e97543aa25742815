package io.diskless.benchmarks.lab.cloud;

import io.diskless.benchmarks.lab.report.Proof;
import io.diskless.cluster.draw.Pictures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the story found, for a terminal and as a page of its own. Stateless. */
public final class CloudReport {
    private CloudReport() {}

    /**
     * For a terminal.
     *
     * @param result what was found
     * @return its lines
     */
    public static List<String> lines(CloudResult result) {
        List<String> lines = new ArrayList<>();
        for (Chapter chapter : result.chapters()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "  %-10s %-62s %5.1f s, longest wait %7.1f ms%s, resynced %6d KiB",
                    chapter.name(),
                    chapter.words(),
                    chapter.seconds(),
                    chapter.pauseMillis(),
                    Double.isNaN(chapter.gapMillis())
                            ? ""
                            : String.format(Locale.ROOT, ", ping gap %6.0f ms", chapter.gapMillis()),
                    chapter.resynced() >> 10));
        }
        for (Proof proof : result.proofs()) {
            lines.add((proof.holds() ? "  holds  " : "  FAILS  ") + proof.subject() + ": " + proof.actual()
                    + (proof.holds() ? "" : ", expected " + proof.expected()));
        }
        if (!result.pings().isEmpty()) {
            lines.add("  pings      " + result.pings().size() + " answered, " + result.lostPings() + " lost");
        }
        lines.add(String.format(
                Locale.ROOT, "%s in %.1f s", result.good() ? "every proof holds" : "NOT PROVEN", result.seconds()));
        return lines;
    }

    /**
     * A self-contained page with the picture of the site.
     *
     * @param result what was found
     * @return HTML
     */
    public static String page(CloudResult result) {
        StringBuilder page = new StringBuilder("""
                <!DOCTYPE html>
                <html lang="en"><head><meta charset="utf-8"><title>Diskless lab: the cloud</title>
                <style>
                  :root { color-scheme: light dark }
                  body { font-family: system-ui, "DejaVu Sans", sans-serif; margin: 2em auto; max-width: 62em; padding: 0 1em }
                  table { border-collapse: collapse; width: 100%; margin: 1em 0 }
                  td, th { border-bottom: 1px solid #8a94a3; padding: .3em .6em; text-align: left; vertical-align: top }
                  td.n, th.n { text-align: right; white-space: nowrap } .mono { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
                  svg { max-width: 100%; height: auto }
                </style></head><body>
                """);
        page.append("<h1>The cloud: ")
                .append(result.good() ? "every proof holds" : "NOT PROVEN")
                .append("</h1>\n<p>")
                .append(String.format(Locale.ROOT, "%.1f s, seed %d: ", result.seconds(), result.seed()))
                .append(escaped(result.remark()))
                .append(".</p>\n")
                .append(pings(result))
                .append(Timeline.svg(result))
                .append("<table><tr><th>chapter</th><th>what happened</th>"
                        + "<th class=\"n\">took</th><th class=\"n\">longest wait</th><th class=\"n\">ping gap</th>"
                        + "<th class=\"n\">resynced</th></tr>\n");
        for (Chapter chapter : result.chapters()) {
            page.append(String.format(
                    Locale.ROOT,
                    "<tr><td>%s</td><td>%s</td><td class=\"n\">%.1f s</td><td class=\"n\">%.1f ms</td><td class=\"n\">%s</td>"
                            + "<td class=\"n\">%d KiB</td></tr>%n",
                    escaped(chapter.name()),
                    escaped(chapter.words()),
                    chapter.seconds(),
                    chapter.pauseMillis(),
                    Double.isNaN(chapter.gapMillis()) ? "" : String.format(Locale.ROOT, "%.0f ms", chapter.gapMillis()),
                    chapter.resynced() >> 10));
        }
        page.append("</table>\n<table><tr><th>proof</th><th>expected</th><th>found</th><th></th></tr>\n");
        for (Proof proof : result.proofs()) {
            page.append("<tr><td>")
                    .append(escaped(proof.subject()))
                    .append("</td><td class=\"mono\">")
                    .append(escaped(proof.expected()))
                    .append("</td><td class=\"mono\">")
                    .append(escaped(proof.actual()))
                    .append("</td><td>")
                    .append(proof.holds() ? "holds" : "FAILS")
                    .append("</td></tr>\n");
        }
        return page.append("</table>\n")
                .append(Pictures.site(result.site()).svg())
                .append("\n</body></html>\n")
                .toString();
    }

    private static String pings(CloudResult result) {
        return result.pings().isEmpty()
                ? ""
                : "<p>The guest answered " + result.pings().size() + " pings, ten a second, and " + result.lostPings()
                        + " it did not answer.</p>\n";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
