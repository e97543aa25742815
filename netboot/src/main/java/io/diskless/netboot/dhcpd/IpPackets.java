package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Whole IP packets, for where the system's own cannot go. Big-endian, as on the wire. */
final class IpPackets {
    private static final int IPV4_HEADER = 20;
    private static final int UDP_HEADER = 8;
    private static final int UDP = 17;
    private static final int IPV6_HEADER = 40;
    private static final int ICMPV6 = 58;
    private static final int TTL = 64;
    /** RFC 4861 §6.1: a hop limit that no router has touched. */
    private static final int UNTOUCHED = 255;

    private IpPackets() {}

    /** A UDP datagram in an IPv4 packet (RFC 791, RFC 768). */
    static ByteBuffer udp(Inet4Address from, int fromPort, Inet4Address to, int toPort, byte[] payload) {
        int length = UDP_HEADER + payload.length;
        ByteBuffer b = ByteBuffer.allocate(IPV4_HEADER + length);
        b.put((byte) 0x45).put((byte) 0).putShort((short) (IPV4_HEADER + length));
        // Identification 0 and "do not fragment": RFC 6864 §4.1.
        b.putShort((short) 0).putShort((short) 0x4000);
        b.put((byte) TTL).put((byte) UDP).putShort((short) 0);
        b.put(from.getAddress()).put(to.getAddress());
        b.putShort(10, (short) ~fold(sum(b, 0, IPV4_HEADER)));
        b.putShort((short) fromPort).putShort((short) toPort).putShort((short) length);
        b.putShort((short) 0).put(payload);
        // The pseudo header is the two addresses, the protocol and the length.
        int sum = ~fold(sum(b, 12, b.capacity() - 12) + UDP + length) & 0xFFFF;
        // RFC 768: 0 would say that there is none.
        b.putShort(IPV4_HEADER + 6, (short) (sum == 0 ? 0xFFFF : sum));
        return b.flip();
    }

    /** An ICMPv6 message in an IPv6 packet (RFC 8200, RFC 4443); its checksum is put in. */
    static ByteBuffer icmpv6(byte[] from, byte[] to, byte[] message) {
        ByteBuffer b = ByteBuffer.allocate(IPV6_HEADER + message.length);
        b.putInt(0x6000_0000)
                .putShort((short) message.length)
                .put((byte) ICMPV6)
                .put((byte) UNTOUCHED);
        b.put(from).put(to).put(message).putShort(IPV6_HEADER + 2, (short) 0);
        b.putShort(IPV6_HEADER + 2, (short) ~icmpv6Sum(b, message.length));
        return b.flip();
    }

    /**
     * Whether a packet is an ICMPv6 message straight off this network, without extension headers: whole, with a right
     * checksum and a hop limit that no router has touched.
     */
    static boolean isNeighbourMessage(ByteBuffer packet) {
        if (packet.remaining() < IPV6_HEADER + 8 || (packet.get(0) & 0xF0) != 0x60) {
            return false;
        }
        int length = packet.getShort(4) & 0xFFFF;
        return (packet.get(6) & 0xFF) == ICMPV6
                && (packet.get(7) & 0xFF) == UNTOUCHED
                && length >= 8
                && packet.remaining() >= IPV6_HEADER + length
                && icmpv6Sum(packet, length) == 0xFFFF;
    }

    private static int icmpv6Sum(ByteBuffer packet, int length) {
        return fold(sum(packet, 8, 32 + length) + ICMPV6 + length);
    }

    /** fe80::/64 with the card's address in it (RFC 4291, appendix A). */
    static byte[] linkLocal(MacAddress mac) {
        long value = mac.value();
        return ByteBuffer.allocate(16)
                .putLong(0xFE80_0000_0000_0000L)
                .putLong((((value >>> 24) ^ 0x02_0000) << 40) | 0xFF_FE00_0000L | (value & 0xFF_FFFF))
                .array();
    }

    private static long sum(ByteBuffer b, int at, int length) {
        long sum = 0;
        int i = 0;
        for (; i + 1 < length; i += 2) {
            sum += b.getShort(at + i) & 0xFFFF;
        }
        return i < length ? sum + ((b.get(at + i) & 0xFF) << 8) : sum;
    }

    private static int fold(long sum) {
        long folded = sum;
        while (folded > 0xFFFF) {
            folded = (folded & 0xFFFF) + (folded >>> 16);
        }
        return (int) folded;
    }

    /**
     * What a UDP datagram carries. Its checksum is not looked at: a virtual network card leaves it to others.
     *
     * @param packet from the IPv4 header on
     * @return the payload; empty where it is no whole UDP datagram
     */
    static Optional<ByteBuffer> udpPayload(ByteBuffer packet) {
        int size = packet.remaining();
        int at = packet.position();
        if (size < IPV4_HEADER + UDP_HEADER || (packet.get(at) & 0xF0) != 0x40) {
            return Optional.empty();
        }
        int header = (packet.get(at) & 0x0F) * 4;
        int total = packet.getShort(at + 2) & 0xFFFF;
        // More fragments, or not the first.
        boolean fragment = (packet.getShort(at + 6) & 0x3FFF) != 0;
        if (header < IPV4_HEADER
                || total > size
                || header + UDP_HEADER > total
                || fragment
                || packet.get(at + 9) != UDP) {
            return Optional.empty();
        }
        int length = packet.getShort(at + header + 4) & 0xFFFF;
        return length < UDP_HEADER || header + length > total
                ? Optional.empty()
                : Optional.of(packet.slice(at + header + UDP_HEADER, length - UDP_HEADER));
    }
}
