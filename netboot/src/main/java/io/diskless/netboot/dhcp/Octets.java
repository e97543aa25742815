package io.diskless.netboot.dhcp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** A string of octets that never changes, with the big-endian readings that option data needs. Immutable. */
public final class Octets {
    /** No octets. */
    public static final Octets EMPTY = new Octets(new byte[0]);

    private final byte[] bytes;

    private Octets(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A copy of the bytes.
     *
     * @param bytes any number of bytes
     * @return the octets
     */
    public static Octets of(byte... bytes) {
        return bytes.length == 0 ? EMPTY : new Octets(bytes.clone());
    }

    /**
     * A copy of a piece of a buffer, whose position and limit stay.
     *
     * @param source the buffer
     * @param at absolute index of the first octet
     * @param length number of octets
     * @return the octets
     * @throws IndexOutOfBoundsException if the piece is not within the buffer's limit
     */
    public static Octets copyOf(ByteBuffer source, int at, int length) {
        byte[] copy = new byte[length];
        source.get(at, copy);
        return new Octets(copy);
    }

    /**
     * The octets of hexadecimal digits.
     *
     * @param digits pairs of digits, nothing between them
     * @return the octets
     * @throws IllegalArgumentException if it is something else
     */
    public static Octets ofHex(String digits) {
        return new Octets(HexFormat.of().parseHex(digits));
    }

    /**
     * The octets of a text in UTF-8, without a NUL at the end.
     *
     * @param text the text
     * @return the octets
     */
    public static Octets ofText(String text) {
        return new Octets(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * All parts in their order.
     *
     * @param parts the parts
     * @return one string of octets
     */
    public static Octets join(List<Octets> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        ByteBuffer all =
                ByteBuffer.allocate(parts.stream().mapToInt(Octets::size).sum());
        parts.forEach(part -> all.put(part.bytes));
        return new Octets(all.array());
    }

    /**
     * How many octets there are.
     *
     * @return 0 or more
     */
    public int size() {
        return bytes.length;
    }

    /**
     * One octet.
     *
     * @param index from 0
     * @return 0 to 255
     * @throws IndexOutOfBoundsException beyond the end
     */
    public int u8(int index) {
        return bytes[index] & 0xFF;
    }

    /**
     * Two octets, big-endian.
     *
     * @param index of the first, from 0
     * @return 0 to 65535
     * @throws IndexOutOfBoundsException beyond the end
     */
    public int u16(int index) {
        return u8(index) << 8 | u8(index + 1);
    }

    /**
     * Four octets, big-endian.
     *
     * @param index of the first, from 0
     * @return 0 to 2^32 - 1
     * @throws IndexOutOfBoundsException beyond the end
     */
    public long u32(int index) {
        return (long) u16(index) << 16 | u16(index + 2);
    }

    /**
     * A piece of it.
     *
     * @param from first index
     * @param to index after the last
     * @return the piece
     * @throws IndexOutOfBoundsException if {@code from..to} is not within
     */
    public Octets slice(int from, int to) {
        if (from < 0 || to > bytes.length || from > to) {
            throw new IndexOutOfBoundsException(
                    "expected a piece of " + bytes.length + " octets, got " + from + ".." + to);
        }
        return from == 0 && to == bytes.length ? this : new Octets(Arrays.copyOfRange(bytes, from, to));
    }

    /**
     * The text up to the first NUL, read as UTF-8; what is not UTF-8 becomes U+FFFD.
     *
     * @return the text
     */
    public String text() {
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    /**
     * Whether every octet has this value; true of no octets.
     *
     * @param value 0 to 255
     * @return whether all are equal to it
     */
    public boolean isAll(int value) {
        for (byte b : bytes) {
            if ((b & 0xFF) != value) {
                return false;
            }
        }
        return true;
    }

    /**
     * A fresh array.
     *
     * @return a copy that the caller may change
     */
    public byte[] toArray() {
        return bytes.clone();
    }

    /** Appends them at the buffer's position. */
    void putInto(ByteBuffer target) {
        target.put(bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Octets o && Arrays.equals(bytes, o.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Lower-case hexadecimal digits, nothing between them. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
