package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** How a mirror is made and how it behaves. Immutable; made by {@link #builder()} or a preset. */
public final class MirrorOptions {
    private final Builder b;

    private MirrorOptions(Builder builder) {
        this.b = builder;
    }

    /**
     * For local devices: metadata in front of the data, resync without limit.
     *
     * @return the preset
     */
    public static MirrorOptions defaults() {
        return builder().build();
    }

    /**
     * For remote disks: small claims so that users' writes wait little behind a copy, several copies under way to fill the
     * line, and a probe every second.
     *
     * @return the preset
     */
    public static MirrorOptions remote() {
        return builder()
                .resyncChunk(64 << 10)
                .resyncDepth(4)
                .probeInterval(Duration.ofSeconds(1))
                .build();
    }

    /**
     * A builder with the values of {@link #defaults()}.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * A builder with these values.
     *
     * @return the builder
     */
    public Builder toBuilder() {
        return b.copy();
    }

    /** {@return where on the legs the metadata of a new mirror goes} */
    public MetadataPlacement placement() {
        return b.placement;
    }

    /** {@return the device that holds the metadata instead of the legs, if any} */
    public Optional<BlockDevice> metadataDevice() {
        return Optional.ofNullable(b.metadataDevice);
    }

    /** {@return bytes that one intent bit stands for in a new mirror; 0 for automatic} */
    public long regionSize() {
        return b.regionSize;
    }

    /** {@return what the legs of a new mirror hold} */
    public InitialSync initialSync() {
        return b.initialSync;
    }

    /** {@return whether a mirror may start without a leg that could be newer} */
    public boolean startDegraded() {
        return b.startDegraded;
    }

    /** {@return the leg whose history counts if the legs were used apart} */
    public OptionalInt splitBrainWinner() {
        return b.splitBrainWinner < 0 ? OptionalInt.empty() : OptionalInt.of(b.splitBrainWinner);
    }

    /** {@return how long an idle region keeps its intent bit, at least} */
    public Duration clearDelay() {
        return b.clearDelay;
    }

    /** {@return how often a silent leg is asked; zero for never} */
    public Duration probeInterval() {
        return b.probeInterval;
    }

    /** {@return the kinds of error after which a leg is asked again by itself} */
    public Set<BlockException.Kind> probed() {
        return b.probed;
    }

    /** {@return medium errors on read that a leg survives} */
    public int readErrorLimit() {
        return b.readErrorLimit;
    }

    /** {@return whether a range that one leg could not read is written to it anew} */
    public boolean readRepair() {
        return b.readRepair;
    }

    /** {@return bytes per second that a resync may copy; 0 for no limit} */
    public long resyncRate() {
        return b.resyncRate;
    }

    /** {@return bytes per copy, the most that a user's write may have to wait for} */
    public int resyncChunk() {
        return b.resyncChunk;
    }

    /** {@return copies under way at a time} */
    public int resyncDepth() {
        return b.resyncDepth;
    }

    /** {@return runs the background work} */
    public MirrorScheduler scheduler() {
        MirrorScheduler s = b.scheduler;
        return s != null ? s : SharedScheduler.INSTANCE;
    }

    /** {@return the nanosecond clock} */
    public LongSupplier clock() {
        return b.clock;
    }

    /** {@return gives the identities of mirrors and legs} */
    public RandomGenerator random() {
        return b.random;
    }

    /** {@return hears what happens} */
    public Consumer<MirrorEvent> listener() {
        return b.listener;
    }

    /** {@return whether closing the mirror closes the legs} */
    public boolean closeLegs() {
        return b.closeLegs;
    }

    /** Collects values; {@link #build()} checks them. Not thread-safe. */
    public static final class Builder {
        private MetadataPlacement placement = MetadataPlacement.START;
        private @Nullable BlockDevice metadataDevice;
        private long regionSize;
        private InitialSync initialSync = InitialSync.FROM_FIRST_LEG;
        private boolean startDegraded;
        private int splitBrainWinner = -1;
        private Duration clearDelay = Duration.ofSeconds(5);
        private Duration probeInterval = Duration.ofSeconds(5);
        private Set<BlockException.Kind> probed = Set.of(BlockException.Kind.TIMEOUT);
        private int readErrorLimit = 16;
        private boolean readRepair = true;
        private long resyncRate;
        private int resyncChunk = 256 << 10;
        private int resyncDepth = 2;
        private @Nullable MirrorScheduler scheduler;
        private LongSupplier clock = System::nanoTime;
        private RandomGenerator random = new SecureRandom();
        private Consumer<MirrorEvent> listener = event -> {};
        private boolean closeLegs = true;

        private Builder() {}

        private Builder copy() {
            Builder c = new Builder();
            c.placement = placement;
            c.metadataDevice = metadataDevice;
            c.regionSize = regionSize;
            c.initialSync = initialSync;
            c.startDegraded = startDegraded;
            c.splitBrainWinner = splitBrainWinner;
            c.clearDelay = clearDelay;
            c.probeInterval = probeInterval;
            c.probed = probed;
            c.readErrorLimit = readErrorLimit;
            c.readRepair = readRepair;
            c.resyncRate = resyncRate;
            c.resyncChunk = resyncChunk;
            c.resyncDepth = resyncDepth;
            c.scheduler = scheduler;
            c.clock = clock;
            c.random = random;
            c.listener = listener;
            c.closeLegs = closeLegs;
            return c;
        }

        /**
         * Where on the legs the metadata goes.
         *
         * @param value the place
         * @return this
         */
        public Builder placement(MetadataPlacement value) {
            placement = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Keeps the metadata beside the legs, which then hold data only and are told apart by their order. Nobody but this
         * device knows about a leg that was used alone: it cannot be told from one that was not.
         *
         * @param value holds superblock and bitmap
         * @return this
         */
        public Builder metadataDevice(BlockDevice value) {
            metadataDevice = Objects.requireNonNull(value);
            return this;
        }

        /**
         * What one intent bit stands for. Small regions make resyncs short, large ones make bitmap writes rare.
         *
         * @param bytes a power of two of 512 or more; 0 for automatic
         * @return this
         */
        public Builder regionSize(long bytes) {
            regionSize = bytes;
            return this;
        }

        /**
         * What the legs of a new mirror hold.
         *
         * @param value which leg counts
         * @return this
         */
        public Builder initialSync(InitialSync value) {
            initialSync = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Lets {@link Mirror#open} start although a leg is missing that was in sync when last seen by the others. If that
         * leg went on alone meanwhile, what it acknowledged is not seen here, and the two histories part.
         *
         * @param value whether to start
         * @return this
         */
        public Builder startDegraded(boolean value) {
            startDegraded = value;
            return this;
        }

        /**
         * Decides a split brain: the changes that this leg made alone count, those of the others are overwritten.
         *
         * @param leg index of the leg
         * @return this
         */
        public Builder splitBrainWinner(int leg) {
            splitBrainWinner = leg;
            return this;
        }

        /**
         * How long a region is idle before its intent bit may be cleared.
         *
         * @param value zero for never
         * @return this
         */
        public Builder clearDelay(Duration value) {
            clearDelay = Objects.requireNonNull(value);
            return this;
        }

        /**
         * How often a leg that went out for one of the {@link #probed} kinds is asked whether it is back.
         *
         * @param value zero for never
         * @return this
         */
        public Builder probeInterval(Duration value) {
            probeInterval = Objects.requireNonNull(value);
            return this;
        }

        /**
         * After which errors a leg may come back by itself.
         *
         * @param kinds by default TIMEOUT only
         * @return this
         */
        public Builder probed(Set<BlockException.Kind> kinds) {
            probed = kinds.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(kinds));
            return this;
        }

        /**
         * How many medium errors on read a leg survives; each one is answered from another leg.
         *
         * @param value 0 or more
         * @return this
         */
        public Builder readErrorLimit(int value) {
            readErrorLimit = value;
            return this;
        }

        /**
         * Whether what a leg could not read is written to it anew from another leg.
         *
         * @param value whether to repair
         * @return this
         */
        public Builder readRepair(boolean value) {
            readRepair = value;
            return this;
        }

        /**
         * Limits the resync.
         *
         * @param bytesPerSecond 0 for no limit
         * @return this
         */
        public Builder resyncRate(long bytesPerSecond) {
            resyncRate = bytesPerSecond;
            return this;
        }

        /**
         * Bytes per copy.
         *
         * @param bytes a power of two of 4096 or more
         * @return this
         */
        public Builder resyncChunk(int bytes) {
            resyncChunk = bytes;
            return this;
        }

        /**
         * Copies under way at a time.
         *
         * @param value 1 to 64
         * @return this
         */
        public Builder resyncDepth(int value) {
            resyncDepth = value;
            return this;
        }

        /**
         * What runs the background work; by default one daemon thread that all mirrors share.
         *
         * @param value the scheduler
         * @return this
         */
        public Builder scheduler(MirrorScheduler value) {
            scheduler = Objects.requireNonNull(value);
            return this;
        }

        /**
         * The clock.
         *
         * @param nanos like {@link System#nanoTime}
         * @return this
         */
        public Builder clock(LongSupplier nanos) {
            clock = Objects.requireNonNull(nanos);
            return this;
        }

        /**
         * What gives the identities of mirrors and legs.
         *
         * @param value by default a secure one
         * @return this
         */
        public Builder random(RandomGenerator value) {
            random = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Who hears what happens.
         *
         * @param value called on the scheduler, one event at a time
         * @return this
         */
        public Builder listener(Consumer<MirrorEvent> value) {
            listener = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Whether the mirror owns its legs.
         *
         * @param value whether to close them with it
         * @return this
         */
        public Builder closeLegs(boolean value) {
            closeLegs = value;
            return this;
        }

        /**
         * Checks all values at once.
         *
         * @return the options
         * @throws IllegalArgumentException naming every value that is wrong
         */
        public MirrorOptions build() {
            StringBuilder wrong = new StringBuilder();
            check(
                    wrong,
                    regionSize == 0 || (regionSize >= 512 && Long.bitCount(regionSize) == 1 && regionSize <= 1L << 40),
                    "regionSize is 0 or a power of two from 512 to 2^40, got " + regionSize);
            check(wrong, !clearDelay.isNegative(), "clearDelay is not negative, got " + clearDelay);
            check(wrong, !probeInterval.isNegative(), "probeInterval is not negative, got " + probeInterval);
            check(wrong, readErrorLimit >= 0, "readErrorLimit is 0 or more, got " + readErrorLimit);
            check(wrong, resyncRate >= 0, "resyncRate is 0 or more, got " + resyncRate);
            check(
                    wrong,
                    resyncChunk >= 4096 && Integer.bitCount(resyncChunk) == 1,
                    "resyncChunk is a power of two of 4096 or more, got " + resyncChunk);
            check(wrong, resyncDepth >= 1 && resyncDepth <= 64, "resyncDepth is 1 to 64, got " + resyncDepth);
            if (wrong.length() > 0) {
                throw new IllegalArgumentException(wrong.toString());
            }
            return new MirrorOptions(copy());
        }

        private static void check(StringBuilder wrong, boolean good, String message) {
            if (!good) {
                wrong.append(wrong.length() == 0 ? "" : "; ").append(message);
            }
        }
    }
}
