package io.diskless.benchmarks.lab.report;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Everything the lab found. Immutable.
 *
 * @param ethernet what joined the nodes, for people
 * @param real whether that was the kernel's Ethernet
 * @param remark why not, and the remedy; empty if it was
 * @param mtu of every port
 * @param seed of everything random
 * @param image what was written, for people
 * @param imageBytes its size
 * @param loadBytes the size of the area under load
 * @param victim the storage node that was killed
 * @param stages in order of time
 * @param figures failover and resync, as far as the run came
 * @param nodes storage nodes, then application nodes
 * @param proofs all must hold
 * @param failure why the run ended early, if it did
 * @param seconds how long all of it took
 */
public record LabResult(
        String ethernet,
        boolean real,
        String remark,
        int mtu,
        long seed,
        String image,
        long imageBytes,
        long loadBytes,
        String victim,
        List<Stage> stages,
        Figures figures,
        List<NodeReport> nodes,
        List<Proof> proofs,
        Optional<String> failure,
        double seconds) {
    /** Copies the lists. */
    public LabResult {
        stages = List.copyOf(stages);
        nodes = List.copyOf(nodes);
        proofs = List.copyOf(proofs);
    }

    /**
     * The numbers of the failure; each is missing if the run did not come that far.
     *
     * @param failoverMillis from the kill to the first write completed by the surviving leg alone
     * @param longestPauseMillis the longest time the application waited for one request while a leg died
     * @param resyncSeconds from the return of the storage node until both legs were the same
     * @param resyncBytes what was copied for it
     * @param requests AoE requests that the writer sent for the first time
     * @param retransmissions AoE requests that it sent again
     */
    public record Figures(
            OptionalDouble failoverMillis,
            OptionalDouble longestPauseMillis,
            OptionalDouble resyncSeconds,
            OptionalDouble resyncBytes,
            OptionalDouble requests,
            OptionalDouble retransmissions) {
        /**
         * No number yet.
         *
         * @return all missing
         */
        public static Figures none() {
            OptionalDouble none = OptionalDouble.empty();
            return new Figures(none, none, none, none, none, none);
        }
    }

    /**
     * Whether the lab may say yes: it came to its end, there are proofs, and all hold.
     *
     * @return the truth that the exit code tells
     */
    public boolean good() {
        return failure.isEmpty() && !proofs.isEmpty() && proofs.stream().allMatch(Proof::holds);
    }
}
