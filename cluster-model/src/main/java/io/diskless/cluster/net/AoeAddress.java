package io.diskless.cluster.net;

import java.util.Objects;

/**
 * The name of an AoE target: shelf ("major") and slot ("minor"), written {@code e0.1} as Linux names its devices, or
 * {@code 0.1} as vblade prints it.
 *
 * <p>Shelf 0xFFFF and slot 0xFF are the broadcast values and name no target. Shelf 4095 is a legal address that Linux
 * initiators refuse to use ({@link #isUsableByLinux()}). Immutable.
 *
 * @param shelf 0 to 65534
 * @param slot 0 to 254
 */
public record AoeAddress(int shelf, int slot) implements Comparable<AoeAddress> {
    /** The shelf value that means "all shelves" on the wire; never an address. */
    public static final int ALL_SHELVES = 0xFFFF;

    /** The slot value that means "all slots" on the wire; never an address. */
    public static final int ALL_SLOTS = 0xFF;

    /** Linux takes this shelf for an unset dip switch and ignores the target. */
    private static final int DIP_SWITCH_SHELF = 0x0FFF;

    /**
     * Checks both ranges.
     *
     * @throws IllegalArgumentException if the shelf or the slot is out of range
     */
    public AoeAddress {
        if (shelf < 0 || shelf >= ALL_SHELVES) {
            throw new IllegalArgumentException("AoE shelf is 0 to 65534, got " + shelf);
        }
        if (slot < 0 || slot >= ALL_SLOTS) {
            throw new IllegalArgumentException("AoE slot is 0 to 254, got " + slot);
        }
    }

    /**
     * Reads an address from text.
     *
     * @param text {@code e0.1} or {@code 0.1}, decimal
     * @return the address
     * @throws IllegalArgumentException if the text is anything else
     */
    public static AoeAddress parse(String text) {
        Objects.requireNonNull(text, "text");
        String digits = text.startsWith("e") ? text.substring(1) : text;
        int dot = digits.indexOf('.');
        if (dot < 0 || !isNumber(digits, 0, dot) || !isNumber(digits, dot + 1, digits.length())) {
            throw new IllegalArgumentException("expected an AoE address such as e0.1, got \"" + text + "\"");
        }
        return new AoeAddress(Integer.parseInt(digits.substring(0, dot)), Integer.parseInt(digits.substring(dot + 1)));
    }

    private static boolean isNumber(String s, int from, int to) {
        boolean good = to > from && to - from <= 5;
        for (int i = from; good && i < to; i++) {
            good = s.charAt(i) >= '0' && s.charAt(i) <= '9';
        }
        return good;
    }

    /**
     * Whether a Linux kernel would use a target of this name.
     *
     * @return false for shelf 4095 only
     */
    public boolean isUsableByLinux() {
        return shelf != DIP_SWITCH_SHELF;
    }

    @Override
    public int compareTo(AoeAddress other) {
        return Integer.compare(shelf << 8 | slot, other.shelf << 8 | other.slot);
    }

    /** {@return the Linux form, {@code e0.1}} */
    @Override
    public String toString() {
        return "e" + shelf + "." + slot;
    }
}
