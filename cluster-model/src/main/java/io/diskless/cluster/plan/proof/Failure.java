package io.diskless.cluster.plan.proof;

import io.diskless.cluster.model.id.NodeId;

/** What can go wrong on the way. Implementations are immutable. */
public sealed interface Failure {
    /**
     * A step failed. Whoever carries out the plan takes back what can be taken back, the last first.
     *
     * @param step its number
     * @param effect whether it was done all the same, and only the answer was lost
     */
    record StepFailed(int step, boolean effect) implements Failure {
        @Override
        public String toString() {
            return "step " + step + (effect ? " is done and its answer is lost" : " fails");
        }
    }

    /**
     * A machine was lost. Nobody waits for it: leases end, it is cut off if a device reaches it, other copies take over, and
     * of a pair the other one serves.
     *
     * @param node which
     */
    record NodeLost(NodeId node) implements Failure {
        @Override
        public String toString() {
            return node + " is lost";
        }
    }

    /**
     * The lease for two writers ended before the plan did: there is one writer again, and a guest that was on its way is where
     * it was.
     *
     * @param token of the lease
     */
    record LeaseEnded(long token) implements Failure {
        @Override
        public String toString() {
            return "the lease of token " + token + " ends";
        }
    }
}
