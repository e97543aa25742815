package io.diskless.cluster.plan;

import io.diskless.cluster.placement.Strategy;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * Under which lease and how boldly a plan is made, and what its estimates count with. Immutable.
 *
 * @param token fencing token of the lease under which it is made and carried out
 * @param leaseUntil when a lease for two writers ends at the latest
 * @param lanes how many like things are done at once, at least 1
 * @param strategy where guests go that have to go
 * @param bytesPerSecond how fast disks and replication are, at least 1
 * @param memoryPerSecond how fast a guest's memory flows, at least 1
 * @param boot how long a machine takes to boot
 * @param missedBytes how much a copy that was away misses at most, 0 or more; beyond its size it is filled as a whole
 */
public record Policy(
        long token,
        Instant leaseUntil,
        int lanes,
        Strategy strategy,
        long bytesPerSecond,
        long memoryPerSecond,
        Duration boot,
        long missedBytes) {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if there is no lane or no speed, or less than nothing is missed
     */
    public Policy {
        Objects.requireNonNull(leaseUntil, "leaseUntil");
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(boot, "boot");
        if (lanes < 1 || bytesPerSecond < 1 || memoryPerSecond < 1 || missedBytes < 0) {
            throw new IllegalArgumentException("a plan has a lane, speeds and no negative bytes to catch up with, got "
                    + lanes + ", " + bytesPerSecond + ", " + memoryPerSecond + " and " + missedBytes);
        }
    }

    /**
     * Two lanes, guests spread, the speeds of plain disks and 10 Gb/s, and nothing known of what a copy misses.
     *
     * @param token fencing token of the lease
     * @param leaseUntil when a lease for two writers ends at the latest
     * @return the policy
     */
    public static Policy of(long token, Instant leaseUntil) {
        return new Policy(
                token,
                leaseUntil,
                2,
                Strategy.SPREAD,
                100_000_000,
                1_000_000_000,
                Duration.ofMinutes(2),
                Long.MAX_VALUE);
    }

    /**
     * The same with another number of things done at once.
     *
     * @param count at least 1
     * @return a new policy
     */
    public Policy lanes(int count) {
        return new Policy(token, leaseUntil, count, strategy, bytesPerSecond, memoryPerSecond, boot, missedBytes);
    }

    /**
     * The same with another choice of nodes.
     *
     * @param next where guests go
     * @return a new policy
     */
    public Policy strategy(Strategy next) {
        return new Policy(token, leaseUntil, lanes, next, bytesPerSecond, memoryPerSecond, boot, missedBytes);
    }

    /**
     * The same for copies that were away for a known time.
     *
     * @param bytes how much each misses at most
     * @param perSecond how fast it is filled
     * @return a new policy
     */
    public Policy catchingUp(long bytes, long perSecond) {
        return new Policy(token, leaseUntil, lanes, strategy, perSecond, memoryPerSecond, boot, bytes);
    }
}
