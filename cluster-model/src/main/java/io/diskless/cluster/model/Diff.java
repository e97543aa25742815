package io.diskless.cluster.model;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What differs between two models, as data: applied to the one it gives the other. Immutable.
 *
 * @param changes one for each thing that differs, sorted by name
 */
public record Diff(List<Change> changes) {
    /** Copies the list. */
    public Diff {
        changes = List.copyOf(changes);
    }

    /** {@return whether the models are equal} */
    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /**
     * Makes the changes, whatever stood there before.
     *
     * @param model what to change
     * @return a new model
     */
    public Model applyTo(Model model) {
        return model.edit(editor -> changes.forEach(
                change -> change.after().ifPresentOrElse(editor::put, () -> editor.remove(change.id()))));
    }

    /** {@return the changes that lead back} */
    public Diff reversed() {
        return new Diff(changes.stream().map(Change::reversed).toList());
    }

    /** {@return one line for each change} */
    @Override
    public String toString() {
        return changes.stream().map(Change::toString).collect(Collectors.joining("\n"));
    }
}
