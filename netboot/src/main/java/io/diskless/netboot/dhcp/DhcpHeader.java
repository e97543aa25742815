package io.diskless.netboot.dhcp;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * The fixed fields before {@code sname} (RFC 2131 §2). Immutable.
 *
 * @param op {@link DhcpFields#REQUEST} or {@link DhcpFields#REPLY}
 * @param htype hardware type, 0 to 255
 * @param hlen octets of chaddr in use, 0 to 16
 * @param hops relays on the way, 0 to 255
 * @param xid transaction id
 * @param secs seconds since the client began, 0 to 65535
 * @param flags 0 to 65535
 * @param ciaddr the address that the client owns
 * @param yiaddr the address given
 * @param siaddr the next server
 * @param giaddr the relay
 * @param chaddr 16 octets
 */
public record DhcpHeader(
        int op,
        int htype,
        int hlen,
        int hops,
        int xid,
        int secs,
        int flags,
        Inet4Address ciaddr,
        Inet4Address yiaddr,
        Inet4Address siaddr,
        Inet4Address giaddr,
        Octets chaddr) {

    /** 0.0.0.0. */
    public static final Inet4Address NO_ADDRESS = address(0);

    /**
     * Checks every range.
     *
     * @throws IllegalArgumentException if a field does not fit
     */
    public DhcpHeader {
        if (op != DhcpFields.REQUEST && op != DhcpFields.REPLY) {
            throw new IllegalArgumentException("expected op 1 or 2, got " + op);
        }
        range("htype", htype, 0xFF);
        range("hlen", hlen, DhcpFields.CHADDR_LENGTH);
        range("hops", hops, 0xFF);
        range("secs", secs, 0xFFFF);
        range("flags", flags, 0xFFFF);
        if (chaddr.size() != DhcpFields.CHADDR_LENGTH) {
            throw new IllegalArgumentException("expected 16 octets of chaddr, got " + chaddr.size());
        }
    }

    private static void range(String field, int value, int max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException("expected " + field + " 0 to " + max + ", got " + value);
        }
    }

    static DhcpHeader read(ByteBuffer b, int at) {
        return new DhcpHeader(
                DhcpFields.op(b, at),
                DhcpFields.htype(b, at),
                DhcpFields.hlen(b, at),
                DhcpFields.hops(b, at),
                DhcpFields.xid(b, at),
                DhcpFields.secs(b, at),
                DhcpFields.flags(b, at),
                address(DhcpFields.ciaddr(b, at)),
                address(DhcpFields.yiaddr(b, at)),
                address(DhcpFields.siaddr(b, at)),
                address(DhcpFields.giaddr(b, at)),
                Octets.copyOf(b, at + DhcpFields.CHADDR_AT, DhcpFields.CHADDR_LENGTH));
    }

    void write(ByteBuffer target) {
        target.put((byte) op).put((byte) htype).put((byte) hlen).put((byte) hops);
        target.putInt(xid).putShort((short) secs).putShort((short) flags);
        target.put(ciaddr.getAddress()).put(yiaddr.getAddress());
        target.put(siaddr.getAddress()).put(giaddr.getAddress());
        chaddr.putInto(target);
    }

    /**
     * Whether the client asks for broadcast.
     *
     * @return the flag
     */
    public boolean isBroadcast() {
        return (flags & DhcpFields.BROADCAST) != 0;
    }

    /**
     * The part of chaddr in use.
     *
     * @return the first {@code hlen} octets
     */
    public Octets hardwareAddress() {
        return chaddr.slice(0, hlen);
    }

    /**
     * An address of 32 bits.
     *
     * @param bits the bits, first octet highest
     * @return the address
     */
    public static Inet4Address address(int bits) {
        byte[] octets = {(byte) (bits >> 24), (byte) (bits >> 16), (byte) (bits >> 8), (byte) bits};
        try {
            return (Inet4Address) InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new AssertionError("four octets are an address", e);
        }
    }
}
