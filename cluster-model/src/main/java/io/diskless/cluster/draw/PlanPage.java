package io.diskless.cluster.draw;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Step;
import io.diskless.cluster.plan.proof.Proof;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A plan as a page of its own. Stateless. */
final class PlanPage {
    /** Pictures of changes beyond this many steps would make a page that no browser opens at once; the words are all there. */
    private static final int MOST_PICTURES = 150;

    private PlanPage() {}

    static String of(Plan plan, Proof proof) {
        PlanChart chart = PlanChart.of(plan);
        StringBuilder out =
                new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        // Nothing may be fetched: what a name or note of a site brings with it stays text.
        out.append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
                + " style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n");
        out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
        out.append(SvgWriter.escape(chart.title())).append("</title>\n<style>\n");
        out.append(part("plan.css")).append("</style>\n</head>\n<body>\n<header>\n<h1>");
        out.append(SvgWriter.escape(chart.title())).append("</h1>\n");
        verdict(out, proof);
        out.append("<nav aria-label=\"Steps\" hidden>\n");
        button(out, "first", "Before all steps (Home)", "&#8676;");
        button(out, "back", "One step back (left arrow)", "&#8592;");
        out.append("<output aria-live=\"polite\"></output>\n");
        button(out, "on", "One step on (right arrow)", "&#8594;");
        button(out, "last", "After all steps (End)", "&#8677;");
        button(out, "play", "Play or stop (space)", "&#9654;");
        out.append("</nav>\n</header>\n<main>\n<div class=\"chart\" tabindex=\"0\" aria-label=\"Swim lanes\">\n");
        out.append(chart.svg()).append("</div>\n");
        begin(out, plan);
        Model before = plan.base();
        for (Step step : plan.steps()) {
            Model after = step.applyTo(before);
            step(out, plan, step, before, after);
            before = after;
        }
        end(out, plan, before);
        out.append("</main>\n<script>\n").append(part("plan.js")).append("</script>\n</body>\n</html>\n");
        return out.toString();
    }

    private static String part(String name) {
        try (InputStream in = PlanPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static void button(StringBuilder out, String id, String title, String sign) {
        out.append("<button type=\"button\" id=\"")
                .append(id)
                .append("\" title=\"")
                .append(title);
        out.append("\" aria-label=\"").append(title).append("\">").append(sign).append("</button>\n");
    }

    private static void verdict(StringBuilder out, Proof proof) {
        if (proof instanceof Proof.Proved proved) {
            out.append("<p class=\"good\">")
                    .append(proof.coverage().exhaustive() ? "Proved: every rule holds for " : "Not refuted by ")
                    .append(SvgWriter.escape(proof.coverage().toString()))
                    .append(".</p>\n");
            list(out, "Cannot be avoided", proved.accepted());
            list(out, "Comes up on the way", proved.warnings());
            list(out, "Stood before, not judged", proved.before());
        } else {
            Proof.Refuted refuted = (Proof.Refuted) proof;
            out.append("<p class=\"bad\">Refuted, ")
                    .append(SvgWriter.escape(proof.coverage().toString()))
                    .append(". It goes wrong after these steps: ")
                    .append(refuted.example().order().stream()
                            .map(String::valueOf)
                            .collect(Collectors.joining(", ")))
                    .append(refuted.example()
                            .failure()
                            .map(f -> ", then " + SvgWriter.escape(f.toString()))
                            .orElse(""))
                    .append("</p>\n");
            list(out, "What is wrong then", refuted.example().wrong());
        }
    }

    private static void list(StringBuilder out, String title, List<?> items) {
        if (!items.isEmpty()) {
            out.append("<details><summary>")
                    .append(title)
                    .append(" (")
                    .append(items.size())
                    .append(")</summary>\n<ul>\n");
            items.forEach(item ->
                    out.append("<li>").append(SvgWriter.escape(item.toString())).append("</li>\n"));
            out.append("</ul></details>\n");
        }
    }

    private static void begin(StringBuilder out, Plan plan) {
        out.append("<section data-step=\"0\">\n<h2>Before</h2>\n");
        picture(out, "The site as it is", Pictures.site(plan.base()).svg());
        out.append("</section>\n");
    }

    private static void end(StringBuilder out, Plan plan, Model end) {
        out.append("<section data-step=\"").append(plan.steps().size() + 1).append("\">\n<h2>After</h2>\n");
        picture(
                out,
                "What the plan changes",
                Pictures.difference(plan.base(), end).svg());
        out.append("</section>\n");
    }

    private static void picture(StringBuilder out, String label, String svg) {
        out.append("<figure tabindex=\"0\" aria-label=\"")
                .append(label)
                .append("\">\n")
                .append(svg)
                .append("</figure>\n");
    }

    private static void step(StringBuilder out, Plan plan, Step step, Model before, Model after) {
        out.append("<section data-step=\"").append(step.number()).append("\">\n<h2>Step ");
        out.append(SvgWriter.escape(step.toString())).append("</h2>\n<dl>\n");
        row(
                out,
                "After",
                step.after().stream().map(n -> plan.step(n).toString()).toList());
        row(out, "Requires", step.requires());
        row(out, "Makes", step.edits());
        row(out, "Taken back", List.of(step.noReturn().map(why -> "no: " + why).orElse("by its edits reversed")));
        List<String> cost = new ArrayList<>(List.of(PlanChart.span(step.estimate())));
        if (step.bytes() > 0) {
            cost.add(Words.bytes(step.bytes()) + " copied");
        }
        row(out, "Takes", cost);
        row(
                out,
                "Guests notice",
                step.impacts().entrySet().stream()
                        .map(impact -> impact.getKey().name() + ": " + impact.getValue())
                        .toList());
        row(out, "Key", List.of(plan.key(step)));
        out.append("</dl>\n");
        if (step.number() <= MOST_PICTURES && !before.equals(after)) {
            picture(
                    out,
                    "What the step changes",
                    Pictures.difference(before, after).svg());
        }
        out.append("</section>\n");
    }

    private static void row(StringBuilder out, String name, List<?> values) {
        if (!values.isEmpty()) {
            out.append("<dt>").append(name).append("</dt>\n");
            values.forEach(value -> out.append("<dd>")
                    .append(SvgWriter.escape(value.toString()))
                    .append("</dd>\n"));
        }
    }
}
