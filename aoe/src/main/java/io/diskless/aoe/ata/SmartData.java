package io.diskless.aoe.ata;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The page that SMART READ DATA returns (spec §4.3; ACS-3 §7.52 leaves the attributes to the vendors, who agree on their
 * layout).
 *
 * <pre>
 *  0         2              362                          511
 *  | revision| 30 attributes| off-line and self-test ... |sum|    512 bytes, which sum to 0 modulo 256
 *  attribute, 12 bytes, little-endian:
 *  0   1         3   4   5                    11
 *  |id | flags   |val|wst| raw, 48 bits       | 0 |              id 0: not used
 * </pre>
 *
 * <p>Immutable.
 */
public final class SmartData {
    /** Bytes of the page. */
    public static final int LENGTH = 512;
    /** Most attributes in a page. */
    public static final int MAX_ATTRIBUTES = 30;
    /** Attribute 241: sectors of 512 bytes written. */
    public static final int SECTORS_WRITTEN = 241;
    /** Attribute 242: sectors of 512 bytes read. */
    public static final int SECTORS_READ = 242;
    /** Attribute 9: hours in use. */
    public static final int POWER_ON_HOURS = 9;

    private static final int REVISION = 0x0010;
    private static final int ATTRIBUTES = 2;
    private static final int ATTRIBUTE_LENGTH = 12;
    private static final int SMART_CAPABILITY = 368;

    private final List<Attribute> attributes;
    private final boolean checksumGood;

    /**
     * One attribute.
     *
     * @param id 1 to 255
     * @param flags 0 to 0xFFFF; bit 1: collected all the time
     * @param value normalised, 0 to 255; higher is better
     * @param worst lowest value so far, 0 to 255
     * @param raw the vendor's number, 0 to 2^48 - 1
     */
    public record Attribute(int id, int flags, int value, int worst, long raw) {
        /** Checks all ranges. */
        public Attribute {
            check("id", id, 1, 0xFF);
            check("flags", flags, 0, 0xFFFF);
            check("value", value, 0, 0xFF);
            check("worst", worst, 0, 0xFF);
            check("raw", raw, 0, 0xFFFF_FFFF_FFFFL);
        }

        /**
         * An attribute that only counts.
         *
         * @param id 1 to 255
         * @param raw 0 to 2^48 - 1
         * @return it, at its best value
         */
        public static Attribute counter(int id, long raw) {
            return new Attribute(id, 0x0032, 100, 100, raw);
        }

        private static void check(String what, long value, long min, long max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(
                        "SMART attribute " + what + " is " + min + " to " + max + ", got " + value);
            }
        }
    }

    private SmartData(List<Attribute> attributes, boolean checksumGood) {
        this.attributes = List.copyOf(attributes);
        this.checksumGood = checksumGood;
    }

    /**
     * A page of attributes.
     *
     * @param attributes at most 30, each id once
     * @return the page
     */
    public static SmartData of(List<Attribute> attributes) {
        if (attributes.size() > MAX_ATTRIBUTES) {
            throw new IllegalArgumentException("a SMART page has at most 30 attributes, got " + attributes.size());
        }
        if (attributes.stream().mapToInt(Attribute::id).distinct().count() != attributes.size()) {
            throw new IllegalArgumentException("a SMART attribute is given twice: " + attributes);
        }
        return new SmartData(attributes, true);
    }

    /**
     * Reads a page that a disk sent. Any content is accepted.
     *
     * @param b frame
     * @param at index of the page's first byte
     * @return its used attributes
     * @throws IndexOutOfBoundsException if the buffer ends before the page does
     */
    public static SmartData parse(ByteBuffer b, int at) {
        Objects.checkFromIndexSize(at, LENGTH, b.limit());
        List<Attribute> attributes = new ArrayList<>();
        for (int i = 0; i < MAX_ATTRIBUTES; i++) {
            int start = at + ATTRIBUTES + i * ATTRIBUTE_LENGTH;
            int id = Bytes.u8(b, start);
            if (id != 0) {
                int value = Bytes.u8(b, start + 3);
                int worst = Bytes.u8(b, start + 4);
                long raw = Bytes.i64(b, start + 4) >>> 8 & 0xFFFF_FFFF_FFFFL;
                attributes.add(new Attribute(id, Bytes.u16(b, start + 1), value, worst, raw));
            }
        }
        int sum = 0;
        for (int i = 0; i < LENGTH; i++) {
            sum += b.get(at + i);
        }
        return new SmartData(attributes, (sum & 0xFF) == 0);
    }

    /**
     * Writes the whole page, its check sum included. Allocates nothing.
     *
     * @param b frame, with room for 512 bytes
     * @param at index where the page starts
     */
    public void copyTo(ByteBuffer b, int at) {
        Bytes.zero(b, at, at + LENGTH);
        Bytes.u16(b, at, REVISION);
        for (int i = 0; i < attributes.size(); i++) {
            Attribute attribute = attributes.get(i);
            int start = at + ATTRIBUTES + i * ATTRIBUTE_LENGTH;
            b.put(start, (byte) attribute.id());
            Bytes.u16(b, start + 1, attribute.flags());
            b.put(start + 3, (byte) attribute.value());
            // Seven bytes of worst and raw, then the reserved one.
            Bytes.i64(b, start + 4, attribute.raw() << 8 | attribute.worst());
        }
        // Saves its attributes across power cycles by itself.
        Bytes.u16(b, at + SMART_CAPABILITY, 0x0003);
        int sum = 0;
        for (int i = 0; i < LENGTH - 1; i++) {
            sum += b.get(at + i);
        }
        b.put(at + LENGTH - 1, (byte) -sum);
    }

    /**
     * The used attributes.
     *
     * @return in the order of the page
     */
    public List<Attribute> attributes() {
        return attributes;
    }

    /**
     * One attribute.
     *
     * @param id 1 to 255
     * @return the first of that id, if there is one
     */
    public Optional<Attribute> attribute(int id) {
        return attributes.stream().filter(a -> a.id() == id).findFirst();
    }

    /**
     * Whether the bytes of the page summed to zero.
     *
     * @return true if so, and for a page made here
     */
    public boolean isChecksumGood() {
        return checksumGood;
    }

    /** {@return the attributes, for messages} */
    @Override
    public String toString() {
        return "SmartData" + attributes;
    }
}
