package io.diskless.cluster.draw;

import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.plan.Impact;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A plan in swim lanes. Time runs to the right, and where nothing begins or ends it is drawn together, so that a minute of
 * copying does not make seconds of switching invisible. Immutable.
 */
public final class PlanChart {
    private static final int MOST = 100;

    /** The lane of steps that are no machine's. */
    static final String SITE = "site";

    /**
     * A step in its lane.
     *
     * @param step its number
     * @param lane whose
     * @param tone its colour
     * @param lines its text
     * @param after the steps before it
     * @param begin when it can begin, if everything takes as long as estimated
     * @param end when it ends then
     */
    record Bar(
            int step, String lane, Tone tone, List<String> lines, Set<Integer> after, Duration begin, Duration end) {}

    private final String title;
    private final List<String> notes;
    private final List<Bar> bars;

    private PlanChart(String title, List<String> notes, List<Bar> bars) {
        this.title = title;
        this.notes = List.copyOf(notes);
        this.bars = List.copyOf(bars);
    }

    static PlanChart of(Plan plan) {
        List<Bar> bars = new ArrayList<>();
        for (Step step : plan.steps()) {
            Duration begin = Duration.ZERO;
            for (int before : step.after()) {
                Duration end = bars.get(before - 1).end();
                begin = begin.compareTo(end) < 0 ? end : begin;
            }
            bars.add(new Bar(
                    step.number(),
                    lane(step),
                    tone(step),
                    lines(step),
                    step.after(),
                    begin,
                    begin.plus(step.estimate())));
        }
        List<String> notes = new ArrayList<>();
        notes.add(Words.count(plan.steps().size(), "step") + ", estimated to take " + span(plan.estimate()));
        plan.impacts().forEach((guest, impact) -> notes.add(guest.name() + ": " + impact));
        String title = plan.isEmpty()
                ? "Nothing to do"
                : "Plan: "
                        + String.join(
                                ", ",
                                plan.operations().stream().map(Object::toString).toList());
        return new PlanChart(
                title.length() <= MOST ? title : title.substring(0, MOST - 1) + "\u2026",
                notes.subList(0, Math.min(8, notes.size())),
                bars);
    }

    private static String lane(Step step) {
        return step.operands().stream()
                .filter(NodeId.class::isInstance)
                .map(EntityId::name)
                .findFirst()
                .orElse(SITE);
    }

    private static Tone tone(Step step) {
        boolean noticed = step.impacts().values().stream()
                .anyMatch(impact -> impact.kind() == Impact.Kind.PAUSE || impact.kind() == Impact.Kind.OUTAGE);
        return noticed ? Tone.BAD : step.isReversible() ? Tone.PLAIN : Tone.WARN;
    }

    private static List<String> lines(Step step) {
        List<String> lines = new ArrayList<>(List.of(step.number() + " " + step.verb()));
        for (EntityId operand : step.operands()) {
            if (!operand.name().equals(lane(step)) || !(operand instanceof NodeId)) {
                lines.add(operand.name());
            }
        }
        lines.add(span(step.estimate()));
        return lines;
    }

    /** A time on the axis, of which no second is left out. */
    static String clock(Duration time) {
        long seconds = time.toSeconds();
        if (time.toMillisPart() != 0) {
            return String.format(Locale.ROOT, "%d.%03d s", seconds, time.toMillisPart());
        }
        return seconds < 120 ? seconds + " s" : String.format(Locale.ROOT, "%d:%02d min", seconds / 60, seconds % 60);
    }

    /** A time in the largest unit that leaves something of it. */
    static String span(Duration time) {
        long seconds = time.toSeconds();
        if (seconds < 1) {
            return time.toMillis() + " ms";
        }
        if (seconds < 120) {
            return seconds + " s";
        }
        return seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h";
    }

    String title() {
        return title;
    }

    List<String> notes() {
        return notes;
    }

    List<Bar> bars() {
        return bars;
    }

    /** The lanes by their names, the site's first. */
    Map<String, List<Bar>> lanes() {
        Map<String, List<Bar>> lanes = new TreeMap<>((a, b) -> {
            int first = Boolean.compare(b.equals(SITE), a.equals(SITE));
            return first != 0 ? first : a.compareTo(b);
        });
        for (Bar bar : bars) {
            lanes.computeIfAbsent(bar.lane(), name -> new ArrayList<>()).add(bar);
        }
        return lanes;
    }

    /** {@return an SVG document; light or dark as its reader's system is. Each bar has the class {@code step} and its number} */
    public String svg() {
        return LanesWriter.svg(this);
    }

    /** {@return a graph for Graphviz, with a cluster for each lane} */
    public String dot() {
        return LanesWriter.dot(this);
    }

    /** {@return a flowchart for Mermaid, with a subgraph for each lane} */
    public String mermaid() {
        return LanesWriter.mermaid(this);
    }
}
