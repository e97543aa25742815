package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.drbd.meta.MetaOptions;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** One volume of a resource. Immutable. */
public final class VolumeOptions {
    private final int number;
    private final @Nullable BlockDevice disk;

    private final @Nullable BlockDevice metaDisk;
    private final @Nullable MetaOptions meta;

    private final OnIoError onIoError;
    private final OptionalInt resyncAfter;
    private final long size;
    private final int discardGranularity;

    /** What becomes of a disk that fails a request; of one whose meta-data or flush fails, always {@link #DETACH}. */
    public enum OnIoError {
        /** It is given up; the peer serves all requests from then on. */
        DETACH,
        /** It is used on as Inconsistent; what it lacks is marked, and the peer serves that. */
        PASS_ON,
        /** As {@link #DETACH}; the {@linkplain DrbdEvent.IoError event} is the handler's call. */
        CALL_LOCAL_IO_ERROR
    }

    private VolumeOptions(
            int number,
            @Nullable BlockDevice disk,
            @Nullable BlockDevice metaDisk,
            @Nullable MetaOptions meta,
            OnIoError onIoError,
            OptionalInt resyncAfter,
            long size,
            int discardGranularity) {
        if (number < 0 || number > 65_535) {
            throw new IllegalArgumentException("a volume has a number of 0 to 65535, got " + number);
        }
        this.number = number;
        this.disk = disk;
        this.metaDisk = metaDisk;
        this.meta = meta;
        this.onIoError = onIoError;
        this.resyncAfter = resyncAfter;
        this.size = size;
        this.discardGranularity = discardGranularity;
    }

    /**
     * The same with another {@code on-io-error}; {@link OnIoError#DETACH} without this call.
     *
     * @param policy what becomes of the disk
     * @return the options
     */
    public VolumeOptions onIoError(OnIoError policy) {
        return new VolumeOptions(number, disk, metaDisk, meta, policy, resyncAfter, size, discardGranularity);
    }

    /**
     * The same with {@code resync-after}: its resync waits while another volume of the resource resyncs or is paused in a
     * resync, and while that one waits for a third.
     *
     * @param volume the number of the volume that comes first
     * @return the options
     */
    public VolumeOptions resyncAfter(int volume) {
        return new VolumeOptions(
                number, disk, metaDisk, meta, onIoError, OptionalInt.of(volume), size, discardGranularity);
    }

    /**
     * The same with {@code size}: the volume is no larger, however much room both disks have. Where the other side has such a
     * wish too, the smaller one counts.
     *
     * @param bytes a multiple of 512; 0 for as large as both disks allow, as without this call
     * @return the options
     * @throws IllegalArgumentException if it is no such number
     */
    public VolumeOptions size(long bytes) {
        if (bytes < 0 || (bytes & 511) != 0) {
            throw new IllegalArgumentException("a size is a multiple of 512 bytes, got " + bytes);
        }
        return new VolumeOptions(number, disk, metaDisk, meta, onIoError, resyncAfter, bytes, discardGranularity);
    }

    /**
     * The same with {@code rs-discard-granularity}: a resync asks for pieces of that size, and of one that is all zeroes the
     * source says just that, where it can ({@link io.diskless.drbd.wire.Dialect#FF_THIN_RESYNC}); the disk is told to write
     * zeroes there, which a thin one keeps in no space.
     *
     * @param bytes a power of two, 4096 to 1 MiB; 0 to have all of it sent, as without this call
     * @return the options
     * @throws IllegalArgumentException if it is no such number
     */
    public VolumeOptions resyncDiscardGranularity(int bytes) {
        if (bytes != 0 && (Integer.bitCount(bytes) != 1 || bytes < 4096 || bytes > 1 << 20)) {
            throw new IllegalArgumentException(
                    "rs-discard-granularity is a power of two from 4096 to 1048576, or 0, got " + bytes);
        }
        return new VolumeOptions(number, disk, metaDisk, meta, onIoError, resyncAfter, size, bytes);
    }

    /** {@return the size of the pieces that a resync asks for where zeroes need not be sent; 0 to have all of it sent} */
    public int resyncDiscardGranularity() {
        return discardGranularity;
    }

    /** {@return the largest size that is wished for, in bytes; 0 for as large as both disks allow} */
    public long size() {
        return size;
    }

    /** {@return the number of the volume whose resync comes first; empty if there is none} */
    public OptionalInt resyncAfter() {
        return resyncAfter;
    }

    /** {@return what becomes of a disk that fails a request} */
    public OnIoError onIoError() {
        return onIoError;
    }

    /**
     * A volume with meta-data that exists already, see {@link io.diskless.drbd.meta.MetaData#create}.
     *
     * @param number 0 to 65535; 0 where the protocol knows but one
     * @param disk holds the data; the caller closes it after the resource
     * @param metaDisk holds the meta-data: the same device for internal meta-data; the caller closes it after the resource
     * @param meta where on it
     * @return the options
     */
    public static VolumeOptions of(int number, BlockDevice disk, BlockDevice metaDisk, MetaOptions meta) {
        return new VolumeOptions(number, disk, metaDisk, meta, OnIoError.DETACH, OptionalInt.empty(), 0, 0);
    }

    /**
     * A volume without a disk: everything is read from and written to the peer.
     *
     * @param number 0 to 65535; 0 where the protocol knows but one
     * @return the options
     */
    public static VolumeOptions diskless(int number) {
        return new VolumeOptions(number, null, null, null, OnIoError.DETACH, OptionalInt.empty(), 0, 0);
    }

    /**
     * A volume whose meta-data lives in memory only: after a restart it is as new, and gets all its data from the peer.
     *
     * @param number 0 to 65535; 0 where the protocol knows but one
     * @param disk holds the data; the caller closes it after the resource
     * @return the options
     */
    public static VolumeOptions volatileMeta(int number, BlockDevice disk) {
        return new VolumeOptions(number, disk, null, null, OnIoError.DETACH, OptionalInt.empty(), 0, 0);
    }

    /** {@return its number} */
    public int number() {
        return number;
    }

    /** {@return what holds the data; empty if there is only the peer's disk} */
    public Optional<BlockDevice> disk() {
        return Optional.ofNullable(disk);
    }

    @Nullable
    BlockDevice metaDisk() {
        return metaDisk;
    }

    @Nullable
    MetaOptions meta() {
        return meta;
    }
}
