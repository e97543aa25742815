package io.diskless.drbd.state;

import java.util.Optional;

/**
 * The values of rr-conflict: what a Primary does that would have to become the target of a resync (semantics spec §4.3).
 *
 * <p>Immutable.
 */
public enum RoleConflict {
    /** Refuse, and go to StandAlone. The default. */
    DISCONNECT("disconnect"),
    /** Tell the handler pri-lost, then refuse. */
    CALL_PRI_LOST("call-pri-lost"),
    /** Let the data change under whoever uses it. */
    VIOLENTLY("violently");

    private final String option;

    RoleConflict(String option) {
        this.option = option;
    }

    /**
     * The policy of a word in a configuration.
     *
     * @param option such as {@code violently}
     * @return the policy, or empty if there is none of that name
     */
    public static Optional<RoleConflict> ofOption(String option) {
        for (RoleConflict p : values()) {
            if (p.option.equals(option)) {
                return Optional.of(p);
            }
        }
        return Optional.empty();
    }

    /**
     * The word in a configuration.
     *
     * @return such as {@code violently}
     */
    public String option() {
        return option;
    }

    /** The word in a configuration. */
    @Override
    public String toString() {
        return option;
    }
}
