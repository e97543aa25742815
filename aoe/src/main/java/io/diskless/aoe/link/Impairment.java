package io.diskless.aoe.link;

import java.time.Duration;
import java.util.Objects;

/**
 * How a bad cable or switch treats the frames of one direction of a {@link SegmentPort}: loss, duplication, reordering,
 * delay, truncation, a rate limit, a largest frame. All chances are drawn from a generator with the given seed, one
 * generator per use, so that a run repeats exactly. Immutable.
 */
public final class Impairment {
    /** A perfect cable. */
    public static final Impairment NONE = builder().build();

    private final double loss;
    private final double duplication;
    private final double reorder;
    private final long reorderHold;
    private final long delay;
    private final long jitter;
    private final double truncation;
    private final int longest;
    private final long bitsPerSecond;
    private final long queue;
    private final long seed;

    private Impairment(Builder b) {
        loss = b.loss;
        duplication = b.duplication;
        reorder = b.reorder;
        reorderHold = b.reorderHold;
        delay = b.delay;
        jitter = b.jitter;
        truncation = b.truncation;
        longest = b.longest;
        bitsPerSecond = b.bitsPerSecond;
        queue = b.queue;
        seed = b.seed;
    }

    /**
     * Starts from a perfect cable.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts from this one.
     *
     * @return a new builder with all of this one's values
     */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.loss = loss;
        b.duplication = duplication;
        b.reorder = reorder;
        b.reorderHold = reorderHold;
        b.delay = delay;
        b.jitter = jitter;
        b.truncation = truncation;
        b.longest = longest;
        b.bitsPerSecond = bitsPerSecond;
        b.queue = queue;
        b.seed = seed;
        return b;
    }

    double loss() {
        return loss;
    }

    double duplication() {
        return duplication;
    }

    double reorder() {
        return reorder;
    }

    long reorderHold() {
        return reorderHold;
    }

    long delay() {
        return delay;
    }

    long jitter() {
        return jitter;
    }

    double truncation() {
        return truncation;
    }

    int longest() {
        return longest;
    }

    long bitsPerSecond() {
        return bitsPerSecond;
    }

    long queue() {
        return queue;
    }

    long seed() {
        return seed;
    }

    @Override
    public String toString() {
        return "Impairment[loss=" + loss + ", duplication=" + duplication + ", reorder=" + reorder + " for "
                + reorderHold
                + " ns, delay=" + delay + " ns, jitter=" + jitter + " ns, truncation=" + truncation + ", longest="
                + longest
                + ", bitsPerSecond=" + bitsPerSecond + ", seed=" + seed + "]";
    }

    /** Collects the values of an {@link Impairment}. Not thread-safe. */
    public static final class Builder {
        private double loss;
        private double duplication;
        private double reorder;
        private long reorderHold;
        private long delay;
        private long jitter;
        private double truncation;
        private int longest = Integer.MAX_VALUE;
        private long bitsPerSecond = Long.MAX_VALUE;
        private long queue;
        private long seed = 1;

        private Builder() {}

        /**
         * Loses frames.
         *
         * @param chance 0 to 1 for each frame
         * @return this
         */
        public Builder loss(double chance) {
            loss = chance(chance);
            return this;
        }

        /**
         * Sends frames twice; the copy is delayed on its own.
         *
         * @param chance 0 to 1 for each frame
         * @return this
         */
        public Builder duplication(double chance) {
            duplication = chance(chance);
            return this;
        }

        /**
         * Holds frames back so that later ones overtake them.
         *
         * @param chance 0 to 1 for each frame
         * @param hold how long
         * @return this
         */
        public Builder reorder(double chance, Duration hold) {
            reorder = chance(chance);
            reorderHold = nanos(hold);
            return this;
        }

        /**
         * Delays every frame.
         *
         * @param fixed the shortest delay
         * @param spread added to it, evenly distributed from zero; frames may overtake each other
         * @return this
         */
        public Builder delay(Duration fixed, Duration spread) {
            delay = nanos(fixed);
            jitter = nanos(spread);
            return this;
        }

        /**
         * Cuts frames short, anywhere behind the Ethernet header.
         *
         * @param chance 0 to 1 for each frame
         * @return this
         */
        public Builder truncation(double chance) {
            truncation = chance(chance);
            return this;
        }

        /**
         * Loses frames that are too long, silently, like a switch that does not know jumbo frames.
         *
         * @param mtu the longest frame that passes, without its 14 bytes of header
         * @return this
         */
        public Builder longest(int mtu) {
            if (mtu < 46) {
                throw new IllegalArgumentException("an MTU is 46 or more, got " + mtu);
            }
            longest = Math.addExact(mtu, 14);
            return this;
        }

        /**
         * Limits the rate, with a queue in front whose overflow is dropped.
         *
         * @param bits per second, at least 1
         * @param longestQueue as the time that the queued frames need to leave
         * @return this
         */
        public Builder rate(long bits, Duration longestQueue) {
            if (bits < 1) {
                throw new IllegalArgumentException("a rate is at least one bit per second, got " + bits);
            }
            bitsPerSecond = bits;
            queue = nanos(longestQueue);
            return this;
        }

        /**
         * Seeds the generator of chances.
         *
         * @param value any
         * @return this
         */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /**
         * Makes the impairment.
         *
         * @return a new one
         */
        public Impairment build() {
            return new Impairment(this);
        }

        private static double chance(double chance) {
            if (!(chance >= 0 && chance <= 1)) {
                throw new IllegalArgumentException("a chance lies between 0 and 1, got " + chance);
            }
            return chance;
        }

        private static long nanos(Duration duration) {
            Objects.requireNonNull(duration, "duration");
            if (duration.isNegative()) {
                throw new IllegalArgumentException("a delay is not negative, got " + duration);
            }
            return duration.toNanos();
        }
    }
}
