package io.diskless.aoe.target;

import io.diskless.aoe.wire.ConfigFields;
import io.diskless.aoe.wire.MaskFields;
import io.diskless.cluster.net.MacAddress;
import java.util.Arrays;
import java.util.List;

/**
 * What peers can set on an export: the config string, the MAC mask list and the list of those who have reserved it. Two
 * are equal if all three are. Immutable.
 */
public final class ExportSettings {
    /** No string, no mask, no reservation. */
    public static final ExportSettings EMPTY = new ExportSettings(new byte[0], List.of(), List.of());

    private final byte[] config;
    private final List<MacAddress> mask;
    private final List<MacAddress> reservation;

    /**
     * Settings.
     *
     * @param config the config string, at most 1024 bytes; copied
     * @param mask who is heard; empty for everybody; at most 255
     * @param reservation who may use the disk; empty for everybody; at most 255
     * @throws IllegalArgumentException if one is too long
     */
    public ExportSettings(byte[] config, List<MacAddress> mask, List<MacAddress> reservation) {
        if (config.length > ConfigFields.MAX_STRING) {
            throw new IllegalArgumentException(
                    "a config string has at most " + ConfigFields.MAX_STRING + " bytes, got " + config.length);
        }
        if (mask.size() > MaskFields.MAX_ENTRIES || reservation.size() > MaskFields.MAX_ENTRIES) {
            throw new IllegalArgumentException("mask and reservation have at most " + MaskFields.MAX_ENTRIES
                    + " entries, got " + mask.size() + " and " + reservation.size());
        }
        this.config = config.clone();
        this.mask = List.copyOf(mask);
        this.reservation = List.copyOf(reservation);
    }

    /**
     * The config string.
     *
     * @return a copy
     */
    public byte[] config() {
        return config.clone();
    }

    /**
     * Who is heard.
     *
     * @return empty for everybody
     */
    public List<MacAddress> mask() {
        return mask;
    }

    /**
     * Who may use the disk.
     *
     * @return empty for everybody
     */
    public List<MacAddress> reservation() {
        return reservation;
    }

    ExportSettings withConfig(byte[] newConfig) {
        return new ExportSettings(newConfig, mask, reservation);
    }

    ExportSettings withMask(List<MacAddress> newMask) {
        return new ExportSettings(config, newMask, reservation);
    }

    ExportSettings withReservation(List<MacAddress> newReservation) {
        return new ExportSettings(config, mask, newReservation);
    }

    /** The string itself: not to be changed. */
    byte[] rawConfig() {
        return config;
    }

    /** Whether this source is heard; no allocation. */
    boolean hears(long source) {
        return mask.isEmpty() || contains(mask, source);
    }

    /** Whether this source may use the disk; no allocation. */
    boolean admits(long source) {
        return reservation.isEmpty() || contains(reservation, source);
    }

    static boolean contains(List<MacAddress> list, long source) {
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i).value() == source) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ExportSettings s
                && Arrays.equals(config, s.config)
                && mask.equals(s.mask)
                && reservation.equals(s.reservation);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(config) * 31 + mask.hashCode() * 7 + reservation.hashCode();
    }

    /** {@return lengths and lists; the string itself may be anything} */
    @Override
    public String toString() {
        return "config " + config.length + " bytes, mask " + mask + ", reservation " + reservation;
    }
}
