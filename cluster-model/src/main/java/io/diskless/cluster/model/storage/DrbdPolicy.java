package io.diskless.cluster.model.storage;

import java.util.Objects;
import java.util.Optional;

/**
 * How a DRBD volume is replicated and guarded. Immutable.
 *
 * @param protocol A, B or C
 * @param fencing what happens to a peer that is lost
 * @param quorum how many copies a writer must see
 * @param authentication how peers prove who they are; empty if they do not
 * @param verifyAlgorithm digest of online verify, such as {@code sha256}; empty if there is none
 * @param verifySchedule when it runs, such as {@code weekly}; empty if it does not
 * @param integrityAlgorithm digest of each packet; empty if there is none, as it should be in production
 */
public record DrbdPolicy(
        Protocol protocol,
        Fencing fencing,
        Quorum quorum,
        Optional<Authentication> authentication,
        String verifyAlgorithm,
        String verifySchedule,
        String integrityAlgorithm) {
    /** When a write is done. Immutable. */
    public enum Protocol {
        /** When it is on this disk and sent. */
        A,
        /** When it is on this disk and with the peer. */
        B,
        /** When it is on both disks. */
        C
    }

    /** What happens to a peer that is lost. Immutable. */
    public enum Fencing {
        /** Nothing. */
        DONT_CARE,
        /** Its copy is outdated. */
        RESOURCE_ONLY,
        /** Its copy is outdated or it is cut off, and nobody writes before. */
        RESOURCE_AND_STONITH
    }

    /** How many copies a writer must see. Immutable. */
    public enum Quorum {
        /** Its own. */
        OFF,
        /** More than half. */
        MAJORITY,
        /** All. */
        ALL
    }

    /**
     * How peers prove who they are; the secret itself is never here.
     *
     * @param algorithm digest of the HMAC, such as {@code sha256}; empty if it is forgotten
     * @param secret where the secret is kept; empty if it is forgotten
     * @param secretBytes how long the secret is; 0 if not known
     */
    public record Authentication(String algorithm, String secret, int secretBytes) {
        /** Insists on texts. */
        public Authentication {
            Objects.requireNonNull(algorithm, "algorithm");
            Objects.requireNonNull(secret, "secret");
        }
    }

    /** Insists on all. */
    public DrbdPolicy {
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(fencing, "fencing");
        Objects.requireNonNull(quorum, "quorum");
        Objects.requireNonNull(authentication, "authentication");
        Objects.requireNonNull(verifyAlgorithm, "verifyAlgorithm");
        Objects.requireNonNull(verifySchedule, "verifySchedule");
        Objects.requireNonNull(integrityAlgorithm, "integrityAlgorithm");
    }

    /**
     * Protocol C, fencing, no quorum, SHA-256, verified weekly: what two storage nodes want.
     *
     * @param secret where the secret is kept
     * @return the policy
     */
    public static DrbdPolicy of(String secret) {
        return new DrbdPolicy(
                Protocol.C,
                Fencing.RESOURCE_AND_STONITH,
                Quorum.OFF,
                Optional.of(new Authentication("sha256", secret, 32)),
                "sha256",
                "weekly",
                "");
    }

    /**
     * The same with another protocol.
     *
     * @param next A, B or C
     * @return a new policy
     */
    public DrbdPolicy protocol(Protocol next) {
        return new DrbdPolicy(
                next, fencing, quorum, authentication, verifyAlgorithm, verifySchedule, integrityAlgorithm);
    }

    /**
     * The same with another fencing.
     *
     * @param next what happens to a lost peer
     * @return a new policy
     */
    public DrbdPolicy fencing(Fencing next) {
        return new DrbdPolicy(
                protocol, next, quorum, authentication, verifyAlgorithm, verifySchedule, integrityAlgorithm);
    }

    /**
     * The same with another quorum.
     *
     * @param next how many copies a writer must see
     * @return a new policy
     */
    public DrbdPolicy quorum(Quorum next) {
        return new DrbdPolicy(
                protocol, fencing, next, authentication, verifyAlgorithm, verifySchedule, integrityAlgorithm);
    }

    /**
     * The same with another authentication.
     *
     * @param next how peers prove who they are; empty if they do not
     * @return a new policy
     */
    public DrbdPolicy authentication(Optional<Authentication> next) {
        return new DrbdPolicy(protocol, fencing, quorum, next, verifyAlgorithm, verifySchedule, integrityAlgorithm);
    }

    /**
     * The same with other digests.
     *
     * @param verify of online verify
     * @param schedule when it runs
     * @param integrity of each packet
     * @return a new policy
     */
    public DrbdPolicy digests(String verify, String schedule, String integrity) {
        return new DrbdPolicy(protocol, fencing, quorum, authentication, verify, schedule, integrity);
    }
}
