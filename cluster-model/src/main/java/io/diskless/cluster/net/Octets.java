package io.diskless.cluster.net;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Some bytes of a message that never change: compared by content, shown as hex.
 *
 * <p>Immutable.
 */
public final class Octets {
    /** No bytes. */
    public static final Octets EMPTY = new Octets(new byte[0]);

    private static final int SHOWN = 32;

    private final byte[] bytes;

    private Octets(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A copy of an array.
     *
     * @param bytes any number
     * @return the same bytes
     */
    public static Octets of(byte... bytes) {
        return bytes.length == 0 ? EMPTY : new Octets(bytes.clone());
    }

    /**
     * The bytes of a text in UTF-8.
     *
     * @param text any
     * @return its bytes
     */
    public static Octets ofText(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A copy of a part of a buffer.
     *
     * @param b any buffer; its position stays
     * @param from index of the first byte
     * @param length how many
     * @return the same bytes
     */
    public static Octets copy(ByteBuffer b, int from, int length) {
        if (length == 0) {
            return EMPTY;
        }
        byte[] bytes = new byte[length];
        b.get(from, bytes);
        return new Octets(bytes);
    }

    /**
     * How many.
     *
     * @return 0 or more
     */
    public int size() {
        return bytes.length;
    }

    /**
     * One byte.
     *
     * @param index 0 to size - 1
     * @return 0 to 255
     */
    public int get(int index) {
        return bytes[index] & 0xFF;
    }

    /**
     * The first of them.
     *
     * @param length 0 to size
     * @return that many bytes
     */
    public Octets first(int length) {
        return copy(ByteBuffer.wrap(bytes), 0, length);
    }

    /**
     * Some of them.
     *
     * @param from index of the first, 0 to size
     * @param length 0 to size - from
     * @return that many bytes
     */
    public Octets slice(int from, int length) {
        return copy(ByteBuffer.wrap(bytes), from, length);
    }

    /**
     * A copy.
     *
     * @return a new array
     */
    public byte[] toArray() {
        return bytes.clone();
    }

    /**
     * A view, without a copy.
     *
     * @return a read-only buffer from position 0
     */
    public ByteBuffer asBuffer() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /**
     * Copies all of them into a buffer, whose position stays.
     *
     * @param b has room for them
     * @param at index where the first goes
     */
    public void copyTo(ByteBuffer b, int at) {
        b.put(at, bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Octets that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** {@return hex of the first 32 bytes, and how many there are if more} */
    @Override
    public String toString() {
        String hex = HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, SHOWN));
        return bytes.length <= SHOWN ? hex : hex + "... (" + bytes.length + " bytes)";
    }
}
