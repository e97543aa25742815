package io.diskless.drbd.session;

import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.netty.LinkOptions;
import io.diskless.drbd.wire.Dialect;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a resource talks to its peer: the {@code net} section of a configuration. What both sides must have alike is said
 * with each option. Immutable; made by {@link #builder()}.
 */
public final class NetOptions {
    /** What becomes of writes that the connection cannot take as fast as they come. */
    public enum OnCongestion {
        /** They wait. */
        BLOCK,
        /** The peer is told which blocks change, and gets what is in them by a resync when it can take it. */
        PULL_AHEAD,
        /** The connection is given up, and this side is StandAlone; what is written is synced behind the next connect. */
        DISCONNECT
    }

    private final Builder b;

    private NetOptions(Builder b) {
        this.b = b;
    }

    /** {@return a builder with the kernel's defaults} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return a builder that starts with these options} */
    public Builder toBuilder() {
        return b.copy();
    }

    /** {@return when a write is complete; alike on both sides} */
    public ReplicationProtocol protocol() {
        return b.protocol;
    }

    /** {@return {@code cram-hmac-alg}; alike on both sides} */
    public Optional<DigestAlgorithm> cramHmacAlg() {
        return Optional.ofNullable(b.cramHmacAlg);
    }

    @Nullable
    SharedSecret secret() {
        return b.secret;
    }

    /** {@return {@code data-integrity-alg}: a digest goes with the data; alike on both sides} */
    public Optional<DigestAlgorithm> dataIntegrityAlg() {
        return Optional.ofNullable(b.dataIntegrityAlg);
    }

    /** {@return {@code verify-alg} of the online verify; alike on both sides} */
    public Optional<DigestAlgorithm> verifyAlg() {
        return Optional.ofNullable(b.verifyAlg);
    }

    /** {@return {@code csums-alg} of a resync by checksums; alike on both sides} */
    public Optional<DigestAlgorithm> csumsAlg() {
        return Optional.ofNullable(b.csumsAlg);
    }

    /** {@return {@code allow-two-primaries}; alike on both sides} */
    public boolean twoPrimaries() {
        return b.twoPrimaries;
    }

    /** {@return the longest silence of a peer whose answer is waited for; times {@link #koCount} it ends the connection} */
    public Duration timeout() {
        return b.timeout;
    }

    /** {@return how many {@link #timeout}s a request may remain unanswered} */
    public int koCount() {
        return b.koCount;
    }

    /** {@return {@code ping-int}: silence after which the peer is asked for a sign of life} */
    public Duration pingInterval() {
        return b.pingInterval;
    }

    /** {@return {@code ping-timeout}: how long the answer may take} */
    public Duration pingTimeout() {
        return b.pingTimeout;
    }

    /** {@return {@code connect-int}: limit of an attempt to connect, and pause between two} */
    public Duration connectInterval() {
        return b.connectInterval;
    }

    /** {@return how long new sockets must stay alive before they are used; the kernel takes its ping-timeout} */
    public Duration settle() {
        return b.settle == null ? b.pingTimeout : b.settle;
    }

    /** {@return who opens sockets} */
    public LinkOptions.Mode connectMode() {
        return b.connectMode;
    }

    /** {@return the oldest protocol version to agree to} */
    public int minVersion() {
        return b.minVersion;
    }

    /** {@return the newest protocol version to agree to} */
    public int maxVersion() {
        return b.maxVersion;
    }

    /** {@return the features to offer, flags of {@link Dialect}} */
    public int features() {
        return b.features;
    }

    /** {@return what becomes of writes that the connection cannot take as fast as they come} */
    public OnCongestion onCongestion() {
        return b.onCongestion;
    }

    /** {@return {@code congestion-fill}: bytes sent and not stable at the peer that are congestion; 0 for never} */
    public long congestionFill() {
        return b.congestionFill;
    }

    /** {@return {@code congestion-extents}: extents of the activity log in use that are congestion} */
    public int congestionExtents() {
        return b.congestionExtents;
    }

    /** {@return {@code max-epoch-size}: writes after which a barrier is sent} */
    public int maxEpochSize() {
        return b.maxEpochSize;
    }

    /** What the peer says of both sides from now on, whatever else is set here. */
    NetOptions adopting(ReplicationProtocol protocol, boolean twoPrimaries, Optional<DigestAlgorithm> integrity) {
        Builder with = b.copy();
        with.protocol = protocol;
        with.twoPrimaries = twoPrimaries;
        with.dataIntegrityAlg = integrity.orElse(null);
        return new NetOptions(with);
    }

    /** As {@link #adopting(ReplicationProtocol, boolean, Optional)}, for what serves verify and resync. */
    NetOptions adopting(Optional<DigestAlgorithm> verify, Optional<DigestAlgorithm> csums) {
        Builder with = b.copy();
        with.verifyAlg = verify.orElse(null);
        with.csumsAlg = csums.orElse(null);
        return new NetOptions(with);
    }

    /** Says all but the secret. */
    @Override
    public String toString() {
        return "NetOptions[protocol " + b.protocol + ", versions " + b.minVersion + " to " + b.maxVersion
                + ", cram-hmac-alg " + cramHmacAlg() + ", verify-alg " + verifyAlg() + ", csums-alg " + csumsAlg()
                + ", data-integrity-alg " + dataIntegrityAlg() + ", two primaries " + b.twoPrimaries + "]";
    }

    /** Collects options. Not thread-safe. */
    public static final class Builder implements Cloneable {
        private ReplicationProtocol protocol = ReplicationProtocol.C;
        private @Nullable DigestAlgorithm cramHmacAlg;
        private @Nullable SharedSecret secret;
        private @Nullable DigestAlgorithm dataIntegrityAlg;
        private @Nullable DigestAlgorithm verifyAlg;
        private @Nullable DigestAlgorithm csumsAlg;
        private boolean twoPrimaries;
        // Spec drbd-wire 1.3.
        private Duration timeout = Duration.ofSeconds(6);
        private int koCount = 7;
        private Duration pingInterval = Duration.ofSeconds(10);
        private Duration pingTimeout = Duration.ofMillis(500);
        private Duration connectInterval = Duration.ofSeconds(10);
        private @Nullable Duration settle;
        private LinkOptions.Mode connectMode = LinkOptions.Mode.BOTH;
        private int minVersion = Dialect.MIN_VERSION;
        private int maxVersion = Dialect.MAX_VERSION;
        private int features = Dialect.FF_TRIM | Dialect.FF_THIN_RESYNC | Dialect.FF_WZEROES;
        private int maxEpochSize = 2048;
        private OnCongestion onCongestion = OnCongestion.BLOCK;
        private long congestionFill;
        private int congestionExtents = 1237;

        /** The unit of the kernel's option; far less would only keep the watch busy. */
        private static final Duration SHORTEST = Duration.ofMillis(100);

        private Builder() {}

        private Builder copy() {
            try {
                return (Builder) clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }

        /**
         * When a write is complete.
         *
         * @param value alike on both sides
         * @return this
         */
        public Builder protocol(ReplicationProtocol value) {
            protocol = value;
            return this;
        }

        /**
         * Authentication of both sides by a shared secret; none without this call.
         *
         * @param algorithm alike on both sides, fit for an HMAC
         * @param value alike on both sides; the options keep it, and who made it closes it after the resource
         * @return this
         */
        public Builder authentication(DigestAlgorithm algorithm, SharedSecret value) {
            cramHmacAlg = algorithm;
            secret = value;
            return this;
        }

        /**
         * A digest that travels with all data and is checked where it arrives.
         *
         * @param algorithm alike on both sides
         * @return this
         */
        public Builder dataIntegrityAlg(DigestAlgorithm algorithm) {
            dataIntegrityAlg = algorithm;
            return this;
        }

        /**
         * The digest of the online verify.
         *
         * @param algorithm alike on both sides
         * @return this
         */
        public Builder verifyAlg(DigestAlgorithm algorithm) {
            verifyAlg = algorithm;
            return this;
        }

        /**
         * The digest of a resync by checksums.
         *
         * @param algorithm alike on both sides
         * @return this
         */
        public Builder csumsAlg(DigestAlgorithm algorithm) {
            csumsAlg = algorithm;
            return this;
        }

        /**
         * Whether both sides may be Primary at once; needs protocol C, and version 100 or later.
         *
         * @param value alike on both sides
         * @return this
         */
        public Builder twoPrimaries(boolean value) {
            twoPrimaries = value;
            return this;
        }

        /**
         * How long a request may remain unanswered.
         *
         * @param value at least 0.1 s
         * @param times how many of these; the kernel takes 7 times 6 s
         * @return this
         */
        public Builder timeout(Duration value, int times) {
            timeout = value;
            koCount = times;
            return this;
        }

        /**
         * When the peer is asked for a sign of life, and how long it may take.
         *
         * @param interval the kernel takes 10 s
         * @param patience the kernel takes 0.5 s, on its own side
         * @return this
         */
        public Builder ping(Duration interval, Duration patience) {
            pingInterval = interval;
            pingTimeout = patience;
            return this;
        }

        /**
         * Limit of an attempt to connect, and pause between two.
         *
         * @param value the kernel takes 10 s
         * @return this
         */
        public Builder connectInterval(Duration value) {
            connectInterval = value;
            return this;
        }

        /**
         * How long new sockets must stay alive before they are used.
         *
         * @param value the ping-timeout without this call
         * @return this
         */
        public Builder settle(Duration value) {
            settle = value;
            return this;
        }

        /**
         * Who opens sockets.
         *
         * @param value both sides without this call
         * @return this
         */
        public Builder connectMode(LinkOptions.Mode value) {
            connectMode = value;
            return this;
        }

        /**
         * Which protocol versions to agree to.
         *
         * @param min 86 to 101
         * @param max 86 to 101
         * @return this
         */
        public Builder versions(int min, int max) {
            minVersion = min;
            maxVersion = max;
            return this;
        }

        /**
         * Which features to offer; by default discards, zeroes and thin resync. A kernel sends discards to a peer that did not offer
         * them too, and that ends the connection.
         *
         * @param flags of {@link Dialect}
         * @return this
         */
        public Builder features(int flags) {
            features = flags;
            return this;
        }

        /**
         * Writes after which a barrier is sent.
         *
         * @param value 1 to 20000
         * @return this
         */
        public Builder maxEpochSize(int value) {
            maxEpochSize = value;
            return this;
        }

        /**
         * What becomes of writes that the connection cannot take as fast as they come. All but to wait needs protocol A; to go
         * ahead needs version 96 or later: below that, writes wait.
         *
         * @param value writes wait without this call
         * @param fillBytes bytes sent and not stable at the peer that are congestion; 0 for never. The system's send buffer has
         *     to hold more, or a single writer waits for it before this is reached
         * @param extents extents of 4 MiB with writes under way that are congestion
         * @return this
         */
        public Builder onCongestion(OnCongestion value, long fillBytes, int extents) {
            onCongestion = value;
            congestionFill = fillBytes;
            congestionExtents = extents;
            return this;
        }

        /**
         * Checks that the options fit together.
         *
         * @return the options
         * @throws IllegalArgumentException if they do not, saying which
         */
        public NetOptions build() {
            if (minVersion < Dialect.MIN_VERSION || maxVersion > Dialect.MAX_VERSION || minVersion > maxVersion) {
                throw new IllegalArgumentException("versions must lie in " + Dialect.MIN_VERSION + " to "
                        + Dialect.MAX_VERSION + ", got " + minVersion + " to " + maxVersion);
            }
            if (twoPrimaries && protocol != ReplicationProtocol.C) {
                throw new IllegalArgumentException("two primaries need protocol C, got " + protocol);
            }
            if (twoPrimaries && minVersion < 100) {
                // Below 100 a conflict cannot be answered with "try again".
                minVersion = 100;
            }
            if (twoPrimaries && maxVersion < 100) {
                throw new IllegalArgumentException(
                        "two primaries need protocol 100, at most " + maxVersion + " is allowed");
            }
            if (cramHmacAlg != null && !cramHmacAlg.fitForHmac()) {
                throw new IllegalArgumentException(cramHmacAlg + " is no algorithm for cram-hmac-alg");
            }
            if (timeout.compareTo(SHORTEST) < 0) {
                throw new IllegalArgumentException("timeout must be at least " + SHORTEST + ", got " + timeout);
            }
            positive("ping-int", pingInterval);
            positive("ping-timeout", pingTimeout);
            positive("connect-int", connectInterval);
            if (koCount < 0) {
                throw new IllegalArgumentException(
                        "ko-count must not be negative, got " + koCount + "; 0 waits for ever");
            }
            if (onCongestion != OnCongestion.BLOCK && protocol != ReplicationProtocol.A) {
                throw new IllegalArgumentException("on-congestion "
                        + onCongestion.name().toLowerCase(Locale.ROOT).replace('_', '-') + " needs protocol A, got "
                        + protocol);
            }
            if (congestionFill < 0 || congestionExtents < 1) {
                throw new IllegalArgumentException(
                        "congestion-fill must not be negative, congestion-extents be at least 1," + " got "
                                + congestionFill + " and " + congestionExtents);
            }
            if (maxEpochSize < 1 || maxEpochSize > 20_000) {
                throw new IllegalArgumentException("max-epoch-size must be 1 to 20000, got " + maxEpochSize);
            }
            return new NetOptions(copy());
        }

        private static void positive(String option, Duration value) {
            if (value.isZero() || value.isNegative()) {
                throw new IllegalArgumentException(option + " must be longer than nothing, got " + value);
            }
        }
    }
}
