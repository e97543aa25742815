package io.diskless.aoe.wire;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How often each {@link Verdict} was given.
 *
 * <p>Written by one thread at a time, read by any: a reader may miss the newest counts, but never sees a torn one.
 */
public final class VerdictCounters {
    private static final Verdict[] VERDICTS = Verdict.values();

    private final AtomicLongArray counts = new AtomicLongArray(VERDICTS.length);

    /** Creates counters that all stand at zero. */
    public VerdictCounters() {}

    /**
     * Counts one frame.
     *
     * @param verdict what was said of it
     * @return the same verdict
     */
    public Verdict count(Verdict verdict) {
        int index = index(verdict);
        counts.setOpaque(index, counts.getPlain(index) + 1);
        return verdict;
    }

    /**
     * How often a verdict was given.
     *
     * @param verdict which
     * @return the count
     */
    public long get(Verdict verdict) {
        return counts.getOpaque(index(verdict));
    }

    /**
     * How many frames were rejected, for any reason.
     *
     * @return the sum over all rejecting verdicts
     */
    public long rejected() {
        long sum = 0;
        for (Verdict verdict : VERDICTS) {
            if (!verdict.isAccepted()) {
                sum += get(verdict);
            }
        }
        return sum;
    }

    /**
     * All verdicts that were given at least once.
     *
     * @return an unmodifiable copy, in the order of the enum
     */
    public Map<Verdict, Long> snapshot() {
        Map<Verdict, Long> copy = new EnumMap<>(Verdict.class);
        for (Verdict verdict : VERDICTS) {
            long count = get(verdict);
            if (count != 0) {
                copy.put(verdict, count);
            }
        }
        return Collections.unmodifiableMap(copy);
    }

    /** Neither stored nor sent anywhere: only the place in an array of this process. */
    @SuppressWarnings("EnumOrdinal")
    private static int index(Verdict verdict) {
        return verdict.ordinal();
    }
}
