package io.diskless.benchmarks.lab.cloud;

import io.diskless.benchmarks.lab.report.Proof;
import io.diskless.cluster.model.Model;
import java.util.List;

/**
 * Everything that the story found. Immutable.
 *
 * @param chapters in order of time
 * @param proofs all must hold
 * @param site the model at the end
 * @param began when, in nanoseconds of {@link System#nanoTime}
 * @param seconds how long all of it took
 * @param seed of everything random
 * @param pings each answer to a ping to the guest; empty where nobody pinged it
 * @param remark what joined the nodes, and what was not real
 */
public record CloudResult(
        List<Chapter> chapters,
        List<Proof> proofs,
        Model site,
        long began,
        double seconds,
        long seed,
        List<Ping> pings,
        String remark) {
    /**
     * An answer to a ping.
     *
     * @param when in nanoseconds of {@link System#nanoTime}
     * @param sequence its number
     * @param millis how long it took
     */
    public record Ping(long when, int sequence, double millis) {}

    /** Copies the lists. */
    public CloudResult {
        chapters = List.copyOf(chapters);
        proofs = List.copyOf(proofs);
        pings = List.copyOf(pings);
    }

    /** {@return whether every proof holds} */
    public boolean good() {
        return proofs.stream().allMatch(Proof::holds);
    }

    /** {@return how many pings were never answered, of those up to the last answer} */
    public int lostPings() {
        return pings.isEmpty()
                ? 0
                : pings.get(pings.size() - 1).sequence()
                        + 1
                        - (int) pings.stream().map(Ping::sequence).distinct().count();
    }
}
