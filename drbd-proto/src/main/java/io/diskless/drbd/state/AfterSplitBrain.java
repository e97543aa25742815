package io.diskless.drbd.state;

import java.util.Optional;

/**
 * The values of after-sb-0pri, after-sb-1pri and after-sb-2pri: what becomes of a split brain when none, one or both
 * nodes are Primary (semantics spec §5). Codes as in P_PROTOCOL (wire spec §5.1).
 *
 * <p>Immutable.
 */
public enum AfterSplitBrain {
    /** 0: nobody decides; both go to StandAlone. */
    DISCONNECT(0, "disconnect", Fits.NONE | Fits.ONE | Fits.BOTH),
    /** 1: the node that became Primary last loses. */
    DISCARD_YOUNGER_PRIMARY(1, "discard-younger-primary", Fits.NONE),
    /** 2: the node that was Primary first loses. */
    DISCARD_OLDER_PRIMARY(2, "discard-older-primary", Fits.NONE),
    /** 3: a node that has not changed anything loses. */
    DISCARD_ZERO_CHANGES(3, "discard-zero-changes", Fits.NONE),
    /** 4: the node that changed less loses. */
    DISCARD_LEAST_CHANGES(4, "discard-least-changes", Fits.NONE),
    /** 5: this node loses. The peer must be configured with {@link #DISCARD_REMOTE}. */
    DISCARD_LOCAL(5, "discard-local", Fits.NONE),
    /** 6: the peer loses. The peer must be configured with {@link #DISCARD_LOCAL}. */
    DISCARD_REMOTE(6, "discard-remote", Fits.NONE),
    /** 7: the verdict of after-sb-0pri, if it is against the Secondary. */
    CONSENSUS(7, "consensus", Fits.ONE),
    /** 8: the Secondary loses. */
    DISCARD_SECONDARY(8, "discard-secondary", Fits.ONE),
    /** 9: the verdict of after-sb-0pri; a Primary that loses has to become Secondary first. */
    CALL_PRI_LOST(9, "call-pri-lost-after-sb", Fits.ONE | Fits.BOTH),
    /** 10: the verdict of after-sb-0pri, even if the data of a Primary changes under it. */
    VIOLENTLY(10, "violently-as0p", Fits.ONE | Fits.BOTH);

    private static final AfterSplitBrain[] VALUES = values();

    private final int code;
    private final String option;
    private final int fits;

    AfterSplitBrain(int code, String option, int fits) {
        this.code = code;
        this.option = option;
        this.fits = fits;
    }

    /** For how many Primaries a policy makes sense: one bit for each number. */
    private static final class Fits {
        static final int NONE = 1;
        static final int ONE = 2;
        static final int BOTH = 4;
    }

    /**
     * The policy of a code.
     *
     * @param code as in P_PROTOCOL
     * @return the policy, or empty if nobody has assigned the code
     */
    public static Optional<AfterSplitBrain> ofCode(int code) {
        return code >= 0 && code < VALUES.length ? Optional.of(VALUES[code]) : Optional.empty();
    }

    /**
     * The policy of a word in a configuration.
     *
     * @param option such as {@code discard-secondary}
     * @return the policy, or empty if there is none of that name
     */
    public static Optional<AfterSplitBrain> ofOption(String option) {
        for (AfterSplitBrain p : VALUES) {
            if (p.option.equals(option)) {
                return Optional.of(p);
            }
        }
        return Optional.empty();
    }

    /**
     * The code in P_PROTOCOL.
     *
     * @return 0 to 10
     */
    public int code() {
        return code;
    }

    /**
     * The word in a configuration.
     *
     * @return such as {@code discard-secondary}
     */
    public String option() {
        return option;
    }

    /**
     * Whether the policy makes sense for a number of Primaries.
     *
     * @param primaries 0 for after-sb-0pri, 1, or 2
     * @return false if it is a mistake in the configuration
     */
    public boolean fitsFor(int primaries) {
        return (fits >> primaries & 1) != 0;
    }

    /**
     * What the peer must be configured with: local and remote exchanged.
     *
     * @return itself for all but {@link #DISCARD_LOCAL} and {@link #DISCARD_REMOTE}
     */
    public AfterSplitBrain mirrored() {
        return switch (this) {
            case DISCARD_LOCAL -> DISCARD_REMOTE;
            case DISCARD_REMOTE -> DISCARD_LOCAL;
            default -> this;
        };
    }

    /** The word in a configuration. */
    @Override
    public String toString() {
        return option;
    }
}
