package io.diskless.drbd.internal;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * resync-after: a volume waits while the one that it names resyncs or is paused, and that one for its own, and so on
 * (semantics spec §6.3). Volumes are known by their minor numbers.
 *
 * <p>Immutable.
 */
public final class ResyncOrder {
    private final Map<Integer, Integer> after;

    /**
     * An order.
     *
     * @param after for each volume that waits the one that comes first
     * @throws IllegalArgumentException if volumes wait for each other
     */
    public ResyncOrder(Map<Integer, Integer> after) {
        this.after = Map.copyOf(after);
        cycle(this.after).ifPresent(minor -> {
            throw new IllegalArgumentException("resync-after: volume " + minor + " would wait for itself");
        });
    }

    /**
     * Looks for volumes that wait for each other.
     *
     * @param after for each volume that waits the one that comes first
     * @return the smallest number of a volume that would wait for itself, or empty
     */
    public static Optional<Integer> cycle(Map<Integer, Integer> after) {
        return after.keySet().stream()
                .sorted()
                .filter(m -> reachesItself(after, m))
                .findFirst();
    }

    private static boolean reachesItself(Map<Integer, Integer> after, int minor) {
        Set<Integer> seen = new HashSet<>();
        Integer at = after.get(minor);
        while (at != null && seen.add(at)) {
            if (at == minor) {
                return true;
            }
            at = after.get(at);
        }
        return false;
    }

    /**
     * Whether a volume has to wait, which is its flag aftr_isp.
     *
     * @param minor the volume
     * @param busy whether a volume resyncs, or would if it were not paused
     * @return true if one that comes before it is busy
     */
    public boolean mustWait(int minor, IntPredicate busy) {
        Integer at = after.get(minor);
        while (at != null) {
            if (busy.test(at)) {
                return true;
            }
            at = after.get(at);
        }
        return false;
    }
}
