package io.diskless.cluster.plan;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One thing that an executor does, as data. It may be done twice: what is done already is left alone. Immutable.
 *
 * @param number 1 for the first of a plan; after lower ones only
 * @param verb what is done
 * @param operands to what, as the verb says
 * @param after the steps that must be done before
 * @param edits what it makes of the model: the values from which they start are part of the precondition, those to which they
 *     lead are the postcondition
 * @param requires the rest of the precondition
 * @param noReturn why it cannot be taken back; empty if it can, by the edits reversed
 * @param estimate how long it takes
 * @param bytes how much is copied
 * @param impacts what guests notice while it is done; a guest that is not there notices nothing
 */
public record Step(
        int number,
        Verb verb,
        List<EntityId> operands,
        Set<Integer> after,
        List<Edit> edits,
        List<Condition> requires,
        Optional<String> noReturn,
        Duration estimate,
        long bytes,
        Map<InstanceId, Impact> impacts) {
    /**
     * Copies the collections.
     *
     * @throws IllegalArgumentException if the step is not after lower ones only
     */
    public Step {
        Objects.requireNonNull(verb, "verb");
        Objects.requireNonNull(noReturn, "noReturn");
        Objects.requireNonNull(estimate, "estimate");
        operands = List.copyOf(operands);
        after = Collections.unmodifiableSet(new TreeSet<>(after));
        edits = List.copyOf(edits);
        requires = List.copyOf(requires);
        impacts = Collections.unmodifiableMap(new TreeMap<>(impacts));
        for (int before : after) {
            if (before < 1 || before >= number) {
                throw new IllegalArgumentException("step " + number + " cannot be after step " + before);
            }
        }
    }

    /** {@return whether it can be taken back} */
    public boolean isReversible() {
        return noReturn.isEmpty();
    }

    /**
     * Why the step cannot be done.
     *
     * @param model the site
     * @return what does not hold; empty if it can, or is done already
     */
    public List<String> obstacles(Model model) {
        if (isDone(model)) {
            return List.of();
        }
        List<String> found = new ArrayList<>();
        Model now = model;
        for (Edit edit : edits) {
            if (edit.isPossible(now)) {
                now = edit.applyTo(now);
            } else if (!edit.isDone(now)) {
                found.add("it is not so that \"" + edit + "\" can begin");
            }
        }
        for (Condition condition : requires) {
            if (!condition.holds(model)) {
                found.add("it is not so that " + condition);
            }
        }
        return found;
    }

    /**
     * Whether everything is as the step would make it. A step that changes nothing in the model is never known to be done.
     *
     * @param model the site
     * @return whether it is
     */
    public boolean isDone(Model model) {
        return !edits.isEmpty() && edits.stream().allMatch(edit -> edit.isDone(model));
    }

    /**
     * What the site is after the step.
     *
     * @param model the site; without obstacles
     * @return a new model; what is done already is left alone
     */
    public Model applyTo(Model model) {
        Model now = model;
        for (Edit edit : edits) {
            now = edit.isDone(now) ? now : edit.applyTo(now);
        }
        return now;
    }

    /**
     * What the site is after the step was taken back, whether it was done, begun or not.
     *
     * @param model the site
     * @return a new model
     * @throws IllegalStateException if the step cannot be taken back
     */
    public Model undo(Model model) {
        if (!isReversible()) {
            throw new IllegalStateException("step " + number + " cannot be taken back: " + noReturn.get());
        }
        Model now = model;
        for (int i = edits.size() - 1; i >= 0; i--) {
            Edit back = edits.get(i).reversed();
            now = back.isPossible(now) ? back.applyTo(now) : now;
        }
        return now;
    }

    /** {@return everything that it changes: while it is done, nobody else may touch these} */
    public Set<EntityId> locks() {
        Set<EntityId> all = new LinkedHashSet<>();
        edits.forEach(edit -> all.add(edit.subject()));
        return all;
    }

    /** {@return what is done to what, such as {@code promote layer/web1-r node/s2}} */
    public String title() {
        StringBuilder text = new StringBuilder(verb.toString());
        operands.forEach(operand -> text.append(' ').append(operand));
        return text.toString();
    }

    /** {@return number and title} */
    @Override
    public String toString() {
        return number + " " + title();
    }
}
