package io.diskless.cluster.block.mirror;

import java.util.List;

/**
 * What would become of these devices as a mirror, and why. Immutable.
 *
 * @param verdict the outcome
 * @param explanation one sentence per finding, with the remedy where something is wrong
 */
public record MirrorAssembly(Verdict verdict, List<String> explanation) {
    /** The outcomes. */
    public enum Verdict {
        /** All legs are there and in sync, up to regions that a crash left to be settled. */
        COMPLETE,
        /** It can start; legs that are stale or known to be out are recovered or missing. */
        DEGRADED,
        /** A leg is missing that may be newer; it starts with {@link MirrorOptions#startDegraded()} only. */
        INCOMPLETE,
        /** The legs were used apart; it starts with {@link MirrorOptions#splitBrainWinner()} only. */
        SPLIT_BRAIN,
        /** These devices make no mirror. */
        IMPOSSIBLE
    }

    /** Copies the list. */
    public MirrorAssembly {
        explanation = List.copyOf(explanation);
    }
}
