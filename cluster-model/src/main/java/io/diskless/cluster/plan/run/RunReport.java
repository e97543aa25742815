package io.diskless.cluster.plan.run;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * How carrying out a plan ended. Immutable.
 *
 * @param end how
 * @param done the steps that are done now
 * @param failures what failed on the way, in that order, also what was made good by asking again
 */
public record RunReport(End end, Set<Integer> done, List<String> failures) {
    /** How a run ends. Immutable. */
    public enum End {
        /** Every step is done. */
        DONE,
        /** A step failed, and everything was taken back. */
        TAKEN_BACK,
        /** A step failed, and what can be taken back was; the rest is done and waits for a decision. */
        HALTED,
        /** Somebody else has the lease; nothing was asked for since. */
        STALE
    }

    /** Copies the collections. */
    public RunReport {
        Objects.requireNonNull(end, "end");
        done = Collections.unmodifiableSet(new TreeSet<>(done));
        failures = List.copyOf(failures);
    }
}
