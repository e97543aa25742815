package io.diskless.cluster.draw;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.plan.proof.CounterExample;
import io.diskless.cluster.rules.Finding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a plan goes wrong, from above: the site, the steps that are done, what fails then, what is wrong, and the things that it
 * is about with what the way has changed of them. Stateless; one object draws one picture.
 */
final class CounterPicture {
    /** More steps than this are counted in the middle, not shown. */
    private static final int MOST_STEPS = 12;

    private static final int MOST_FINDINGS = 5;
    private static final int WIDTH = 56;

    private final CounterExample example;
    private final Map<String, Box> boxes = new LinkedHashMap<>();
    private final Map<String, Link> links = new LinkedHashMap<>();
    private String last = "";

    private CounterPicture(CounterExample example) {
        this.example = example;
    }

    static Picture of(CounterExample example) {
        return new CounterPicture(example).draw();
    }

    private Picture draw() {
        next("begin", Tone.QUIET, List.of("the site as it is"));
        List<Integer> order = example.order();
        int head = order.size() <= MOST_STEPS ? order.size() : MOST_STEPS / 2;
        order.subList(0, head).forEach(this::step);
        if (head < order.size()) {
            int tail = order.size() - MOST_STEPS / 2;
            next("between", Tone.QUIET, List.of("and " + Words.count(tail - head, "more step")));
            order.subList(tail, order.size()).forEach(this::step);
        }
        example.failure().ifPresent(failure -> next("failure", Tone.WARN, wrapped("then " + failure)));
        String from = last;
        int number = 0;
        for (String obstacle : example.obstacles()) {
            wrong(from, "obstacle" + number++, wrapped(obstacle));
        }
        List<Finding> shown = example.findings()
                .subList(0, Math.min(MOST_FINDINGS, example.findings().size()));
        for (Finding finding : shown) {
            List<String> lines = new ArrayList<>();
            lines.add("rule " + finding.rule().number() + " " + finding.rule().id());
            lines.addAll(wrapped(finding.message()));
            lines.addAll(wrapped(finding.cause()));
            finding.repair().ifPresent(repair -> lines.addAll(wrapped("repair: " + repair)));
            String name = "wrong" + number++;
            wrong(from, name, lines);
            about(name, finding.path());
        }
        List<String> notes = new ArrayList<>();
        notes.add("after " + Words.count(order.size(), "step") + " of "
                + example.plan().steps().size()
                + (example.obstacles().isEmpty() ? " a rule is broken" : " it is stuck"));
        if (shown.size() < example.findings().size()) {
            notes.add("the first " + shown.size() + " of " + example.findings().size() + " errors are shown");
        }
        return new Picture("How the plan goes wrong", notes, List.copyOf(boxes.values()), List.copyOf(links.values()));
    }

    private void step(int number) {
        next("step" + number, Tone.PLAIN, wrapped(example.plan().step(number).toString()));
    }

    private void next(String name, Tone tone, List<String> lines) {
        boxes.put(name, new Box(name, -1, tone, lines));
        if (!last.isEmpty()) {
            link(last, name, Tone.PLAIN);
        }
        last = name;
    }

    private void wrong(String from, String name, List<String> lines) {
        boxes.put(name, new Box(name, -1, Tone.BAD, lines));
        link(from, name, Tone.BAD);
    }

    private void about(String finding, List<EntityId> path) {
        for (EntityId id : path) {
            Optional<Entity> before = example.plan().base().get(id);
            Optional<Entity> now = example.state().get(id);
            List<String> lines = new ArrayList<>(List.of(id.toString()));
            Tone tone = Tone.QUIET;
            if (now.isEmpty()) {
                lines.add(before.isEmpty() ? "is missing" : "is gone");
                tone = Tone.BAD;
            } else if (before.isEmpty()) {
                lines.add("is new");
                tone = Tone.WARN;
            } else if (!before.equals(now)) {
                DifferencePicture.fields(before.get(), now.get(), lines);
                tone = Tone.WARN;
            }
            boxes.putIfAbsent(id.toString(), new Box(id.toString(), -1, tone, lines));
            link(finding, id.toString(), Tone.QUIET);
        }
    }

    private void link(String from, String to, Tone tone) {
        links.putIfAbsent(from + " " + to, new Link(from, to, "", tone, false));
    }

    /** Lines of at most {@link #WIDTH} characters where words allow it. */
    private static List<String> wrapped(String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split("\\s+", -1)) {
            if (line.length() > 0 && line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() > 0 ? " " : "").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
