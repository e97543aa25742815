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
 * @param seconds how long all of it took
 * @param seed of everything random
 * @param remark what joined the nodes, and what was not real
 */
public record CloudResult(
        List<Chapter> chapters, List<Proof> proofs, Model site, double seconds, long seed, String remark) {
    /** Copies the lists. */
    public CloudResult {
        chapters = List.copyOf(chapters);
        proofs = List.copyOf(proofs);
    }

    /** {@return whether every proof holds} */
    public boolean good() {
        return proofs.stream().allMatch(Proof::holds);
    }
}
