package io.diskless.cluster.store;

import java.time.Clock;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;

/** How an {@link EmbeddedStore} behaves. Immutable. */
public final class EmbeddedOptions {
    private final int segmentBytes;
    private final long snapshotBytes;
    private final InstantSource clock;
    private final Executor executor;

    private EmbeddedOptions(Builder from) {
        this.segmentBytes = from.segmentBytes;
        this.snapshotBytes = from.snapshotBytes;
        this.clock = from.clock;
        this.executor = from.executor;
    }

    /** {@return options that suit a site on one machine} */
    public static EmbeddedOptions defaults() {
        return builder().build();
    }

    /** {@return a builder with the defaults} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return a builder with these options} */
    public Builder toBuilder() {
        Builder same = new Builder();
        same.segmentBytes = segmentBytes;
        same.snapshotBytes = snapshotBytes;
        same.clock = clock;
        same.executor = executor;
        return same;
    }

    /** {@return the size in bytes after which a segment gets no more entries} */
    public int segmentBytes() {
        return segmentBytes;
    }

    /** {@return how many bytes of log a snapshot may stand for at least} */
    public long snapshotBytes() {
        return snapshotBytes;
    }

    /** {@return what dates commits and ends leases} */
    public InstantSource clock() {
        return clock;
    }

    /** {@return what calls watchers} */
    public Executor executor() {
        return executor;
    }

    /** Builds options. Not thread-safe. */
    public static final class Builder {
        private int segmentBytes = 16 << 20;
        private long snapshotBytes = 4 << 20;
        private InstantSource clock = Clock.systemUTC();
        private Executor executor = ForkJoinPool.commonPool();

        private Builder() {}

        /**
         * After which size a new segment is begun; default 16 MiB.
         *
         * @param bytes 1 to 2^30
         * @return this
         */
        public Builder segmentBytes(int bytes) {
            segmentBytes = bytes;
            return this;
        }

        /**
         * After how much log a snapshot is written, and after not less than twice the size of the last; default 4 MiB.
         *
         * @param bytes 1 or more
         * @return this
         */
        public Builder snapshotBytes(long bytes) {
            snapshotBytes = bytes;
            return this;
        }

        /**
         * What dates commits and ends leases; default the system's clock.
         *
         * @param source the clock
         * @return this
         */
        public Builder clock(InstantSource source) {
            clock = source;
            return this;
        }

        /**
         * What calls watchers; default the common pool. A watcher is called by one thread at a time in any case.
         *
         * @param where the executor, which stays the caller's
         * @return this
         */
        public Builder executor(Executor where) {
            executor = where;
            return this;
        }

        /**
         * Checks all of it.
         *
         * @return the options
         * @throws IllegalArgumentException if a number is out of its range
         */
        public EmbeddedOptions build() {
            Objects.requireNonNull(clock, "clock");
            Objects.requireNonNull(executor, "executor");
            if (segmentBytes < 1 || segmentBytes > 1 << 30 || snapshotBytes < 1) {
                throw new IllegalArgumentException(
                        "expected 1 to " + (1 << 30) + " bytes of a segment and 1 or more of a" + " snapshot, got "
                                + segmentBytes + " and " + snapshotBytes);
            }
            return new EmbeddedOptions(this);
        }
    }
}
