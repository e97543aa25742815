package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.DhcpOption;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.Octets;
import io.diskless.netboot.dhcp.OptionCodes;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Two servers on one network that were told the same and share nothing else: a known machine gets the same octets of both,
 * but for whose they are, whatever it and others said to either before.
 */
class TwoServersProperties {
    private static final Subnet NETWORK = Subnet.builder(ip("10.77.0.0"), 24)
            .router(ip("10.77.0.254"))
            .domain("lab.example")
            .build();
    private static final List<String> KNOWN = List.of("52:54:00:77:00:01", "52:54:00:77:00:02", "52:54:00:77:00:03");
    private static final List<String> MACHINES = List.of(KNOWN.get(0), KNOWN.get(1), KNOWN.get(2), "52:54:00:77:00:99");
    private static final List<String> ADDRESSES =
            List.of("10.77.0.11", "10.77.0.12", "10.77.0.13", "10.77.0.99", "10.99.0.1");

    /** A client's message: who, as which program, what; which address; of which server; and who hears it. */
    record Said(
            String machine, Program program, MessageType type, Place place, String address, int server, int heard) {}

    enum Program {
        PXE,
        HTTP,
        IPXE,
        SYSTEM
    }

    /** Where the address is named. */
    enum Place {
        NOWHERE,
        REQUESTED,
        CIADDR
    }

    private static final class Server {
        final Inet4Address address;
        final DhcpLink link;
        final LeaseTable leases = new LeaseTable();
        final Offers offers = new Offers(100);
        final Engine engine;

        Server(String own, StandardPolicy policy) {
            address = ip(own);
            link = new DhcpLink("br0", address, NETWORK);
            engine = new Engine(
                    DhcpServerOptions.builder()
                            .link(link)
                            .tftpServer(ip("10.77.0.3"))
                            .http(URI.create("http://10.77.0.3/"))
                            .build(),
                    policy,
                    leases,
                    offers);
        }

        Step hear(Said said, Inet4Address named, long now) {
            TestClient client = new TestClient(said.machine());
            switch (said.program()) {
                case PXE -> client.pxe(7);
                case HTTP -> client.http();
                case IPXE -> client.ipxe();
                case SYSTEM -> client.with(DhcpOption.text(OptionCodes.VENDOR_CLASS, "dhcpcd"));
            }
            if (said.place() == Place.CIADDR) {
                client.has(said.address());
            }
            if (said.place() == Place.REQUESTED) {
                client.with(TestClient.wanted(said.address()));
            }
            if (said.server() != NOBODY) {
                client.with(DhcpOption.addresses(OptionCodes.SERVER_ID, named));
            }
            DhcpMessage message = client.says(said.type());
            BootFacts facts = BootFacts.of(message, "br0").orElseThrow();
            Step step = engine.answer(
                    new Arrival(message, facts, new InetSocketAddress(ip("0.0.0.0"), 68), link, false), now);
            step.offered().ifPresent(a -> offers.put(facts.mac(), a, now + 60));
            if (step.offerOver()) {
                offers.remove(facts.mac());
            }
            step.lease().ifPresent(leases::apply);
            return step;
        }
    }

    private static final int NOBODY = 2;

    @Provide
    Arbitrary<Said> said() {
        return Combinators.combine(
                        Arbitraries.of(MACHINES),
                        Arbitraries.of(Program.class),
                        Arbitraries.of(
                                MessageType.DISCOVER,
                                MessageType.REQUEST,
                                MessageType.REQUEST,
                                MessageType.INFORM,
                                MessageType.RELEASE),
                        Arbitraries.of(Place.class),
                        Arbitraries.of(ADDRESSES),
                        Arbitraries.integers().between(0, NOBODY),
                        Arbitraries.integers().between(0, 1))
                .as(Said::new);
    }

    @Provide
    Arbitrary<List<Said>> histories() {
        return said().list().ofMaxSize(12);
    }

    private static StandardPolicy policy() {
        BootProfile profile = BootProfile.ipxe(
                        new BootAnswer.AoeRoot(new AoeAddress(0, 1), Optional.of(new AoeAddress(1, 1)), true))
                .build();
        return StandardPolicy.of(
                new HostList(List.of(
                        host(0).withAddress(ip("10.77.0.11")),
                        host(1).withAddress(ip("10.77.0.12")),
                        host(2).withAddress(ip("10.77.0.13")).withTag(HostTag.STORAGE_NODE))),
                Map.of(
                        HostTag.HARDWARE_NODE,
                        profile,
                        HostTag.STORAGE_NODE,
                        BootProfile.ipxe(new BootAnswer.Kernel("vmlinuz", List.of("initrd"), "quiet"))
                                .build()));
    }

    private static Host host(int i) {
        return Host.of(new TestClient(KNOWN.get(i)).mac, HostTag.HARDWARE_NODE, "machine" + i);
    }

    @Property(tries = 500)
    void theyAnswerAlike(@ForAll("histories") List<Said> history, @ForAll("said") Said last) {
        StandardPolicy policy = policy();
        List<Server> servers = List.of(new Server("10.77.0.1", policy), new Server("10.77.0.2", policy));
        long now = 1_000_000;
        for (Said said : history) {
            // What came before was heard by one of them only, as if the other had been down.
            servers.get(said.heard()).hear(said, servers.get(said.server() % 2).address, now++);
        }
        // The same message, but for the server that it is for.
        Step first = servers.get(0).hear(last, servers.get(0).address, now);
        Step second = servers.get(1).hear(last, servers.get(1).address, now);
        assertThat(first.to()).isEqualTo(second.to());
        assertThat(anonymous(first, servers.get(0))).isEqualTo(anonymous(second, servers.get(1)));
        assertThat(first.roots()).isEqualTo(second.roots());
    }

    /** The octets with the server's name taken out. */
    private static Optional<Octets> anonymous(Step step, Server server) {
        DhcpMessage reply = step.reply();
        if (reply == null) {
            return Optional.empty();
        }
        assertThat(reply.options().address(OptionCodes.SERVER_ID)).contains(server.address);
        byte[] bytes = reply.encode();
        // Options begin after the cookie; 53 comes first and 54 second, four octets after its code and length.
        int at = 240 + 3;
        assertThat(bytes[at]).isEqualTo((byte) OptionCodes.SERVER_ID);
        assertThat(bytes[at + 1]).isEqualTo((byte) 4);
        bytes[at + 5] = 0;
        return Optional.of(Octets.of(bytes));
    }
}
