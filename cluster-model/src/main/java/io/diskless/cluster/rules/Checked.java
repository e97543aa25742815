package io.diskless.cluster.rules;

import io.diskless.cluster.model.Change;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.internal.PersistentMap;
import io.diskless.cluster.model.operation.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A model with everything that is wrong with it. After a change only those verdicts are asked for again that can be others:
 * {@link #update} gives what {@link #of} would give, and takes time by the change. Immutable.
 */
public final class Checked {
    private static final Comparator<Finding> ORDER = Comparator.comparing(Finding::severity)
            .thenComparing(Finding::rule)
            .thenComparing(finding -> finding.path().toString())
            .thenComparing(Finding::message);

    private final Model model;
    private final PersistentMap<RuleBook.Place, List<Finding>> found;

    private Checked(Model model, PersistentMap<RuleBook.Place, List<Finding>> found) {
        this.model = model;
        this.found = found;
    }

    /**
     * Checks a whole model.
     *
     * @param model what to check
     * @return the model with its findings
     */
    public static Checked of(Model model) {
        List<PersistentMap<RuleBook.Place, List<Finding>>> found = new ArrayList<>(List.of(PersistentMap.empty()));
        RuleBook.STANDARD.checkAll(
                model, (place, findings) -> found.set(0, found.get(0).put(place, findings)));
        return new Checked(model, found.get(0));
    }

    /** {@return the model that was checked} */
    public Model model() {
        return model;
    }

    /** {@return everything that is wrong: errors first, then by rule, path and message} */
    public List<Finding> findings() {
        List<Finding> all = new ArrayList<>();
        found.forEach((place, findings) -> all.addAll(findings));
        all.sort(ORDER);
        return all;
    }

    /** {@return whether nothing is wrong, not even a little} */
    public boolean isClean() {
        return found.isEmpty();
    }

    /** {@return whether there is no error; warnings may be} */
    public boolean isAccepted() {
        return findings().stream().noneMatch(Finding::isError);
    }

    /**
     * What is wrong with one thing.
     *
     * @param id its name
     * @return the findings in whose path it is
     */
    public List<Finding> findings(EntityId id) {
        return findings().stream()
                .filter(finding -> finding.path().contains(id))
                .toList();
    }

    /**
     * Checks another model that came from this one by changes.
     *
     * @param after the other model
     * @return it with its findings
     */
    public Checked update(Model after) {
        Set<RuleBook.Place> places = new HashSet<>();
        for (Change change : model.diff(after).changes()) {
            Entity before = change.before().orElse(null);
            Entity now = change.after().orElse(null);
            if (before != null) {
                RuleBook.STANDARD.affected(model, before, now, places);
            }
            if (now != null) {
                RuleBook.STANDARD.affected(after, now, before, places);
            }
        }
        PersistentMap<RuleBook.Place, List<Finding>> now = found;
        for (RuleBook.Place place : places) {
            List<Finding> findings = RuleBook.STANDARD.check(place, after);
            now = findings.isEmpty() ? now.remove(place) : now.put(place, findings);
        }
        return new Checked(after, now);
    }

    /**
     * What another state has that this one has not.
     *
     * @param after the other, which came from this one
     * @return its new findings, errors first
     */
    public List<Finding> added(Checked after) {
        List<Finding> added = new ArrayList<>();
        found.diff(after.found, (place, before, now) -> {
            if (now != null) {
                added.addAll(now);
                added.removeAll(before == null ? List.of() : before);
            }
        });
        added.sort(ORDER);
        return added;
    }

    /**
     * Why an operation should not be: what would be wrong after it that is not wrong now, and the fewest repairs that would
     * make it right.
     *
     * @param operation what is asked for
     * @return the answer; without reasons if nothing speaks against it
     * @throws IllegalArgumentException if what the operation is about is not in the model
     */
    public Explanation whyNot(Operation operation) {
        return Explanation.of(this, operation);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Checked that && model.equals(that.model) && found.equals(that.found);
    }

    @Override
    public int hashCode() {
        return Objects.hash(model, found);
    }

    /** {@return how much is wrong} */
    @Override
    public String toString() {
        return "Checked[" + model + ", findings at " + found.size() + " places]";
    }
}
