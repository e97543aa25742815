package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The values of {@link MirrorOptions} with their defaults, and what is right of them. Not thread-safe. */
final class MirrorValues {
    MetadataPlacement placement = MetadataPlacement.START;

    @Nullable
    BlockDevice metadataDevice;

    long regionSize;
    InitialSync initialSync = InitialSync.FROM_FIRST_LEG;
    boolean startDegraded;
    int splitBrainWinner = -1;
    Duration clearDelay = Duration.ofSeconds(5);
    Duration probeInterval = Duration.ofSeconds(5);
    Duration legDeadline = Duration.ZERO;
    Set<BlockException.Kind> probed = Set.of(BlockException.Kind.TIMEOUT);
    int readErrorLimit = 16;
    boolean readRepair = true;
    long resyncRate;
    int resyncChunk = 256 << 10;
    int resyncDepth = 2;

    @Nullable
    MirrorScheduler scheduler;

    LongSupplier clock = System::nanoTime;
    RandomGenerator random = new SecureRandom();
    Consumer<MirrorEvent> listener = event -> {};
    boolean closeLegs = true;

    MirrorValues() {}

    MirrorValues(MirrorValues from) {
        placement = from.placement;
        metadataDevice = from.metadataDevice;
        regionSize = from.regionSize;
        initialSync = from.initialSync;
        startDegraded = from.startDegraded;
        splitBrainWinner = from.splitBrainWinner;
        clearDelay = from.clearDelay;
        probeInterval = from.probeInterval;
        legDeadline = from.legDeadline;
        probed = from.probed;
        readErrorLimit = from.readErrorLimit;
        readRepair = from.readRepair;
        resyncRate = from.resyncRate;
        resyncChunk = from.resyncChunk;
        resyncDepth = from.resyncDepth;
        scheduler = from.scheduler;
        clock = from.clock;
        random = from.random;
        listener = from.listener;
        closeLegs = from.closeLegs;
    }

    /** All that is wrong at once, or an empty string. */
    String complaints() {
        StringBuilder wrong = new StringBuilder();
        check(
                wrong,
                regionSize == 0 || (regionSize >= 512 && Long.bitCount(regionSize) == 1 && regionSize <= 1L << 40),
                "regionSize is 0 or a power of two from 512 to 2^40, got " + regionSize);
        check(wrong, !clearDelay.isNegative(), "clearDelay is not negative, got " + clearDelay);
        check(wrong, !probeInterval.isNegative(), "probeInterval is not negative, got " + probeInterval);
        check(
                wrong,
                legDeadline.isZero() || legDeadline.compareTo(Duration.ofMillis(1)) >= 0,
                "legDeadline is zero or a millisecond and more, got " + legDeadline);
        check(wrong, readErrorLimit >= 0, "readErrorLimit is 0 or more, got " + readErrorLimit);
        check(wrong, resyncRate >= 0, "resyncRate is 0 or more, got " + resyncRate);
        check(
                wrong,
                resyncChunk >= 4096 && Integer.bitCount(resyncChunk) == 1,
                "resyncChunk is a power of two of 4096 or more, got " + resyncChunk);
        check(wrong, resyncDepth >= 1 && resyncDepth <= 64, "resyncDepth is 1 to 64, got " + resyncDepth);
        return wrong.toString();
    }

    private static void check(StringBuilder wrong, boolean good, String message) {
        if (!good) {
            wrong.append(wrong.length() == 0 ? "" : "; ").append(message);
        }
    }
}
