package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** How a mirror is made and how it behaves. Immutable; made by {@link #builder()} or a preset. */
public final class MirrorOptions {
    private final MirrorValues b;

    private MirrorOptions(MirrorValues values) {
        this.b = values;
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
        return new Builder(new MirrorValues());
    }

    /**
     * A builder with these values.
     *
     * @return the builder
     */
    public Builder toBuilder() {
        return new Builder(new MirrorValues(b));
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

    /** {@return how long a leg may take for an operation; zero for as long as it likes} */
    public Duration legDeadline() {
        return b.legDeadline;
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
        private final MirrorValues v;

        private Builder(MirrorValues values) {
            this.v = values;
        }

        /**
         * Where on the legs the metadata goes.
         *
         * @param value the place
         * @return this
         */
        public Builder placement(MetadataPlacement value) {
            v.placement = Objects.requireNonNull(value);
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
            v.metadataDevice = Objects.requireNonNull(value);
            return this;
        }

        /**
         * What one intent bit stands for. Small regions make resyncs short, large ones make bitmap writes rare.
         *
         * @param bytes a power of two of 512 or more; 0 for automatic
         * @return this
         */
        public Builder regionSize(long bytes) {
            v.regionSize = bytes;
            return this;
        }

        /**
         * What the legs of a new mirror hold.
         *
         * @param value which leg counts
         * @return this
         */
        public Builder initialSync(InitialSync value) {
            v.initialSync = Objects.requireNonNull(value);
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
            v.startDegraded = value;
            return this;
        }

        /**
         * Decides a split brain: the changes that this leg made alone count, those of the others are overwritten.
         *
         * @param leg index of the leg
         * @return this
         */
        public Builder splitBrainWinner(int leg) {
            v.splitBrainWinner = leg;
            return this;
        }

        /**
         * How long a region is idle before its intent bit may be cleared.
         *
         * @param value zero for never
         * @return this
         */
        public Builder clearDelay(Duration value) {
            v.clearDelay = Objects.requireNonNull(value);
            return this;
        }

        /**
         * How often a leg that went out for one of the {@link #probed} kinds is asked whether it is back.
         *
         * @param value zero for never
         * @return this
         */
        public Builder probeInterval(Duration value) {
            v.probeInterval = Objects.requireNonNull(value);
            return this;
        }

        /**
         * How long a leg may take for an operation before it goes out for {@code TIMEOUT} and the others go on without
         * it. It comes back by a probe, once it has ended all it was given. For devices without deadlines of their own;
         * it costs one copy of the data per leg, since a device that is late still has the buffer.
         *
         * @param value zero (the default) for no deadline, else a millisecond or more
         * @return this
         */
        public Builder legDeadline(Duration value) {
            v.legDeadline = Objects.requireNonNull(value);
            return this;
        }

        /**
         * After which errors a leg may come back by itself.
         *
         * @param kinds by default TIMEOUT only
         * @return this
         */
        public Builder probed(Set<BlockException.Kind> kinds) {
            v.probed = kinds.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(kinds));
            return this;
        }

        /**
         * How many medium errors on read a leg survives; each one is answered from another leg.
         *
         * @param value 0 or more
         * @return this
         */
        public Builder readErrorLimit(int value) {
            v.readErrorLimit = value;
            return this;
        }

        /**
         * Whether what a leg could not read is written to it anew from another leg.
         *
         * @param value whether to repair
         * @return this
         */
        public Builder readRepair(boolean value) {
            v.readRepair = value;
            return this;
        }

        /**
         * Limits the resync.
         *
         * @param bytesPerSecond 0 for no limit
         * @return this
         */
        public Builder resyncRate(long bytesPerSecond) {
            v.resyncRate = bytesPerSecond;
            return this;
        }

        /**
         * Bytes per copy.
         *
         * @param bytes a power of two of 4096 or more
         * @return this
         */
        public Builder resyncChunk(int bytes) {
            v.resyncChunk = bytes;
            return this;
        }

        /**
         * Copies under way at a time.
         *
         * @param value 1 to 64
         * @return this
         */
        public Builder resyncDepth(int value) {
            v.resyncDepth = value;
            return this;
        }

        /**
         * What runs the background work; by default one daemon thread that all mirrors share.
         *
         * @param value the scheduler
         * @return this
         */
        public Builder scheduler(MirrorScheduler value) {
            v.scheduler = Objects.requireNonNull(value);
            return this;
        }

        /**
         * The clock.
         *
         * @param nanos like {@link System#nanoTime}
         * @return this
         */
        public Builder clock(LongSupplier nanos) {
            v.clock = Objects.requireNonNull(nanos);
            return this;
        }

        /**
         * What gives the identities of mirrors and legs.
         *
         * @param value by default a secure one
         * @return this
         */
        public Builder random(RandomGenerator value) {
            v.random = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Who hears what happens.
         *
         * @param value called on the scheduler, one event at a time
         * @return this
         */
        public Builder listener(Consumer<MirrorEvent> value) {
            v.listener = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Whether the mirror owns its legs.
         *
         * @param value whether to close them with it
         * @return this
         */
        public Builder closeLegs(boolean value) {
            v.closeLegs = value;
            return this;
        }

        /**
         * Checks all values at once.
         *
         * @return the options
         * @throws IllegalArgumentException naming every value that is wrong
         */
        public MirrorOptions build() {
            String wrong = v.complaints();
            if (!wrong.isEmpty()) {
                throw new IllegalArgumentException(wrong);
            }
            return new MirrorOptions(new MirrorValues(v));
        }
    }
}
