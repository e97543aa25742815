package io.diskless.cluster.draw;

import io.diskless.cluster.model.Change;
import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Diff;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.plan.Plan;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Before and after in one picture. Stateless; one object draws one picture. */
final class DifferencePicture {
    /** More changes than this are counted, not shown. */
    private static final int MOST = 40;

    private static final int MOST_FIELDS = 6;

    private final Map<EntityId, Box> boxes = new LinkedHashMap<>();
    private final Map<String, Link> links = new LinkedHashMap<>();

    private DifferencePicture() {}

    static Picture of(Model before, Model after) {
        return new DifferencePicture().draw(before.diff(after), after);
    }

    /** With what the plan costs. */
    static Picture of(Plan plan) {
        Picture change = of(plan.base(), plan.end());
        List<String> notes = new ArrayList<>(change.notes());
        notes.add(Words.count(plan.steps().size(), "step") + ", estimated to take "
                + plan.estimate().toSeconds() + " s");
        plan.impacts().forEach((guest, impact) -> notes.add(guest.name() + ": " + impact));
        return new Picture("Before and after the plan", notes, change.boxes(), change.links());
    }

    private Picture draw(Diff diff, Model after) {
        int[] counts = new int[3];
        for (Change change : diff.changes()) {
            counts[change.before().isEmpty() ? 0 : change.after().isEmpty() ? 1 : 2]++;
        }
        List<Change> shown =
                diff.changes().subList(0, Math.min(MOST, diff.changes().size()));
        shown.forEach(this::box);
        for (Change change : shown) {
            Set<EntityId> old = references(change.before().orElse(null));
            Set<EntityId> now = references(change.after().orElse(null));
            Set<EntityId> all = new TreeSet<>(old);
            all.addAll(now);
            for (EntityId other : all) {
                neighbour(other, after);
                Tone tone = !old.contains(other) ? Tone.GOOD : !now.contains(other) ? Tone.BAD : Tone.QUIET;
                links.putIfAbsent(
                        change.id() + " " + other,
                        new Link(change.id().toString(), other.toString(), "", tone, tone == Tone.BAD));
            }
        }
        List<String> notes = new ArrayList<>();
        notes.add(counts[0] + " new, " + counts[1] + " gone, " + counts[2] + " changed");
        if (shown.size() < diff.changes().size()) {
            notes.add("the first " + shown.size() + " by name are shown");
        }
        return new Picture(
                diff.isEmpty() ? "Nothing differs" : "Before and after",
                notes,
                List.copyOf(boxes.values()),
                List.copyOf(links.values()));
    }

    private void box(Change change) {
        List<String> lines = new ArrayList<>();
        Tone tone;
        if (change.before().isEmpty()) {
            tone = Tone.GOOD;
            lines.add("+ " + change.id());
            lines.add("new");
        } else if (change.after().isEmpty()) {
            tone = Tone.BAD;
            lines.add("- " + change.id());
            lines.add("gone");
        } else {
            tone = Tone.WARN;
            lines.add("~ " + change.id());
            fields(change.before().get(), change.after().get(), lines);
        }
        boxes.put(change.id(), new Box(change.id().toString(), -1, tone, lines));
    }

    /** What differs, each by the way to it: {@code replicas 1 primary}. */
    static void fields(Entity before, Entity after, List<String> lines) {
        if (before.getClass() != after.getClass()) {
            lines.add(before.kind() + " -> " + after.kind());
            return;
        }
        List<String> all = new ArrayList<>();
        parts("", before, after, all);
        int shown = Math.min(all.size(), MOST_FIELDS);
        for (String part : all.subList(0, shown)) {
            lines.addAll(List.of(part.split("\n", -1)));
        }
        if (shown < all.size()) {
            lines.add("and " + (all.size() - shown) + " more");
        }
    }

    private static void parts(String name, Object old, Object now, List<String> all) {
        if (old.equals(now)) {
            return;
        }
        if (old.getClass() == now.getClass()
                && old instanceof Record
                && old.getClass().getRecordComponents().length > 1) {
            for (RecordComponent field : old.getClass().getRecordComponents()) {
                parts((name + " " + field.getName()).strip(), get(field, old), get(field, now), all);
            }
        } else if (old instanceof List<?> olds && now instanceof List<?> nows && olds.size() == nows.size()) {
            for (int i = 0; i < olds.size(); i++) {
                parts(name + " " + i, olds.get(i), nows.get(i), all);
            }
        } else {
            all.add(name + ":\n  " + Words.cut(text(old)) + "\n  -> " + Words.cut(text(now)));
        }
    }

    private static String text(Object value) {
        return value.toString().replaceAll("\\s+", " ");
    }

    private static Object get(RecordComponent field, Object value) {
        try {
            return field.getAccessor().invoke(value);
        } catch (IllegalAccessException | InvocationTargetException impossible) {
            throw new IllegalStateException("an accessor of a public record does not fail: " + field, impossible);
        }
    }

    private static Set<EntityId> references(@org.jspecify.annotations.Nullable Entity entity) {
        Set<EntityId> found = new TreeSet<>();
        if (entity != null) {
            entity.describe(new ClaimSink() {
                @Override
                public void refers(EntityId target) {
                    found.add(target);
                }

                @Override
                public void claims(Claim claim, long amount) {}
            });
            found.remove(entity.id());
        }
        return found;
    }

    private void neighbour(EntityId id, Model after) {
        if (!boxes.containsKey(id)) {
            boolean there = after.contains(id);
            boxes.put(
                    id,
                    new Box(
                            id.toString(),
                            -1,
                            there ? Tone.QUIET : Tone.BAD,
                            there ? List.of(id.toString()) : List.of(id.toString(), "is missing")));
        }
    }
}
