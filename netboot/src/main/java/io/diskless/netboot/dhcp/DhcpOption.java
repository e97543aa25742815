package io.diskless.netboot.dhcp;

import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.util.List;

/**
 * One option or sub-option: code and data, raw. Immutable.
 *
 * @param code 0 to 255; {@link OptionCodes#PAD} has no data
 * @param data its octets; over 255 of them travel in several parts (RFC 3396)
 */
public record DhcpOption(int code, Octets data) {
    /** One octet of filler. */
    public static final DhcpOption PAD = new DhcpOption(OptionCodes.PAD, Octets.EMPTY);

    /**
     * Checks the code.
     *
     * @throws IllegalArgumentException if the code is not 0 to 254, or filler has data
     */
    public DhcpOption {
        if (code < 0 || code >= OptionCodes.END || (code == OptionCodes.PAD && data.size() > 0)) {
            throw new IllegalArgumentException(
                    "expected code 1 to 254, or 0 without data, got code " + code + " with " + data.size() + " octets");
        }
    }

    /**
     * An option of one octet.
     *
     * @param code 1 to 254
     * @param value 0 to 255
     * @return the option
     */
    public static DhcpOption u8(int code, int value) {
        return new DhcpOption(code, Octets.of((byte) range(value, 0xFF)));
    }

    /**
     * An option of two octets.
     *
     * @param code 1 to 254
     * @param value 0 to 65535
     * @return the option
     */
    public static DhcpOption u16(int code, int value) {
        range(value, 0xFFFF);
        return new DhcpOption(code, Octets.of((byte) (value >> 8), (byte) value));
    }

    /**
     * An option of four octets.
     *
     * @param code 1 to 254
     * @param value 0 to 2^32 - 1
     * @return the option
     */
    public static DhcpOption u32(int code, long value) {
        range(value, 0xFFFF_FFFFL);
        return new DhcpOption(
                code, Octets.of((byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value));
    }

    /**
     * An option of text without a NUL.
     *
     * @param code 1 to 254
     * @param text the text
     * @return the option
     */
    public static DhcpOption text(int code, String text) {
        return new DhcpOption(code, Octets.ofText(text));
    }

    /**
     * An option of addresses.
     *
     * @param code 1 to 254
     * @param addresses one or more, by preference
     * @return the option
     */
    public static DhcpOption addresses(int code, Inet4Address... addresses) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Inet4Address address : addresses) {
            all.writeBytes(address.getAddress());
        }
        return new DhcpOption(code, Octets.of(all.toByteArray()));
    }

    /**
     * An option that holds other options, without an end mark: 82 and 175.
     *
     * @param code 1 to 254
     * @param inner what is in it
     * @return the option
     */
    public static DhcpOption encapsulated(int code, List<DhcpOption> inner) {
        return new DhcpOption(code, OptionArea.toOctets(inner));
    }

    private static long range(long value, long max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException("expected 0 to " + max + ", got " + value);
        }
        return value;
    }
}
