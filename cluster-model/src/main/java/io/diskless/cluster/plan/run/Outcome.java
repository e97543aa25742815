package io.diskless.cluster.plan.run;

import java.util.Objects;

/** What comes of a step. Implementations are immutable. */
public sealed interface Outcome {
    /**
     * It is done, or taken back.
     *
     * @param earlier whether it was so before it was asked for
     */
    record Done(boolean earlier) implements Outcome {}

    /**
     * It failed.
     *
     * @param reason why, with the remedy if there is one
     * @param certain whether it is known to have had no effect; if not it may be done all the same
     */
    record Failed(String reason, boolean certain) implements Outcome {
        /** Insists on a reason. */
        public Failed {
            Objects.requireNonNull(reason, "reason");
        }
    }

    /**
     * Somebody with a higher token was here: whoever asks has lost its lease, and must ask for nothing more.
     *
     * @param newest the highest token that was seen
     */
    record Stale(long newest) implements Outcome {}
}
