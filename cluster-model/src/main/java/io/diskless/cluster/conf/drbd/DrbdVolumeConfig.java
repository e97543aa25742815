package io.diskless.cluster.conf.drbd;

import java.util.Optional;

/**
 * One volume as one host has it, with what the resource says for all hosts. Immutable.
 *
 * @param number the volume's number in the resource
 * @param device the device node; {@code /dev/drbdN} where only a minor is given
 * @param minor the device's minor number
 * @param disk the device below; nothing for {@code none}, a host without a disk
 * @param metaDisk where the meta-data is
 * @param diskOptions the options that count for this volume
 */
public record DrbdVolumeConfig(
        int number, String device, int minor, Optional<String> disk, MetaDisk metaDisk, DrbdDiskOptions diskOptions) {
    /** The highest volume number that the kernel knows. */
    static final int HIGHEST = 65535;

    /** The highest minor that the kernel knows: 20 bits. */
    static final int HIGHEST_MINOR = 1048575;

    /** Where a volume's meta-data is. */
    public sealed interface MetaDisk {
        /** At the end of the disk itself. */
        record Internal() implements MetaDisk {}

        /**
         * One of several fixed slots of a device.
         *
         * @param device the device
         * @param index the slot, from 0
         */
        record Indexed(String device, int index) implements MetaDisk {}

        /**
         * A device of its own, as large as it needs to be.
         *
         * @param device the device
         */
        record Flexible(String device) implements MetaDisk {}
    }

    /** {@return the decimal digits that a device's name ends with} */
    static String digitsAtEnd(String path) {
        int start = path.length();
        while (start > 0 && path.charAt(start - 1) >= '0' && path.charAt(start - 1) <= '9') {
            start--;
        }
        return path.substring(start);
    }
}
