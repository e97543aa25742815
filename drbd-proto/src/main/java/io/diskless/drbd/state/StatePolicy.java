package io.diskless.drbd.state;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;

/**
 * What the rules of the state machine depend on beside the state.
 *
 * <p>Immutable.
 *
 * @param fencing what a Primary does that loses its peer
 * @param suspendWithoutData on-no-data-accessible is suspend-io
 * @param twoPrimaries allow-two-primaries
 * @param verifyAlg whether verify-alg is set
 * @param dialect what was agreed, or {@link Dialect#HANDSHAKE}
 * @param attachedAs what the meta-data of the disk says of it if nobody knows better: what a disk that negotiates falls
 *     back to
 * @param exposed whether the users of this volume have seen no other data than this disk's: the exposed data UUID is
 *     the disk's current one
 * @param open whether somebody holds the device open
 * @param otherVolumePrimary whether the peer is Primary of another volume
 */
public record StatePolicy(
        Fencing fencing,
        boolean suspendWithoutData,
        boolean twoPrimaries,
        boolean verifyAlg,
        Dialect dialect,
        DiskState attachedAs,
        boolean exposed,
        boolean open,
        boolean otherVolumePrimary) {
    /** The values of the option fencing, in ascending strictness. */
    public enum Fencing {
        /** The default: nothing. */
        DONT_CARE,
        /** Outdate the peer before going on alone; do not wait for it. */
        RESOURCE_ONLY,
        /** As before, with all I/O frozen meanwhile. */
        RESOURCE_AND_STONITH
    }

    /** The defaults, agreed at 101 with verify-alg set; the disk is UpToDate as far as it knows. */
    public static final StatePolicy DEFAULT = new StatePolicy(
            Fencing.DONT_CARE,
            false,
            false,
            true,
            new Dialect(Dialect.MAX_VERSION, 0),
            DiskState.UP_TO_DATE,
            true,
            false,
            false);

    /**
     * The same with another fencing.
     *
     * @param other the option
     * @return the new policy
     */
    public StatePolicy withFencing(Fencing other) {
        return new StatePolicy(
                other,
                suspendWithoutData,
                twoPrimaries,
                verifyAlg,
                dialect,
                attachedAs,
                exposed,
                open,
                otherVolumePrimary);
    }

    /**
     * The same with another on-no-data-accessible.
     *
     * @param suspend whether it is suspend-io
     * @return the new policy
     */
    public StatePolicy withSuspendWithoutData(boolean suspend) {
        return new StatePolicy(
                fencing, suspend, twoPrimaries, verifyAlg, dialect, attachedAs, exposed, open, otherVolumePrimary);
    }

    /**
     * The same with another allow-two-primaries.
     *
     * @param allowed whether it is on
     * @return the new policy
     */
    public StatePolicy withTwoPrimaries(boolean allowed) {
        return new StatePolicy(
                fencing,
                suspendWithoutData,
                allowed,
                verifyAlg,
                dialect,
                attachedAs,
                exposed,
                open,
                otherVolumePrimary);
    }

    /**
     * The same with what was agreed and whether verify-alg is set.
     *
     * @param agreed the dialect
     * @param alg whether there is a verify-alg
     * @return the new policy
     */
    public StatePolicy withDialect(Dialect agreed, boolean alg) {
        return new StatePolicy(
                fencing, suspendWithoutData, twoPrimaries, alg, agreed, attachedAs, exposed, open, otherVolumePrimary);
    }

    /**
     * The same with another disk.
     *
     * @param as what its meta-data says
     * @param seen whether nobody has seen other data
     * @return the new policy
     */
    public StatePolicy withDisk(DiskState as, boolean seen) {
        return new StatePolicy(
                fencing, suspendWithoutData, twoPrimaries, verifyAlg, dialect, as, seen, open, otherVolumePrimary);
    }

    /**
     * The same with other users.
     *
     * @param held whether somebody holds the device open
     * @param elsewhere whether the peer is Primary of another volume
     * @return the new policy
     */
    public StatePolicy withUse(boolean held, boolean elsewhere) {
        return new StatePolicy(
                fencing, suspendWithoutData, twoPrimaries, verifyAlg, dialect, attachedAs, exposed, held, elsewhere);
    }
}
