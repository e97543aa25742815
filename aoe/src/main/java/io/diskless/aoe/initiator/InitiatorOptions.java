package io.diskless.aoe.initiator;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** How an initiator behaves on the wire. Immutable; made by {@link #builder()}. */
public final class InitiatorOptions {
    private final LongSupplier clock;
    private final RandomGenerator random;
    private final Duration discoveryInterval;
    private final int maxWindow;
    private final Duration initialTimeout;
    private final Duration minTimeout;
    private final Duration maxTimeout;
    private final Duration quarantine;
    private final Duration spin;
    private final int pooledRequests;
    private final String threadName;

    private InitiatorOptions(Builder b) {
        clock = b.clock;
        random = b.random;
        discoveryInterval = b.discoveryInterval;
        maxWindow = b.maxWindow;
        initialTimeout = b.initialTimeout;
        minTimeout = b.minTimeout;
        maxTimeout = b.maxTimeout;
        quarantine = b.quarantine;
        spin = b.spin;
        pooledRequests = b.pooledRequests;
        threadName = b.threadName;
    }

    /** {@return what suits a local Ethernet} */
    public static InitiatorOptions defaults() {
        return builder().build();
    }

    /** {@return a builder that starts with the defaults} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return a builder that starts with these options} */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.clock = clock;
        b.random = random;
        b.discoveryInterval = discoveryInterval;
        b.maxWindow = maxWindow;
        b.initialTimeout = initialTimeout;
        b.minTimeout = minTimeout;
        b.maxTimeout = maxTimeout;
        b.quarantine = quarantine;
        b.spin = spin;
        b.pooledRequests = pooledRequests;
        b.threadName = threadName;
        return b;
    }

    LongSupplier clock() {
        return clock;
    }

    RandomGenerator random() {
        return random;
    }

    /** {@return how often all targets are asked again} */
    public Duration discoveryInterval() {
        return discoveryInterval;
    }

    /** {@return most unanswered frames per path, whatever the target promises} */
    public int maxWindow() {
        return maxWindow;
    }

    /** {@return how long the first frame of a path waits for its answer} */
    public Duration initialTimeout() {
        return initialTimeout;
    }

    /** {@return the shortest timeout that measuring may lead to, before a path has learnt that it is too short} */
    public Duration minTimeout() {
        return minTimeout;
    }

    /** {@return the longest timeout, also after doubling} */
    public Duration maxTimeout() {
        return maxTimeout;
    }

    /** {@return how long an unanswered write keeps overlapping writes waiting} */
    public Duration quarantine() {
        return quarantine;
    }

    /** {@return the longest time that the dedicated thread looks for frames before it sleeps} */
    public Duration spin() {
        return spin;
    }

    /** {@return requests under way that cause no garbage; more are allowed} */
    public int pooledRequests() {
        return pooledRequests;
    }

    /** {@return the name of the dedicated thread} */
    public String threadName() {
        return threadName;
    }

    @Override
    public String toString() {
        return "InitiatorOptions[discoveryInterval=" + discoveryInterval + ", maxWindow=" + maxWindow
                + ", initialTimeout=" + initialTimeout + ", minTimeout=" + minTimeout + ", maxTimeout=" + maxTimeout
                + ", quarantine=" + quarantine + ", spin=" + spin + ", pooledRequests=" + pooledRequests
                + ", threadName=" + threadName + "]";
    }

    /** Collects options and checks them all at once. Not thread-safe. */
    public static final class Builder {
        private LongSupplier clock = System::nanoTime;
        private RandomGenerator random = new SplittableRandom(new SecureRandom().nextLong());
        private Duration discoveryInterval = Duration.ofSeconds(10);
        private int maxWindow = 128;
        private Duration initialTimeout = Duration.ofMillis(200);
        private Duration minTimeout = Duration.ofMillis(5);
        private Duration maxTimeout = Duration.ofSeconds(1);
        private Duration quarantine = Duration.ofSeconds(2);
        private Duration spin = Duration.ofNanos(50_000);
        private int pooledRequests = 1024;
        private String threadName = "aoe-initiator";

        private Builder() {}

        /**
         * The clock; by default {@link System#nanoTime()}.
         *
         * @param value nanoseconds from any origin; read by the event loop and by threads that submit
         * @return this
         */
        public Builder clock(LongSupplier value) {
            clock = Objects.requireNonNull(value, "clock");
            return this;
        }

        /**
         * Where tags come from; by default a generator with a secret seed. A fixed seed makes runs repeatable and tags
         * guessable.
         *
         * @param value used by the event loop only
         * @return this
         */
        public Builder random(RandomGenerator value) {
            random = Objects.requireNonNull(value, "random");
            return this;
        }

        /**
         * How often all targets are asked again; one that misses three rounds has vanished. Default 10 s.
         *
         * @param value 10 ms or more
         * @return this
         */
        public Builder discoveryInterval(Duration value) {
            discoveryInterval = value;
            return this;
        }

        /**
         * Most unanswered frames per path; the target's buffer count is the other bound. Default 128.
         *
         * @param value 1 to 4096
         * @return this
         */
        public Builder maxWindow(int value) {
            maxWindow = value;
            return this;
        }

        /**
         * The bounds of the retransmission timeout. Defaults 200 ms, 5 ms, 1 s. The lower bound of a path rises by itself,
         * up to 100 ms, when answers come after their question was repeated, and falls again by half every 10 s without
         * such an answer.
         *
         * @param initial before anything was measured
         * @param min at least; longer than the slice for which a busy machine runs somebody else
         * @param max at most
         * @return this
         */
        public Builder timeouts(Duration initial, Duration min, Duration max) {
            initialTimeout = initial;
            minTimeout = min;
            maxTimeout = max;
            return this;
        }

        /**
         * How long a copy of a write that was not answered may still reach the target: overlapping writes wait that long.
         * Default 2 s. Must be at least twice the longest timeout.
         *
         * @param value longer than any switch holds a frame
         * @return this
         */
        public Builder quarantine(Duration value) {
            quarantine = value;
            return this;
        }

        /**
         * How long the dedicated thread looks for frames before it sleeps; it does less by itself where that does not
         * pay. Default 50 µs.
         *
         * @param value 0 for never
         * @return this
         */
        public Builder spin(Duration value) {
            spin = value;
            return this;
        }

        /**
         * Requests under way that cause no garbage. Default 1024.
         *
         * @param value 0 to 65536
         * @return this
         */
        public Builder pooledRequests(int value) {
            pooledRequests = value;
            return this;
        }

        /**
         * The name of the dedicated thread.
         *
         * @param value for people
         * @return this
         */
        public Builder threadName(String value) {
            threadName = Objects.requireNonNull(value, "threadName");
            return this;
        }

        /**
         * Checks and makes the options.
         *
         * @return the options
         * @throws IllegalArgumentException naming everything that is wrong
         */
        public InitiatorOptions build() {
            StringBuilder wrong = new StringBuilder();
            check(wrong, discoveryInterval.toMillis() >= 10, "discoveryInterval is 10 ms or more", discoveryInterval);
            check(wrong, maxWindow >= 1 && maxWindow <= 4096, "maxWindow is 1 to 4096", maxWindow);
            check(wrong, minTimeout.toNanos() >= 1000, "the shortest timeout is 1 µs or more", minTimeout);
            check(
                    wrong,
                    initialTimeout.compareTo(minTimeout) >= 0,
                    "the initial timeout is at least the shortest",
                    initialTimeout);
            check(
                    wrong,
                    maxTimeout.compareTo(initialTimeout) >= 0,
                    "the longest timeout is at least the initial",
                    maxTimeout);
            check(
                    wrong,
                    maxTimeout.compareTo(Duration.ofMinutes(1)) <= 0,
                    "the longest timeout is at most 1 min",
                    maxTimeout);
            check(
                    wrong,
                    quarantine.compareTo(maxTimeout.multipliedBy(2)) >= 0,
                    "quarantine is at least twice the longest timeout",
                    quarantine);
            check(wrong, !spin.isNegative() && spin.toMillis() <= 100, "spin is 0 to 100 ms", spin);
            check(
                    wrong,
                    pooledRequests >= 0 && pooledRequests <= 65536,
                    "pooledRequests is 0 to 65536",
                    pooledRequests);
            if (!wrong.isEmpty()) {
                throw new IllegalArgumentException(wrong.toString());
            }
            return new InitiatorOptions(this);
        }

        private static void check(StringBuilder wrong, boolean good, String rule, Object actual) {
            if (!good) {
                wrong.append(wrong.isEmpty() ? "" : "; ")
                        .append(rule)
                        .append(", got ")
                        .append(actual);
            }
        }
    }
}
