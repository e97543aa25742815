package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers IPv6 router solicitations so that iPXE, which waits 13 to 16 s for a router before it boots by IPv4, waits no
 * longer. The advertisement (RFC 4861 §4.2) says that this is no router (lifetime 0), gives no address and names one
 * network as being here, for as long as a boot takes. Only iPXE that was just given an address gets it, and nobody where a
 * router speaks for itself. Confined to the server's event loop.
 *
 * <pre>
 *   type 134, code 0, checksum | hop limit 64, flags 0, lifetime 0 | reachable time 0 | retransmission time 0
 *   option 1: the card's address
 *   option 3: prefix fdMM:MMMM:MMMM::/64 of the card's last octets (RFC 4193), on link, valid for 60 s
 * </pre>
 */
final class RouterAnswers {
    static final int SOLICITATION = 133;
    static final int ADVERTISEMENT = 134;

    private static final int IPV6_HEADER = 40;
    private static final int SOURCE_AT = 8;
    private static final int OPTIONS_AT = IPV6_HEADER + 8;
    /** How long a router that was heard is believed in: the longest pause between advertisements (RFC 4861 §6.2.1). */
    private static final long ROUTER_NANOS = 1_800_000_000_000L;

    private static final int PREFIX_SECONDS = 60;
    private static final byte[] ALL_NODES = new byte[16];

    static {
        ALL_NODES[0] = (byte) 0xFF;
        ALL_NODES[1] = 2;
        ALL_NODES[15] = 1;
    }

    private final MacAddress own;
    private boolean routerHeard;
    private long routerAt;

    RouterAnswers(MacAddress own) {
        this.own = own;
    }

    /** What became of a packet. */
    enum Heard {
        SOLICITATION,
        /** A router speaks for itself, for the first time in a while. */
        ROUTER,
        NOTHING
    }

    /** What a packet is, from its IPv6 header on; the time is of a clock that does not go back. */
    Heard hear(ByteBuffer packet, long nanos) {
        if (!IpPackets.isNeighbourMessage(packet) || packet.get(IPV6_HEADER + 1) != 0) {
            return Heard.NOTHING;
        }
        int type = packet.get(IPV6_HEADER) & 0xFF;
        if (type == ADVERTISEMENT && isRouter(packet)) {
            boolean fresh = !routerSpeaks(nanos);
            routerHeard = true;
            routerAt = nanos;
            return fresh ? Heard.ROUTER : Heard.NOTHING;
        }
        return type == SOLICITATION && areOptionsWhole(packet) && !routerSpeaks(nanos)
                ? Heard.SOLICITATION
                : Heard.NOTHING;
    }

    /** One that says lifetime 0 is another server like this, or no router any more. */
    private static boolean isRouter(ByteBuffer packet) {
        return packet.remaining() >= OPTIONS_AT + 8 && packet.getShort(IPV6_HEADER + 6) != 0;
    }

    private boolean routerSpeaks(long nanos) {
        return routerHeard && nanos - routerAt < ROUTER_NANOS;
    }

    /** RFC 4861 §6.1.1. */
    private static boolean areOptionsWhole(ByteBuffer packet) {
        int end = IPV6_HEADER + (packet.getShort(4) & 0xFFFF);
        int at = OPTIONS_AT;
        while (at + 1 < end) {
            int length = 8 * (packet.get(at + 1) & 0xFF);
            if (length == 0) {
                return false;
            }
            at += length;
        }
        return at == end;
    }

    /** The answer to a solicitation. */
    ByteBuffer answer(ByteBuffer solicitation) {
        byte[] asker = new byte[16];
        solicitation.get(SOURCE_AT, asker);
        boolean nameless = Arrays.equals(asker, new byte[16]);
        return IpPackets.icmpv6(IpPackets.linkLocal(own), nameless ? ALL_NODES : asker, advertisement());
    }

    private byte[] advertisement() {
        ByteBuffer b = ByteBuffer.allocate(16 + 8 + 32);
        b.put((byte) ADVERTISEMENT).put((byte) 0).putShort((short) 0);
        b.put((byte) 64).put((byte) 0).putShort((short) 0).putInt(0).putInt(0);
        b.put((byte) 1).put((byte) 1);
        b.putShort((short) (own.value() >> 32)).putInt((int) own.value());
        // Flags: on link (0x80), not for addresses.
        b.put((byte) 3).put((byte) 4).put((byte) 64).put((byte) 0x80);
        b.putInt(PREFIX_SECONDS).putInt(PREFIX_SECONDS).putInt(0);
        b.putLong(0xFD00_0000_0000_0000L | ((own.value() & 0xFF_FFFF_FFFFL) << 16))
                .putLong(0);
        return b.array();
    }

    /** The card of an interface, if it has one. */
    static Optional<MacAddress> card(byte @Nullable [] hardware) {
        return Optional.ofNullable(hardware)
                .filter(h -> h.length == MacAddress.BYTES)
                .map(h -> {
                    ByteBuffer b = ByteBuffer.wrap(h);
                    return MacAddress.of(((b.getShort() & 0xFFFFL) << 32) | (b.getInt() & 0xFFFF_FFFFL));
                });
    }
}
