package io.diskless.cluster.plan.proof;

import io.diskless.cluster.rules.Finding;
import java.util.List;
import java.util.Objects;

/** The verdict on a plan. Implementations are immutable. */
public sealed interface Proof {
    /** {@return what it rests on} */
    Coverage coverage();

    /** {@return whether nothing speaks against the plan} */
    default boolean isProved() {
        return this instanceof Proved;
    }

    /**
     * Every rule holds after every step, in every order that was looked at, and after any one failure. Errors count that were
     * not there before the plan.
     *
     * @param coverage what it rests on; only if it is exhaustive is this a proof for all orders
     * @param before errors that stood before the plan; they are not judged, not even if they become worse
     * @param accepted errors on the way that an allowance of the plan covers
     * @param warnings warnings that come up on the way
     */
    record Proved(Coverage coverage, List<Finding> before, List<Finding> accepted, List<Finding> warnings)
            implements Proof {
        /** Copies the lists. */
        public Proved {
            Objects.requireNonNull(coverage, "coverage");
            before = List.copyOf(before);
            accepted = List.copyOf(accepted);
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * A way was found that breaks a rule or gets stuck.
     *
     * @param coverage what was looked at before
     * @param example the way
     */
    record Refuted(Coverage coverage, CounterExample example) implements Proof {
        /** Insists on both. */
        public Refuted {
            Objects.requireNonNull(coverage, "coverage");
            Objects.requireNonNull(example, "example");
        }
    }
}
