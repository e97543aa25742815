package io.diskless.netboot.dhcp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The fields of a DHCPv4 message in place: no allocation, no copy (RFC 2131 §2).
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+---------------+---------------+
 *  |      op       |     htype     |     hlen      |     hops      |   0
 *  +---------------+---------------+---------------+---------------+
 *  |                              xid                              |   4
 *  +-------------------------------+-------------------------------+
 *  |             secs              |B|           zero              |   8
 *  +-------------------------------+-------------------------------+
 *  |                            ciaddr                             |  12
 *  |                            yiaddr                             |  16
 *  |                            siaddr                             |  20
 *  |                            giaddr                             |  24
 *  +---------------------------------------------------------------+
 *  |                          chaddr (16)                          |  28
 *  |                          sname  (64)                          |  44
 *  |                          file  (128)                          | 108
 *  +---------------------------------------------------------------+
 *  |                      magic 63 82 53 63                        | 236
 *  |              options: code, length, data ...                  | 240
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * <p>Every reader takes the absolute index of the message, reads big-endian whatever the buffer's order is, and asks for
 * a message that {@link #validate} found readable. Thread-safe: it has no state.
 */
public final class DhcpFields {
    /** Value of {@code op} in what a client or relay sends. */
    public static final int REQUEST = 1;
    /** Value of {@code op} in what a server sends. */
    public static final int REPLY = 2;
    /** Bit of {@code flags}: the client cannot take unicast before it has an address. */
    public static final int BROADCAST = 0x8000;
    /** The four octets before the options (RFC 2131 §3). */
    public static final int MAGIC = 0x63825363;
    /** Octets of the fixed part, the magic number included: where the options begin. */
    public static final int FIXED_LENGTH = 240;
    /** Octets of {@code chaddr}. */
    public static final int CHADDR_LENGTH = 16;
    /** Octets of {@code sname}. */
    public static final int SNAME_LENGTH = 64;
    /** Octets of {@code file}. */
    public static final int FILE_LENGTH = 128;
    /** The largest UDP payload over IPv4: 65535 - 20 - 8. */
    public static final int MAX_LENGTH = 65507;
    /** {@code htype} of Ethernet. */
    public static final int ETHERNET = 1;

    static final int CHADDR_AT = 28;
    static final int SNAME_AT = 44;
    static final int FILE_AT = 108;

    private static final int MAGIC_AT = 236;

    private DhcpFields() {}

    /**
     * Judges a message of either direction.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @param length its octets, all within the buffer's limit
     * @return what may be read of it
     */
    public static DhcpVerdict validate(ByteBuffer b, int at, int length) {
        if (length < FIXED_LENGTH) {
            return DhcpVerdict.TRUNCATED;
        }
        if (length > MAX_LENGTH) {
            return DhcpVerdict.TOO_LONG;
        }
        if (op(b, at) != REQUEST && op(b, at) != REPLY) {
            return DhcpVerdict.WRONG_OP;
        }
        if (hlen(b, at) > CHADDR_LENGTH || (htype(b, at) == ETHERNET && hlen(b, at) != 6)) {
            return DhcpVerdict.WRONG_HARDWARE_LENGTH;
        }
        if (u32(b, at + MAGIC_AT) != MAGIC) {
            return DhcpVerdict.WRONG_MAGIC;
        }
        return areas(b, at, length) ? DhcpVerdict.ACCEPTED : DhcpVerdict.OPTIONS_CUT;
    }

    /**
     * Judges what came to a server: {@link #validate}, and a reply is not for it.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @param length its octets
     * @return what may be read of it
     */
    public static DhcpVerdict validateRequest(ByteBuffer b, int at, int length) {
        DhcpVerdict verdict = validate(b, at, length);
        return verdict.isReadable() && op(b, at) != REQUEST ? DhcpVerdict.WRONG_OP : verdict;
    }

    private static boolean areas(ByteBuffer b, int at, int length) {
        int end = at + length;
        if (find(b, at + FIXED_LENGTH, end, -1) == CUT) {
            return false;
        }
        int overload = overload(b, at, length);
        boolean file = (overload & 1) == 0 || find(b, at + FILE_AT, at + FILE_AT + FILE_LENGTH, -1) != CUT;
        boolean sname = (overload & 2) == 0 || find(b, at + SNAME_AT, at + SNAME_AT + SNAME_LENGTH, -1) != CUT;
        return file && sname;
    }

    /** What option 52 of the main area says: bit 0 file, bit 1 sname; 0 where it is missing or senseless. */
    private static int overload(ByteBuffer b, int at, int length) {
        int found = optionAt(b, at, length, OptionCodes.OVERLOAD);
        if (found < 0 || u8(b, found + 1) != 1 || u8(b, found + 2) > 3) {
            return 0;
        }
        return u8(b, found + 2);
    }

    private static final int NONE = -1;
    private static final int CUT = -2;

    /** Index of the first option with the code, {@link #NONE} or {@link #CUT}; -1 as code finds only the latter. */
    private static int find(ByteBuffer b, int from, int end, int code) {
        int i = from;
        while (i < end) {
            int c = u8(b, i);
            if (c == OptionCodes.PAD) {
                i++;
                continue;
            }
            if (c == OptionCodes.END) {
                return NONE;
            }
            if (i + 2 > end || i + 2 + u8(b, i + 1) > end) {
                return CUT;
            }
            if (c == code) {
                return i;
            }
            i += 2 + u8(b, i + 1);
        }
        return NONE;
    }

    /**
     * Where an option begins in the main area: its code is there, its length one further, its data two. Of an option
     * that came in several parts (RFC 3396) this is the first; {@link DhcpMessage#options()} joins them.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @param length its octets
     * @param code 1 to 254
     * @return absolute index, or -1 if there is none
     */
    public static int optionAt(ByteBuffer b, int at, int length, int code) {
        return Math.max(NONE, find(b, at + FIXED_LENGTH, at + length, code));
    }

    /**
     * The message type, option 53.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @param length its octets
     * @return 1 to 255 as it came, or 0 if there is none: plain BOOTP
     */
    public static int messageType(ByteBuffer b, int at, int length) {
        int found = optionAt(b, at, length, OptionCodes.MESSAGE_TYPE);
        return found < 0 || u8(b, found + 1) != 1 ? 0 : u8(b, found + 2);
    }

    /**
     * Message op code.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return {@link #REQUEST}, {@link #REPLY} or what came
     */
    public static int op(ByteBuffer b, int at) {
        return u8(b, at);
    }

    /**
     * Hardware address type.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return 0 to 255
     */
    public static int htype(ByteBuffer b, int at) {
        return u8(b, at + 1);
    }

    /**
     * Hardware address length.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return octets of {@code chaddr} in use, at most 16 once validated
     */
    public static int hlen(ByteBuffer b, int at) {
        return u8(b, at + 2);
    }

    /**
     * Relays on the way.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return 0 to 255
     */
    public static int hops(ByteBuffer b, int at) {
        return u8(b, at + 3);
    }

    /**
     * Transaction id.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return the 32 bits
     */
    public static int xid(ByteBuffer b, int at) {
        return u32(b, at + 4);
    }

    /**
     * Seconds since the client began; byte-swapped by some old firmware.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return 0 to 65535
     */
    public static int secs(ByteBuffer b, int at) {
        return u16(b, at + 8);
    }

    /**
     * Flags.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return 0 to 65535; {@link #BROADCAST} is the only bit with a meaning
     */
    public static int flags(ByteBuffer b, int at) {
        return u16(b, at + 10);
    }

    /**
     * The address that the client owns.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return the 32 bits, 0 for none
     */
    public static int ciaddr(ByteBuffer b, int at) {
        return u32(b, at + 12);
    }

    /**
     * The address given.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return the 32 bits, 0 for none
     */
    public static int yiaddr(ByteBuffer b, int at) {
        return u32(b, at + 16);
    }

    /**
     * The next server.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return the 32 bits, 0 for none
     */
    public static int siaddr(ByteBuffer b, int at) {
        return u32(b, at + 20);
    }

    /**
     * The relay.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return the 32 bits, 0 for none
     */
    public static int giaddr(ByteBuffer b, int at) {
        return u32(b, at + 24);
    }

    /**
     * The first six octets of the hardware address: on Ethernet the MAC address.
     *
     * @param b the buffer
     * @param at absolute index of the message
     * @return 48 bits
     */
    public static long mac(ByteBuffer b, int at) {
        return (long) u16(b, at + CHADDR_AT) << 32 | (u32(b, at + CHADDR_AT + 2) & 0xFFFF_FFFFL);
    }

    private static int u8(ByteBuffer b, int at) {
        return b.get(at) & 0xFF;
    }

    private static int u16(ByteBuffer b, int at) {
        short raw = b.getShort(at);
        return (b.order() == ByteOrder.BIG_ENDIAN ? raw : Short.reverseBytes(raw)) & 0xFFFF;
    }

    private static int u32(ByteBuffer b, int at) {
        int raw = b.getInt(at);
        return b.order() == ByteOrder.BIG_ENDIAN ? raw : Integer.reverseBytes(raw);
    }
}
