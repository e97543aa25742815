package io.diskless.drbd.state;

/**
 * What a connection does about a split brain, and about a Primary that would have to be overwritten (semantics spec §5).
 * The three after-sb settings must be the same on both sides, local and remote exchanged; the other two are not compared.
 *
 * <p>Immutable.
 *
 * @param none after-sb-0pri
 * @param one after-sb-1pri
 * @param both after-sb-2pri
 * @param always always-asbp: apply them even if the common generation is long ago, and copy everything then
 * @param conflict rr-conflict
 */
public record SplitBrainPolicies(
        AfterSplitBrain none, AfterSplitBrain one, AfterSplitBrain both, boolean always, RoleConflict conflict) {
    /** The defaults: leave it to an administrator. */
    public static final SplitBrainPolicies DEFAULT = new SplitBrainPolicies(
            AfterSplitBrain.DISCONNECT,
            AfterSplitBrain.DISCONNECT,
            AfterSplitBrain.DISCONNECT,
            false,
            RoleConflict.DISCONNECT);

    /**
     * Checks that each policy fits its number of Primaries.
     *
     * @throws IllegalArgumentException if one does not
     */
    public SplitBrainPolicies {
        check(none, 0);
        check(one, 1);
        check(both, 2);
    }

    private static void check(AfterSplitBrain policy, int primaries) {
        if (!policy.fitsFor(primaries)) {
            throw new IllegalArgumentException("after-sb-" + primaries + "pri cannot be " + policy.option());
        }
    }

    /**
     * What the peer must be configured with, as far as it is compared.
     *
     * @return local and remote exchanged
     */
    public SplitBrainPolicies mirrored() {
        return new SplitBrainPolicies(none.mirrored(), one.mirrored(), both.mirrored(), always, conflict);
    }

    /** The policy for a number of Primaries. */
    AfterSplitBrain of(int primaries) {
        return switch (primaries) {
            case 0 -> none;
            case 1 -> one;
            default -> both;
        };
    }
}
