package io.diskless.aoe.target;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * How a target works. Immutable; made by {@link #builder()}.
 */
public final class TargetOptions {
    private static final TargetOptions DEFAULTS = builder().build();

    private final TargetValues s;

    private TargetOptions(TargetValues s) {
        this.s = s;
    }

    /**
     * Open to everybody (strangers may not change config strings, masks and reservations), no rate limit, settings kept in
     * memory, a spin of at most 50 microseconds.
     *
     * @return the defaults
     */
    public static TargetOptions defaults() {
        return DEFAULTS;
    }

    /**
     * A builder that starts with the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder(new TargetValues());
    }

    /**
     * A builder that starts with these options.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        return new Builder(s.copy());
    }

    /**
     * The clock.
     *
     * @return nanoseconds from an arbitrary origin
     */
    public LongSupplier clock() {
        return s.clock;
    }

    /**
     * Where config strings, and masks and reservations on request, are kept.
     *
     * @return the store, or empty for one in memory that the target makes for itself
     */
    public Optional<SettingsStore> settings() {
        return Optional.ofNullable(s.settings);
    }

    /**
     * Who hears of events.
     *
     * @return called on the thread where the event happened, with no lock held
     */
    public Consumer<? super TargetEvent> listener() {
        return s.listener;
    }

    /**
     * The most buffers that are advertised.
     *
     * @return 2 to 65535
     */
    public int bufferCount() {
        return s.bufferCount;
    }

    /**
     * The most sectors per request that are advertised.
     *
     * @return 1 to 255
     */
    public int maxSectors() {
        return s.maxSectors;
    }

    /**
     * How many requests to devices that do not complete inline may be under way per port; what comes beyond is dropped.
     *
     * @return at least 2
     */
    public int requestsPerPort() {
        return s.requestsPerPort;
    }

    /**
     * The most peers remembered per port, for rate limits and counters.
     *
     * @return at least 4
     */
    public int peersPerPort() {
        return s.peersPerPort;
    }

    /**
     * Requests per second and source that are served; what comes beyond is dropped.
     *
     * @return 0 for no limit
     */
    public int rateLimit() {
        return s.rateLimit;
    }

    /**
     * How many requests a source may send at once before the rate limit bites.
     *
     * @return at least 1
     */
    public int rateBurst() {
        return s.rateBurst;
    }

    /**
     * How many changes (WRITE, TRIM, SET FEATURES) per port are remembered to recognise late copies of them.
     *
     * @return 0 for none; rounded up to a power of two, and 36 bytes each
     */
    public int duplicateCache() {
        return s.duplicateCache;
    }

    /**
     * How long a late copy of a change is recognised.
     *
     * @return the time
     */
    public Duration duplicateWindow() {
        return s.duplicateWindow;
    }

    /**
     * What peers that no rule names may do with data.
     *
     * @return the access
     */
    public Access strangers() {
        return s.strangers;
    }

    /**
     * Which operations peers that no rule names may use.
     *
     * @return the operations
     */
    public Set<Operation> strangerOperations() {
        return s.strangerOperations;
    }

    /**
     * The longest time a dedicated thread spins before it waits.
     *
     * @return zero for no spin
     */
    public Duration spin() {
        return s.spin;
    }

    /**
     * From which latency on a request is told to the flight recorder.
     *
     * @return the time
     */
    public Duration slowRequest() {
        return s.slowRequest;
    }

    /**
     * How long {@code close()} waits for what devices have under way.
     *
     * @return the time
     */
    public Duration closeTimeout() {
        return s.closeTimeout;
    }

    /**
     * What is told as firmware version.
     *
     * @return 0 to 65535
     */
    public int firmware() {
        return s.firmware;
    }

    /**
     * What makes the threads of a started target.
     *
     * @return makes daemon threads by default
     */
    public ThreadFactory threads() {
        return s.threads;
    }

    /** Collects options. Not thread-safe. */
    public static final class Builder {
        private final TargetValues s;

        private Builder(TargetValues s) {
            this.s = s;
        }

        /**
         * Sets the clock.
         *
         * @param clock nanoseconds from an arbitrary origin
         * @return this
         */
        public Builder clock(LongSupplier clock) {
            s.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * Sets where config strings are kept.
         *
         * @param store the store
         * @return this
         */
        public Builder settings(SettingsStore store) {
            s.settings = Objects.requireNonNull(store, "store");
            return this;
        }

        /**
         * Sets who hears of events. Must not block: it is called by the threads of the ports.
         *
         * @param listener called with each event
         * @return this
         */
        public Builder listener(Consumer<? super TargetEvent> listener) {
            s.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Limits the buffers that are advertised; never more than the links can hold.
         *
         * @param count 2 to 65535; Linux uses no more than 64
         * @return this
         */
        public Builder bufferCount(int count) {
            s.bufferCount = count;
            return this;
        }

        /**
         * Limits the sectors per request that are advertised; never more than the MTU allows.
         *
         * @param sectors 1 to 255
         * @return this
         */
        public Builder maxSectors(int sectors) {
            s.maxSectors = sectors;
            return this;
        }

        /**
         * Limits the requests under way per port.
         *
         * @param count 2 or more
         * @return this
         */
        public Builder requestsPerPort(int count) {
            s.requestsPerPort = count;
            return this;
        }

        /**
         * Limits the peers remembered per port.
         *
         * @param count 4 or more
         * @return this
         */
        public Builder peersPerPort(int count) {
            s.peersPerPort = count;
            return this;
        }

        /**
         * Limits what a source may ask for.
         *
         * @param requestsPerSecond 0 for no limit
         * @param burst at least 1
         * @return this
         */
        public Builder rateLimit(int requestsPerSecond, int burst) {
            s.rateLimit = requestsPerSecond;
            s.rateBurst = burst;
            return this;
        }

        /**
         * Sets how late copies of writes, TRIM and SET FEATURES are recognised: requests that come again with the same
         * source, tag and content, as a network repeats them, or an initiator that keeps the tag. Exactly the last
         * {@code entries} changes are known. A repetition with another tag cannot be told from a new request, nor can one
         * from a source whose tags were seen to come again for something else.
         *
         * @param entries changes remembered per port, 0 to 1048576; 0 switches it off; default 131072, which is 4.5 MiB and
         *     holds 113 ms of writes of two sectors at 10 Gb/s, or a second at 1 Gb/s
         * @param window how long
         * @return this
         */
        public Builder duplicateCache(int entries, Duration window) {
            s.duplicateCache = entries;
            s.duplicateWindow = Objects.requireNonNull(window, "window");
            return this;
        }

        /**
         * Sets what peers may do that no rule names.
         *
         * @param access to data
         * @param operations allowed commands
         * @return this
         */
        public Builder strangers(Access access, Set<Operation> operations) {
            s.strangers = Objects.requireNonNull(access, "access");
            s.strangerOperations = Set.copyOf(operations);
            return this;
        }

        /**
         * Sets the longest spin of a dedicated thread. It spins only while traffic makes it pay.
         *
         * @param longest zero for no spin
         * @return this
         */
        public Builder spin(Duration longest) {
            s.spin = Objects.requireNonNull(longest, "longest");
            return this;
        }

        /**
         * Sets from which latency on a request is told to the flight recorder.
         *
         * @param threshold the time
         * @return this
         */
        public Builder slowRequest(Duration threshold) {
            s.slowRequest = Objects.requireNonNull(threshold, "threshold");
            return this;
        }

        /**
         * Sets how long closing waits for devices.
         *
         * @param timeout the time
         * @return this
         */
        public Builder closeTimeout(Duration timeout) {
            s.closeTimeout = Objects.requireNonNull(timeout, "timeout");
            return this;
        }

        /**
         * Sets the firmware version that is told.
         *
         * @param version 0 to 65535
         * @return this
         */
        public Builder firmware(int version) {
            s.firmware = version;
            return this;
        }

        /**
         * Sets what makes the threads of a started target.
         *
         * @param factory named and prioritised as the user likes
         * @return this
         */
        public Builder threads(ThreadFactory factory) {
            s.threads = Objects.requireNonNull(factory, "factory");
            return this;
        }

        /**
         * Checks all options at once.
         *
         * @return the options
         * @throws IllegalArgumentException naming every one that is out of range
         */
        public TargetOptions build() {
            String wrong = s.complaints();
            if (!wrong.isEmpty()) {
                throw new IllegalArgumentException(wrong);
            }
            return new TargetOptions(s.copy());
        }
    }
}
