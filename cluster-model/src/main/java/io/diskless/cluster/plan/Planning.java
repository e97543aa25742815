package io.diskless.cluster.plan;

import java.util.List;
import java.util.Objects;

/** What comes of asking for a plan. Implementations are immutable. */
public sealed interface Planning {
    /**
     * There is one.
     *
     * @param plan what is to be done
     */
    record Planned(Plan plan) implements Planning {
        /** Insists on a plan. */
        public Planned {
            Objects.requireNonNull(plan, "plan");
        }
    }

    /**
     * There is none.
     *
     * @param reasons why, at least one
     */
    record Refused(List<String> reasons) implements Planning {
        /** Copies the list. */
        public Refused {
            reasons = List.copyOf(reasons);
        }
    }

    /**
     * The plan, where there has to be one.
     *
     * @return it
     * @throws IllegalStateException if there is none, with the reasons
     */
    default Plan orElseThrow() {
        if (this instanceof Planned planned) {
            return planned.plan();
        }
        throw new IllegalStateException(String.join("; ", ((Refused) this).reasons()));
    }
}
