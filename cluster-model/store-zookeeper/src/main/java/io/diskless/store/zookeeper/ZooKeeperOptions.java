package io.diskless.store.zookeeper;

import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;

/** How a {@link ZooKeeperStore} finds its ensemble and behaves. Immutable. */
public final class ZooKeeperOptions {
    private final String servers;
    private final String path;
    private final Duration sessionTimeout;
    private final Duration patience;
    private final int chunkBytes;
    private final InstantSource clock;
    private final Executor executor;

    private ZooKeeperOptions(Builder from) {
        this.servers = from.servers;
        this.path = from.path;
        this.sessionTimeout = from.sessionTimeout;
        this.patience = from.patience;
        this.chunkBytes = from.chunkBytes;
        this.clock = from.clock;
        this.executor = from.executor;
    }

    /**
     * A builder.
     *
     * @param servers {@code HOST:PORT,HOST:PORT,...}
     * @return with defaults
     */
    public static Builder builder(String servers) {
        return new Builder(servers);
    }

    /** {@return a builder with these options} */
    public Builder toBuilder() {
        Builder same = new Builder(servers);
        same.path = path;
        same.sessionTimeout = sessionTimeout;
        same.patience = patience;
        same.chunkBytes = chunkBytes;
        same.clock = clock;
        same.executor = executor;
        return same;
    }

    /** {@return {@code HOST:PORT,HOST:PORT,...}} */
    public String servers() {
        return servers;
    }

    /** {@return the node under which everything is kept} */
    public String path() {
        return path;
    }

    /** {@return after which silence the ensemble ends the session and its leases} */
    public Duration sessionTimeout() {
        return sessionTimeout;
    }

    /** {@return how long an operation tries to reach the ensemble} */
    public Duration patience() {
        return patience;
    }

    /** {@return how many bytes a node holds at most} */
    public int chunkBytes() {
        return chunkBytes;
    }

    /** {@return what dates commits} */
    public InstantSource clock() {
        return clock;
    }

    /** {@return what calls watchers} */
    public Executor executor() {
        return executor;
    }

    /** Builds options. Not thread-safe. */
    public static final class Builder {
        private final String servers;
        private String path = "/diskless";
        private Duration sessionTimeout = Duration.ofSeconds(10);
        private Duration patience = Duration.ofSeconds(30);
        private int chunkBytes = 512 << 10;
        private InstantSource clock = Clock.systemUTC();
        private Executor executor = ForkJoinPool.commonPool();

        private Builder(String servers) {
            this.servers = servers;
        }

        /**
         * Under which node everything is kept; default {@code /diskless}. Two sites on one ensemble have two.
         *
         * @param node absolute, without a slash at its end
         * @return this
         */
        public Builder path(String node) {
            path = node;
            return this;
        }

        /**
         * After which silence the ensemble ends the session and its leases; default 10 s. The servers keep it within 2 and 20 of
         * their ticks.
         *
         * @param timeout 1 ms or more
         * @return this
         */
        public Builder sessionTimeout(Duration timeout) {
            sessionTimeout = timeout;
            return this;
        }

        /**
         * How long an operation tries to reach the ensemble before it fails with UNREACHABLE; default 30 s.
         *
         * @param time 1 ms or more
         * @return this
         */
        public Builder patience(Duration time) {
            patience = time;
            return this;
        }

        /**
         * How many bytes a node holds at most; what is longer takes several. Default 512 KiB, for servers refuse 1 MiB.
         *
         * @param bytes 1 to 1000000
         * @return this
         */
        public Builder chunkBytes(int bytes) {
            chunkBytes = bytes;
            return this;
        }

        /**
         * What dates commits; default the system's clock.
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
         * @throws IllegalArgumentException if something is out of its range
         */
        public ZooKeeperOptions build() {
            Objects.requireNonNull(clock, "clock");
            Objects.requireNonNull(executor, "executor");
            if (servers.isBlank() || !path.matches("(/[A-Za-z0-9._-]+)+")) {
                throw new IllegalArgumentException(
                        "expected servers and a path such as /diskless, got \"" + servers + "\" and \"" + path + "\"");
            }
            if (sessionTimeout.toMillis() < 1 || patience.toMillis() < 1 || chunkBytes < 1 || chunkBytes > 1_000_000) {
                throw new IllegalArgumentException(
                        "expected times of 1 ms or more and chunks of 1 to 1000000 bytes, got " + sessionTimeout + ", "
                                + patience + " and " + chunkBytes);
            }
            return new ZooKeeperOptions(this);
        }
    }
}
