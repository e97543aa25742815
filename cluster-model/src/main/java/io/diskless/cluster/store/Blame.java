package io.diskless.cluster.store;

import io.diskless.cluster.model.Change;
import java.util.Optional;

/**
 * Who made something what it is. Immutable.
 *
 * @param commit the last that changed it, with who and why
 * @param change of the thing it belongs to
 * @param before its JSON before; empty if it was not there
 * @param after its JSON since; empty if it is gone
 */
public record Blame(Commit commit, Change change, Optional<String> before, Optional<String> after) {
    /** {@return one line: revision, time, who, what and why} */
    @Override
    public String toString() {
        return commit.revision() + " " + commit.at() + " " + commit.proposal().who() + ": " + before.orElse("nothing")
                + " -> " + after.orElse("nothing") + " (" + commit.proposal().why() + ")";
    }
}
