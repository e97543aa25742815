package io.diskless.aoe.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Interfaces that go down, vanish, come back and shrink while frames fly; both kinds of link. */
@RequiresNetworkNamespace
@Timeout(300)
class PacketFaultsIT {
    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable c : toClose) {
            c.close();
        }
    }

    private <T extends AutoCloseable> T later(T c) {
        toClose.add(0, c);
        return c;
    }

    private EthernetLink open(String name, LinkOptions.Preference kind) throws AoeException {
        return later(Links.open(name, LinkOptions.builder().preference(kind).build()));
    }

    /** What a listener heard. */
    private static final class Heard implements LinkListener {
        private final List<String> words = new ArrayList<>();

        @Override
        public void onState(EthernetLink link, LinkState state) {
            words.add(state.name());
        }

        @Override
        public void onMtu(EthernetLink link, int mtu) {
            words.add("mtu " + mtu);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RING", "SOCKET"})
    void downAndUpUnderLoad(LinkOptions.Preference kind) throws Exception {
        Netns.Wire cable = later(Cables.lay(1500));
        EthernetLink a = Cables.awaitState(open(cable.left(), kind), LinkState.UP);
        EthernetLink b = Cables.awaitState(open(cable.right(), kind), LinkState.UP);
        Heard heard = new Heard();
        a.listener(heard);
        for (int round = 1; round <= 3; round++) {
            Netns.down(cable.left());
            // Under load: the loss is noticed by sending, or by the monitor, whichever is first.
            Cables.await("the link is down", List.of(a), () -> {
                for (int i = 0; i < 20 && a.sendCapacity() > 0; i++) {
                    Cables.put(a, b.address().value(), 0x10, i, 1514);
                }
                a.flush();
                return a.state() == LinkState.DOWN;
            });
            long droppedBefore = a.counters().sendDropped();
            int free = a.sendCapacity();
            Cables.put(a, b.address().value(), 0x10, 1, 60);
            a.flush();
            assertThat(a.counters().sendDropped()).isEqualTo(droppedBefore + 1);
            assertThat(a.sendCapacity())
                    .as("slots of dropped frames are free again")
                    .isGreaterThanOrEqualTo(free);
            Netns.up(cable.left());
            Cables.awaitState(a, LinkState.UP);
            Cables.awaitTraffic(a, b);
            Cables.awaitTraffic(b, a);
            assertThat(heard.words).hasSize(2 * round).endsWith("DOWN", "UP");
        }
        // Rings and kernel agree where they are: a full ring passes, in order.
        int[] next = {0};
        int full = Math.min(a.sendCapacity(), b.receiveCapacity());
        for (int i = 0; i < full; i++) {
            Cables.put(a, b.address().value(), 0x10, i, 60);
        }
        a.flush();
        try (LinkWaiter waiter = LinkWaiter.of(List.of(b))) {
            while (next[0] < full) {
                b.receive(f -> assertThat(f.bytes().getInt(Cables.SERIAL)).isEqualTo(next[0]++), 64);
                waiter.await(1_000_000);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RING", "SOCKET"})
    void deletedAndCreatedAgain(LinkOptions.Preference kind) throws Exception {
        Netns.Wire cable = later(Cables.lay(9000));
        EthernetLink a = Cables.awaitState(open(cable.left(), kind), LinkState.UP);
        EthernetLink b = Cables.awaitState(open(cable.right(), kind), LinkState.UP);
        Heard heard = new Heard();
        a.listener(heard);
        for (int round = 0; round < 2; round++) {
            Cables.awaitTraffic(a, b);
            Cables.put(a, b.address().value(), 0x10, 1, 9014);
            cable.close();
            a.flush();
            Cables.awaitState(a, LinkState.GONE);
            Cables.awaitState(b, LinkState.GONE);
            Cables.put(a, b.address().value(), 0x10, 2, 60);
            long dropped = a.counters().sendDropped();
            a.flush();
            assertThat(a.counters().sendDropped()).isEqualTo(dropped + 1);
            Netns.veth(cable.left(), cable.right(), 9000);
            Cables.awaitState(a, LinkState.UP);
            Cables.awaitState(b, LinkState.UP);
            assertThat(a.address().toString())
                    .isEqualTo(java.util.HexFormat.ofDelimiter(":").formatHex(Netns.mac(cable.left())));
            Cables.awaitTraffic(a, b);
            Cables.awaitTraffic(b, a);
        }
        assertThat(heard.words).startsWith("GONE").endsWith("UP").doesNotContain("CLOSED");
        assertThat(heard.words.stream().filter("GONE"::equals)).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"RING", "SOCKET"})
    void anotherAddressWhileInUse(LinkOptions.Preference kind) throws Exception {
        Netns.Wire cable = later(Cables.lay(1500));
        EthernetLink a = Cables.awaitState(open(cable.left(), kind), LinkState.UP);
        EthernetLink b = Cables.awaitState(open(cable.right(), kind), LinkState.UP);
        Cables.awaitTraffic(a, b);
        MacAddress before = a.address();
        MacAddress after = MacAddress.parse("02:00:00:00:0a:0a");
        Netns.address(cable.left(), after.toString());
        Cables.await("the address is known", List.of(a), () -> a.address().equals(after));
        Cables.awaitTraffic(a, b);
        Cables.awaitTraffic(b, a);
        // And the old one is not ours any more: what is sent to it must not be taken for ours.
        Cables.put(b, before.value(), 0x10, 7, 60);
        Cables.put(b, after.value(), 0x10, 8, 60);
        b.flush();
        List<Integer> got = new ArrayList<>();
        try (LinkWaiter waiter = LinkWaiter.of(List.of(a))) {
            while (!got.contains(8)) {
                a.receive(f -> got.add(f.bytes().getInt(Cables.SERIAL)), 16);
                waiter.await(1_000_000);
            }
        }
        assertThat(got).containsExactly(8);
    }

    @ParameterizedTest
    @EnumSource(names = {"RING", "SOCKET"})
    void mtuLoweredUnderLoad(LinkOptions.Preference kind) throws Exception {
        Netns.Wire cable = later(Cables.lay(9000));
        EthernetLink a = Cables.awaitState(open(cable.left(), kind), LinkState.UP);
        EthernetLink b = Cables.awaitState(open(cable.right(), kind), LinkState.UP);
        Heard heard = new Heard();
        a.listener(heard);
        // The frames were good when they were committed. No poll in between: only the system call can tell.
        for (int i = 0; i < 5; i++) {
            Cables.put(a, b.address().value(), 0x10, i, i % 2 == 0 ? 60 : 9014);
        }
        Netns.mtu(cable.left(), 1500);
        a.flush();
        assertThat(a.counters().sendDropped()).as("refused by the kernel").isEqualTo(2);
        List<Integer> got = new ArrayList<>();
        try (LinkWaiter waiter = LinkWaiter.of(List.of(b))) {
            while (got.size() < 3) {
                b.receive(f -> got.add(f.bytes().getInt(Cables.SERIAL)), 16);
                waiter.await(1_000_000);
            }
        }
        assertThat(got).containsExactly(0, 2, 4);
        a.receive(f -> {}, 1);
        assertThat(a.mtu()).as("noticed at the next poll").isEqualTo(1500);
        assertThat(heard.words).containsExactly("mtu 1500");
        Cables.put(a, b.address().value(), 0x10, 9, 1515);
        assertThat(a.counters().sendDropped()).isEqualTo(3);
        Netns.mtu(cable.left(), 9100);
        Cables.await("the MTU is known", List.of(a), () -> a.mtu() == 9000);
        Cables.put(a, b.address().value(), 0x10, 10, 9014);
        a.flush();
        int[] length = {0};
        Cables.awaitState(b, LinkState.UP);
        try (LinkWaiter waiter = LinkWaiter.of(List.of(b))) {
            while (length[0] == 0) {
                b.receive(f -> length[0] = f.length(), 1);
                waiter.await(1_000_000);
            }
        }
        assertThat(length[0]).isEqualTo(9014);
    }

    @ParameterizedTest
    @EnumSource(names = {"RING", "SOCKET"})
    void anInterfaceThatIsDownOpensAndComesUp(LinkOptions.Preference kind) throws Exception {
        Netns.Wire cable = later(Cables.lay(1500));
        Netns.down(cable.left());
        EthernetLink a = open(cable.left(), kind);
        assertThat(a.state()).isEqualTo(LinkState.DOWN);
        EthernetLink b = open(cable.right(), kind);
        Netns.up(cable.left());
        Cables.awaitState(a, LinkState.UP);
        Cables.awaitState(b, LinkState.UP);
        Cables.awaitTraffic(a, b);
        Cables.awaitTraffic(b, a);
    }

    @ParameterizedTest
    @EnumSource(names = {"RING", "SOCKET"})
    void framesOfOtherNetworksAreNotDelivered(LinkOptions.Preference kind) throws Exception {
        Netns.Wire cable = later(Cables.lay(1500));
        EthernetLink a = Cables.awaitState(open(cable.left(), kind), LinkState.UP);
        EthernetLink b = Cables.awaitState(open(cable.right(), kind), LinkState.UP);
        int[] tags = {0x0005, 0x2FFF, 0x0000};
        for (int i = 0; i < tags.length; i++) {
            Frame frame = a.claim();
            assertThat(frame).isNotNull();
            EthernetHeader.writeTagged(
                    frame.bytes(), 0, b.address().value(), a.address().value(), tags[i]);
            frame.bytes().putLong(18, 0).put(18, (byte) 0x10).putInt(24, i);
            a.commit(64);
        }
        Cables.put(a, b.address().value(), 0x10, 99, 60);
        a.flush();
        List<Integer> got = new ArrayList<>();
        try (LinkWaiter waiter = LinkWaiter.of(List.of(b))) {
            while (!got.contains(99)) {
                b.receive(f -> got.add(f.bytes().getInt(Cables.SERIAL)), 16);
                waiter.await(1_000_000);
            }
        }
        // VLAN 0 is a priority tag on a frame of this network.
        assertThat(got).containsExactly(2, 99);
    }

    @ParameterizedTest
    @EnumSource(names = {"RING", "SOCKET"})
    void aRoleSeesOnlyItsFrames(LinkOptions.Preference kind) throws Exception {
        Netns.Wire cable = later(Cables.lay(1500));
        EthernetLink a = Cables.awaitState(open(cable.left(), kind), LinkState.UP);
        LinkOptions.Builder options = LinkOptions.builder().preference(kind);
        EthernetLink target = later(
                Links.open(cable.right(), options.role(LinkOptions.Role.TARGET).build()));
        EthernetLink initiator = later(Links.open(
                cable.right(), options.role(LinkOptions.Role.INITIATOR).build()));
        Cables.awaitState(target, LinkState.UP);
        Cables.awaitState(initiator, LinkState.UP);
        long to = target.address().value();
        Cables.put(a, to, 0x10, 1, 60);
        Cables.put(a, to, 0x18, 2, 60);
        Cables.put(a, to, 0x1C, 3, 60);
        Cables.put(a, to, 0x10, 4, 60);
        a.flush();
        List<Integer> requests = new ArrayList<>();
        List<Integer> responses = new ArrayList<>();
        try (LinkWaiter waiter = LinkWaiter.of(List.of(target, initiator))) {
            while (requests.size() < 2 || responses.size() < 2) {
                waiter.await(10_000_000);
                target.receive(f -> requests.add(f.bytes().getInt(Cables.SERIAL)), 16);
                initiator.receive(f -> responses.add(f.bytes().getInt(Cables.SERIAL)), 16);
            }
        }
        assertThat(requests).containsExactly(1, 4);
        assertThat(responses).containsExactly(2, 3);
    }

    @Test
    void aMissingInterfaceIsSaidSo() {
        assertThatThrownBy(() -> Links.open("dl-none", LinkOptions.defaults()))
                .isInstanceOfSatisfying(
                        AoeException.class, e -> assertThat(e.kind()).isEqualTo(AoeException.Kind.NO_INTERFACE))
                .hasMessageContaining("dl-none");
        LinkProbe probe = Links.probe("dl-none");
        assertThat(probe.possible()).isFalse();
        assertThat(probe.reason()).contains("no interface \"dl-none\"");
        assertThat(probe.remedy()).contains("ip link");
    }

    @Test
    void theProbeFindsRings() {
        assertThat(Links.probe("lo").kind()).contains(LinkCapabilities.Kind.RING);
        assertThat(Links.probe("lo").reason()).isEmpty();
        assertThat(Links.probe("lo")).hasToString("lo: packet rings");
    }

    /** Prints what a program without the privilege is told. */
    static final class WithoutPrivilege {
        private WithoutPrivilege() {}

        /** Run in a JVM of its own. */
        public static void main(String[] arguments) {
            System.out.println(Links.probe("lo"));
            try (EthernetLink link = Links.open("lo", LinkOptions.defaults())) {
                System.out.println("open: " + link);
            } catch (AoeException e) {
                System.out.println(e.kind());
            }
        }
    }

    @Test
    void withoutThePrivilegeTheProbeNamesIt() {
        Processes.Result result = Processes.run(
                "setpriv",
                "--bounding-set=-net_raw",
                "--inh-caps=-net_raw",
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                System.getProperty("java.class.path"),
                WithoutPrivilege.class.getName());

        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(result.output().strip())
                .startsWith("lo: no link: ")
                .contains("operation not permitted", "needs CAP_NET_RAW", "setpriv --ambient-caps +net_raw")
                .endsWith("NO_PRIVILEGE");
    }
}
