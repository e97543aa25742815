package io.diskless.aoe.wire;

import java.nio.ByteBuffer;

/**
 * The Ethernet header in front of an AoE message (spec: AoEr11 §2, IEEE 802.3 and 802.1Q).
 *
 * <pre>
 *  0      6      12   14                       untagged
 *  | dst  | src  |type| AoE header ...
 *  0      6      12   14   16   18             tagged: everything behind moves by 4
 *  | dst  | src  |8100| tci|type| AoE header ...
 * </pre>
 *
 * <p>All accessors take the index of the frame's first byte. Big-endian. No allocation.
 */
public final class EthernetHeader {
    /** EtherType of AoE. */
    public static final int ETHERTYPE_AOE = 0x88A2;
    /** EtherType of an 802.1Q tag. */
    public static final int ETHERTYPE_VLAN = 0x8100;
    /** Bytes of an untagged header: where the AoE header starts. */
    public static final int LENGTH = 14;
    /** Bytes of a tagged header. */
    public static final int TAGGED_LENGTH = 18;
    /** The shortest frame Ethernet carries, without check sum; shorter ones are padded with zeroes. */
    public static final int MIN_FRAME = 60;

    private static final int DST = 0;
    private static final int SRC = 6;
    private static final int TYPE = 12;
    private static final int TCI = 14;
    private static final int INNER_TYPE = 16;

    private EthernetHeader() {}

    /**
     * Destination address.
     *
     * @param b frame
     * @param frame index of its first byte
     * @return 48 bits, see {@link io.diskless.cluster.net.MacAddress#of(long)}
     */
    public static long destination(ByteBuffer b, int frame) {
        return Bytes.mac(b, frame + DST);
    }

    /**
     * Source address.
     *
     * @param b frame
     * @param frame index of its first byte
     * @return 48 bits
     */
    public static long source(ByteBuffer b, int frame) {
        return Bytes.mac(b, frame + SRC);
    }

    /**
     * The type field behind the addresses: {@link #ETHERTYPE_VLAN} if the frame is tagged.
     *
     * @param b frame
     * @param frame index of its first byte
     * @return 0 to 0xFFFF
     */
    public static int type(ByteBuffer b, int frame) {
        return Bytes.u16(b, frame + TYPE);
    }

    /**
     * Tag control information of a tagged frame: 3 bits priority, 1 bit drop eligible, 12 bits VLAN.
     *
     * @param b frame, at least 18 bytes, tagged
     * @param frame index of its first byte
     * @return 0 to 0xFFFF
     */
    public static int tagControl(ByteBuffer b, int frame) {
        return Bytes.u16(b, frame + TCI);
    }

    /**
     * The type field behind an 802.1Q tag.
     *
     * @param b frame, at least 18 bytes, tagged
     * @param frame index of its first byte
     * @return 0 to 0xFFFF
     */
    public static int innerType(ByteBuffer b, int frame) {
        return Bytes.u16(b, frame + INNER_TYPE);
    }

    /**
     * Whether an address is a group's, broadcast included: never a valid source.
     *
     * @param mac 48 bits
     * @return true if the group bit is set
     */
    public static boolean isGroup(long mac) {
        return (mac & 0x0100_0000_0000L) != 0;
    }

    /**
     * Writes an untagged header of type AoE.
     *
     * @param b frame
     * @param frame index of its first byte
     * @param destination 48 bits
     * @param source 48 bits
     */
    public static void write(ByteBuffer b, int frame, long destination, long source) {
        Bytes.mac(b, frame + DST, destination);
        Bytes.mac(b, frame + SRC, source);
        Bytes.u16(b, frame + TYPE, ETHERTYPE_AOE);
    }

    /**
     * Writes a tagged header of type AoE.
     *
     * @param b frame
     * @param frame index of its first byte
     * @param destination 48 bits
     * @param source 48 bits
     * @param tagControl priority, drop eligible and VLAN, 16 bits
     */
    public static void writeTagged(ByteBuffer b, int frame, long destination, long source, int tagControl) {
        Bytes.mac(b, frame + DST, destination);
        Bytes.mac(b, frame + SRC, source);
        Bytes.u16(b, frame + TYPE, ETHERTYPE_VLAN);
        Bytes.u16(b, frame + TCI, tagControl);
        Bytes.u16(b, frame + INNER_TYPE, ETHERTYPE_AOE);
    }

    /**
     * Pads a frame to the Ethernet minimum with zeroes. Packet sockets, veth, tap and some cards do not do it, and some
     * receivers drop what is shorter (spec §1).
     *
     * @param b frame, with room for 60 bytes
     * @param frame index of its first byte
     * @param length bytes written so far
     * @return the length to send, at least {@link #MIN_FRAME}
     */
    public static int pad(ByteBuffer b, int frame, int length) {
        if (length >= MIN_FRAME) {
            return length;
        }
        Bytes.zero(b, frame + length, frame + MIN_FRAME);
        return MIN_FRAME;
    }
}
