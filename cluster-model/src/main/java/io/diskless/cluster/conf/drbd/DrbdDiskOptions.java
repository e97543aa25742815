package io.diskless.cluster.conf.drbd;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a host treats the disk below a volume and how a resync runs: section {@code disk} as it counts for the volume, with
 * defaults of the dialect. Immutable.
 */
public final class DrbdDiskOptions {
    private static final int TENTH_MILLIS = 100;

    private final DrbdSettings settings;

    DrbdDiskOptions(DrbdSettings settings) {
        this.settings = settings;
    }

    /** {@return {@code pass_on}, {@code call-local-io-error} or {@code detach}} */
    public String onIoError() {
        return settings.text("on-io-error").orElse("detach");
    }

    /** {@return the fencing policy of an 8.x file, as drbd.conf names it; 9 has it in {@code net}} */
    public String fencing() {
        return settings.text("fencing").orElse("dont-care");
    }

    /** {@return how many bytes of the disk are used, where not all of them} */
    public OptionalLong sizeBytes() {
        long size = settings.bytes("size");
        return size == 0 ? OptionalLong.empty() : OptionalLong.of(size);
    }

    /** {@return whether writes are ordered by barriers} */
    public boolean diskBarrier() {
        return settings.flag("disk-barrier");
    }

    /** {@return whether writes are ordered by flushes} */
    public boolean diskFlushes() {
        return settings.flag("disk-flushes");
    }

    /** {@return whether writes are ordered by waiting for them} */
    public boolean diskDrain() {
        return settings.flag("disk-drain");
    }

    /** {@return whether the meta-data device is flushed} */
    public boolean metaDataFlushes() {
        return settings.flag("md-flushes");
    }

    /** {@return the fixed resync speed in bytes a second, used where {@link #planAhead()} is zero} */
    public long resyncRateBytes() {
        return settings.bytes("resync-rate");
    }

    /** {@return the resource (and {@code /volume}) whose resync comes first} */
    public Optional<String> resyncAfter() {
        return settings.text("resync-after").filter(after -> !after.equals("-1"));
    }

    /** {@return how many 4 MiB extents may be hot; as given, the driver moves it into its range} */
    public int alExtents() {
        return (int) settings.number("al-extents");
    }

    /** {@return whether the activity log is kept on disk} */
    public boolean alUpdates() {
        return settings.flag("al-updates");
    }

    /** {@return how far the resync controller looks ahead; zero switches it off} */
    public Duration planAhead() {
        return tenths("c-plan-ahead");
    }

    /** {@return the delay the controller aims at where no fill target is given} */
    public Duration delayTarget() {
        return tenths("c-delay-target");
    }

    /** {@return how many bytes in flight the controller aims at; 0 for the delay target} */
    public long fillTargetBytes() {
        return settings.bytes("c-fill-target");
    }

    /** {@return the controller's highest speed in bytes a second} */
    public long maxRateBytes() {
        return settings.bytes("c-max-rate");
    }

    /** {@return the speed below which application writes do not slow a resync, in bytes a second; 0 for no throttling} */
    public long minRateBytes() {
        return settings.bytes("c-min-rate");
    }

    /** {@return how long the disk may take before it is given up; zero for ever} */
    public Duration diskTimeout() {
        return tenths("disk-timeout");
    }

    /** {@return which side reads, as drbd.conf names it} */
    public String readBalancing() {
        return settings.text("read-balancing").orElse("prefer-local");
    }

    /** {@return whether an aligned discard counts as writing zeros} */
    public boolean discardZeroesIfAligned() {
        return settings.flag("discard-zeroes-if-aligned");
    }

    /** {@return whether WRITE SAME is not passed down} */
    public boolean disableWriteSame() {
        return settings.flag("disable-write-same");
    }

    /** {@return the unit in which a resync discards what is all zeros, in bytes; 0 for never} */
    public long discardGranularityBytes() {
        return settings.bytes("rs-discard-granularity");
    }

    /** {@return every option by its name in 8.4} */
    public DrbdSettings settings() {
        return settings;
    }

    private Duration tenths(String name) {
        return Duration.ofMillis(settings.number(name) * TENTH_MILLIS);
    }

    /** {@return the given options} */
    @Override
    public String toString() {
        return settings.toString();
    }
}
