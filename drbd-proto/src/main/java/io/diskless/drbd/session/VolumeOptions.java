package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One volume of a resource. Immutable. */
public final class VolumeOptions {
    private final int number;
    private final @Nullable BlockDevice disk;

    private VolumeOptions(int number, @Nullable BlockDevice disk) {
        if (number < 0 || number > 65_535) {
            throw new IllegalArgumentException("a volume has a number of 0 to 65535, got " + number);
        }
        this.number = number;
        this.disk = disk;
    }

    /**
     * A volume whose meta-data lives in memory only: after a restart it is as new, and gets all its data from the peer.
     *
     * @param number 0 to 65535; 0 where the protocol knows but one
     * @param disk holds the data; the caller closes it after the resource
     * @return the options
     */
    public static VolumeOptions volatileMeta(int number, BlockDevice disk) {
        return new VolumeOptions(number, disk);
    }

    /** {@return its number} */
    public int number() {
        return number;
    }

    /** {@return what holds the data; empty if there is only the peer's disk} */
    public Optional<BlockDevice> disk() {
        return Optional.ofNullable(disk);
    }
}
