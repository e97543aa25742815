package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcp.Octets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Whole packets: checksums against a sum done the slow way, and against packets of a real iPXE and a real router. */
class IpPacketsTest {
    /** A solicitation of iPXE and the advertisement that dnsmasq answered it with, from their IPv6 headers on (a2-ra.pcap). */
    static final byte[] SOLICITATION = HexFormat.of()
            .parseHex(
                    "6000000000103afffe80000000000000505400fffe770001ff0200000000000000000000000000028500d995000000000101525400770001");

    static final byte[] ADVERTISEMENT = HexFormat.of()
            .parseHex(
                    "6c0fdfa400403afffe80000000000000803f05fffe50f409fe80000000000000505400fffe770001860098c84000070800000000"
                            + "00000000030440c0ffffffffffffffff00000000fd77000000000000000000000000000005010000000005dc01013a9d9b32b162");

    private static int onesComplement(ByteBuffer b, int at, int length, int more) {
        int sum = more;
        for (int i = 0; i < length; i++) {
            sum += (b.get(at + i) & 0xFF) << (i % 2 == 0 ? 8 : 0);
            sum = sum > 0xFFFF ? sum - 0xFFFF : sum;
        }
        return sum;
    }

    @Test
    void aDatagramIsReadBackAndWhatIsCutOrInPiecesIsNot() {
        byte[] payload = {1, 2, 3, 4, 5};
        ByteBuffer whole = IpPackets.udp(DhcpHeader.address(0x0A4D0001), 67, DhcpHeader.address(-1), 68, payload);
        assertThat(IpPackets.udpPayload(whole)).contains(ByteBuffer.wrap(payload));
        ByteBuffer padded = ByteBuffer.allocate(60).put(whole.duplicate()).clear();
        assertThat(IpPackets.udpPayload(padded))
                .as("a short frame is filled up")
                .contains(ByteBuffer.wrap(payload));
        for (int length = 0; length < whole.limit(); length++) {
            assertThat(IpPackets.udpPayload(whole.duplicate().limit(length)))
                    .as("%d octets", length)
                    .isEmpty();
        }
        // Each octet of both headers in turn says something else: never an exception, never more than there is.
        for (int at = 0; at < 28; at++) {
            for (int value = 0; value < 256; value++) {
                ByteBuffer other = ByteBuffer.allocate(whole.limit())
                        .put(whole.duplicate())
                        .clear();
                other.put(at, (byte) value);
                assertThat(IpPackets.udpPayload(other)
                                .map(ByteBuffer::remaining)
                                .orElse(0))
                        .isLessThanOrEqualTo(payload.length);
            }
        }
        ByteBuffer fragment =
                ByteBuffer.allocate(whole.limit()).put(whole.duplicate()).clear();
        assertThat(IpPackets.udpPayload(fragment.putShort(6, (short) 0x2000))).isEmpty();
        assertThat(IpPackets.udpPayload(fragment.putShort(6, (short) 1))).isEmpty();
    }

    @Test
    void aDatagramIsWholeWithAnEvenAndAnOddPayload() {
        for (String text : new String[] {"", "even", "odd", "offer".repeat(100)}) {
            byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
            ByteBuffer b = IpPackets.udp(ip("10.77.0.1"), 67, ip("10.77.0.100"), 68, payload);
            assertThat(b.remaining()).isEqualTo(28 + payload.length);
            assertThat(b.getShort(2)).as("length").isEqualTo((short) (28 + payload.length));
            assertThat(onesComplement(b, 0, 20, 0)).as("header's checksum").isEqualTo(0xFFFF);
            assertThat(onesComplement(b, 12, 16 + payload.length, 17 + 8 + payload.length))
                    .as("UDP's checksum")
                    .isEqualTo(0xFFFF);
            assertThat(b.getShort(20)).isEqualTo((short) 67);
            assertThat(b.getShort(22)).isEqualTo((short) 68);
            assertThat(b.getShort(24)).isEqualTo((short) (8 + payload.length));
            assertThat(b.slice(28, payload.length)).isEqualTo(ByteBuffer.wrap(payload));
        }
    }

    @Test
    void aChecksumOfZeroIsSentAsAllOnes() {
        // Everything but the two octets of the payload adds up to something; the payload makes it all ones.
        ByteBuffer without = IpPackets.udp(ip("10.77.0.1"), 67, ip("10.77.0.100"), 68, new byte[2]);
        short checksum = without.getShort(26);
        byte[] payload = {(byte) (checksum >> 8), (byte) checksum};
        assertThat(IpPackets.udp(ip("10.77.0.1"), 67, ip("10.77.0.100"), 68, payload)
                        .getShort(26))
                .isEqualTo((short) 0xFFFF);
    }

    @Test
    void realNeighbourMessagesPassAndDamagedOnesDoNot() {
        assertThat(IpPackets.isNeighbourMessage(ByteBuffer.wrap(SOLICITATION))).isTrue();
        assertThat(IpPackets.isNeighbourMessage(ByteBuffer.wrap(ADVERTISEMENT))).isTrue();
        for (int at = 4; at < SOLICITATION.length; at++) {
            byte[] damaged = SOLICITATION.clone();
            damaged[at] ^= 1;
            assertThat(IpPackets.isNeighbourMessage(ByteBuffer.wrap(damaged)))
                    .as("octet %d", at)
                    .isFalse();
        }
        for (int length = 0; length < SOLICITATION.length; length++) {
            assertThat(IpPackets.isNeighbourMessage(ByteBuffer.wrap(SOLICITATION, 0, length)))
                    .as("cut after %d", length)
                    .isFalse();
        }
    }

    @Test
    void whatWeSayPassesToo() {
        byte[] message = {(byte) 134, 0, 1, 2, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        ByteBuffer packet =
                IpPackets.icmpv6(IpPackets.linkLocal(MacAddress.parse("3a:9d:9b:32:b1:62")), new byte[16], message);
        assertThat(IpPackets.isNeighbourMessage(packet)).isTrue();
    }

    @Test
    void theAddressOfACardIsTheOneThatIpxeUses() {
        Octets address = Octets.of(IpPackets.linkLocal(MacAddress.parse("52:54:00:77:00:01")));
        byte[] captured = new byte[16];
        ByteBuffer.wrap(SOLICITATION).get(8, captured);
        assertThat(address).isEqualTo(Octets.of(captured));
    }
}
