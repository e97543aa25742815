package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.Datagram;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.MessageType;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A whole server under machines that were made up: it holds no more than its pool and its bounds, and still serves its own. */
class ResponderFloodTest {
    private static final int MACHINES = 40_000;
    private static final InetSocketAddress NOBODY = new InetSocketAddress(ip("0.0.0.0"), 68);

    private final BootPolicy policy = StandardPolicy.of(
                    new HostList(List.of(Host.of(MacAddress.parse("52:54:00:77:00:01"), HostTag.INSTANCE, "ruby")
                            .withAddress(ip("10.77.0.5")))),
                    Map.of())
            .withStrangers(BootProfile.always(new BootAnswer.AddressOnly()));
    private final DhcpResponder server = new DhcpResponder(
            DhcpServerOptions.builder()
                    .link(new DhcpLink(
                            "br0",
                            ip("10.77.0.1"),
                            Subnet.builder(ip("10.77.0.0"), 16)
                                    .pool(ip("10.77.128.0"), ip("10.77.255.254"))
                                    .build()))
                    .build(),
            policy,
            LeaseStore.memory(),
            Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));

    private List<Datagram> says(DhcpMessage message) {
        return server.hear(NOBODY, ByteBuffer.wrap(message.encode()), false);
    }

    @Test
    void aFloodOfMadeUpMachines() {
        for (int i = 0; i < MACHINES; i++) {
            TestClient stranger =
                    new TestClient(MacAddress.of(0x02_0000_000000L + i).toString());
            assertThat(says(stranger.says(MessageType.DISCOVER)).size()).isLessThanOrEqualTo(1);
        }
        assertThat(server.counters().received()).isEqualTo(MACHINES);
        assertThat(server.counters().offered()).as("the oldest offers gave way").isEqualTo(16_384);
        assertThat(server.leases()).as("nothing is kept for who takes nothing").isEmpty();
        TestClient ruby = new TestClient("52:54:00:77:00:01");
        DhcpMessage offer = reply(says(ruby.says(MessageType.DISCOVER)));
        assertThat(offer.header().yiaddr()).isEqualTo(ip("10.77.0.5"));
    }

    @Test
    void noiseIsCountedAndNothingElse() {
        for (int length = 0; length < 600; length++) {
            assertThat(server.hear(NOBODY, ByteBuffer.allocate(length), false)).isEmpty();
        }
        assertThat(server.counters().malformed()).isEqualTo(600);
        assertThat(server.hearBootServer(NOBODY, ByteBuffer.allocate(300)))
                .as("it is no boot server")
                .isEmpty();
    }

    private static DhcpMessage reply(List<Datagram> said) {
        assertThat(said).hasSize(1);
        ByteBuffer payload = said.get(0).payload();
        return DhcpMessage.decode(payload, payload.position(), payload.remaining())
                .orElseThrow();
    }
}
