package io.diskless.aoe.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.nio.file.ExtendedOpenOption;
import io.diskless.aoe.internal.linux.MappedMemory;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What only rings can do: direct I/O from and to the slots, fanout, memory that outlives nobody. */
@RequiresNetworkNamespace
@Timeout(300)
class PacketRingOnlyIT {
    private static final int BLOCK = 8192;

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

    private EthernetLink ring(String name) throws Exception {
        return Cables.awaitState(
                later(Links.open(
                        name,
                        LinkOptions.builder()
                                .preference(LinkOptions.Preference.RING)
                                .build())),
                LinkState.UP);
    }

    @Test
    void directInputAndOutputGoStraightBetweenFileAndSlots() throws Exception {
        Netns.Wire cable = later(Cables.lay(9000));
        EthernetLink a = ring(cable.left());
        EthernetLink b = ring(cable.right());
        assertThat(a.capabilities().sendAlignment()).isEqualTo(4096);
        assertThat(b.capabilities().receiveAlignment()).isEqualTo(4096);
        byte[] content = new byte[16 * BLOCK];
        new Random(5).nextBytes(content);
        Path dir = Files.createTempDirectory(Path.of("target"), "direct");
        Path from = Files.write(dir.resolve("from"), content);
        Path to = dir.resolve("to");
        // The JDK refuses a DIRECT transfer whose buffer address is not aligned, and uses that address itself.
        try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ, ExtendedOpenOption.DIRECT);
                FileChannel sink = FileChannel.open(
                        to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, ExtendedOpenOption.DIRECT);
                LinkWaiter waiter = LinkWaiter.of(List.of(b))) {
            for (int i = 0; i < 16; i++) {
                Frame frame = a.claim();
                assertThat(frame).isNotNull();
                io.diskless.aoe.wire.EthernetHeader.write(
                        frame.bytes(), 0, b.address().value(), a.address().value());
                frame.data().limit(BLOCK).position(0);
                assertThat(source.read(frame.data(), (long) i * BLOCK)).isEqualTo(BLOCK);
                a.commit(36 + BLOCK);
            }
            a.flush();
            int[] next = {0};
            while (next[0] < 16) {
                b.receive(
                        f -> {
                            try {
                                f.data().limit(BLOCK).position(0);
                                assertThat(sink.write(f.data(), (long) next[0]++ * BLOCK))
                                        .isEqualTo(BLOCK);
                            } catch (java.io.IOException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        },
                        16);
                waiter.await(1_000_000);
            }
        }
        assertThat(Files.readAllBytes(to)).isEqualTo(content);
    }

    @ParameterizedTest
    @EnumSource(LinkOptions.Fanout.class)
    void fanoutSharesEveryFrameOnceAndSurvivesItsInterface(LinkOptions.Fanout mode) throws Exception {
        Netns.Wire cable = later(Cables.lay(1500));
        // Room for all frames of a round at once, whoever of the members gets them.
        LinkOptions roomy = LinkOptions.builder()
                .preference(LinkOptions.Preference.RING)
                .sendSlots(256)
                .receiveSlots(256)
                .fanout(mode)
                .build();
        EthernetLink a = later(Links.open(cable.left(), roomy));
        Cables.awaitState(a, LinkState.UP);
        List<EthernetLink> members = Links.openFanout(cable.right(), roomy, 2);
        members.forEach(this::later);
        members.forEach(m -> Cables.awaitState(m, LinkState.UP));
        share(a, members, mode);
        cable.close();
        Cables.await("both are gone", members, () -> members.stream().allMatch(m -> m.state() == LinkState.GONE));
        Cables.awaitState(a, LinkState.GONE);
        Netns.veth(cable.left(), cable.right(), 1500);
        Cables.awaitState(a, LinkState.UP);
        Cables.await("both are back", members, () -> members.stream().allMatch(m -> m.state() == LinkState.UP));
        share(a, members, mode);
    }

    private static void share(EthernetLink a, List<EthernetLink> members, LinkOptions.Fanout mode) {
        int total = 200;
        for (int i = 0; i < total; i++) {
            Frame frame = a.claim();
            assertThat(frame).isNotNull();
            io.diskless.aoe.wire.EthernetHeader.write(
                    frame.bytes(),
                    0,
                    members.get(0).address().value(),
                    a.address().value());
            frame.bytes().putLong(14, 0).put(14, (byte) 0x10).putInt(Cables.SERIAL, i);
            // The LBA's low bytes lie at 28 and 29; eight sectors are a block.
            frame.bytes().put(28, (byte) (8 * i)).put(29, (byte) ((8 * i) >> 8));
            a.commit(60);
        }
        a.flush();
        List<List<Integer>> got = new ArrayList<>();
        members.forEach(m -> got.add(new ArrayList<>()));
        try (LinkWaiter waiter = LinkWaiter.of(members)) {
            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (got.stream().mapToInt(List::size).sum() < total) {
                assertThat(System.nanoTime())
                        .as("frames shared out: " + got + ", " + a.counters() + ", "
                                + members.stream().map(EthernetLink::counters).toList())
                        .isLessThan(end);
                waiter.await(10_000_000);
                for (int m = 0; m < members.size(); m++) {
                    List<Integer> mine = got.get(m);
                    members.get(m).receive(f -> mine.add(f.bytes().getInt(Cables.SERIAL)), 1000);
                }
            }
        }
        List<Integer> all = new ArrayList<>();
        got.forEach(all::addAll);
        assertThat(all).as("every frame once").doesNotHaveDuplicates().hasSize(total);
        for (int m = 0; m < members.size(); m++) {
            assertThat(got.get(m)).as(mode + " member " + m).hasSize(total / 2);
            if (mode != LinkOptions.Fanout.ROUND_ROBIN) {
                int parity = got.get(m).get(0) % 2;
                assertThat(got.get(m)).allMatch(serial -> serial % 2 == parity);
            }
        }
    }

    @Test
    void ringsEndWithTheLinkAndTheirAddressesWithTheLastView() throws Exception {
        Netns.Wire cable = later(Cables.lay(1500));
        collect(0);
        long rings = MappedMemory.rings();
        long addresses = MappedMemory.addresses();
        Frame kept = openAndKeepAFrame(cable);
        assertThat(MappedMemory.rings()).isEqualTo(rings);
        System.gc();
        assertThat(MappedMemory.addresses()).as("a frame is still held").isGreaterThan(addresses);
        kept.bytes().putLong(0, 42);
        assertThat(kept.bytes().getLong(0)).isEqualTo(42);
        kept = null;
        collect(addresses);
        assertThat(MappedMemory.addresses()).isEqualTo(addresses);
    }

    @Test
    void aClosedLinksSocketsAreReallyGone() throws Exception {
        long before = packetSockets();
        Netns.Wire cable = later(Cables.lay(1500));
        Frame kept = openAndKeepAFrame(cable);
        assertThat(packetSockets()).isEqualTo(before);
        assertThat(kept.bytes().capacity()).isPositive();
    }

    /** All packet sockets of this namespace, those included that only a mapping keeps alive. */
    private static long packetSockets() throws Exception {
        return Files.readAllLines(Path.of("/proc/net/packet")).size();
    }

    @SuppressWarnings("resource")
    private static Frame openAndKeepAFrame(Netns.Wire cable) throws Exception {
        EthernetLink link = Links.open(cable.left(), LinkOptions.defaults());
        Frame frame = link.claim();
        assertThat(frame).isNotNull();
        link.close();
        return frame;
    }

    /** The collector works when it likes; it is asked until it did, for a while. */
    private static void collect(long addresses) throws InterruptedException {
        for (int i = 0; i < 6000 && MappedMemory.addresses() > addresses; i++) {
            System.gc();
            Thread.sleep(10);
        }
    }

    @Test
    void alignmentToSectorsIsFreeOnSmallFramesAndToPagesOnRequest() throws Exception {
        Netns.Wire cable = later(Cables.lay(1500));
        int[] wanted = {0, 1, 512, 4096};
        int[] granted = {512, 1, 512, 4096};
        for (int i = 0; i < wanted.length; i++) {
            try (EthernetLink link = Links.open(
                    cable.left(), LinkOptions.builder().alignment(wanted[i]).build())) {
                assertThat(link.capabilities().receiveAlignment()).isEqualTo(granted[i]);
                assertThat(link.capabilities().sendAlignment()).isEqualTo(granted[i]);
                Frame frame = link.claim();
                assertThat(frame).isNotNull();
                assertThat(frame.data().alignmentOffset(0, granted[i])).isZero();
                assertThat(frame.bytes().capacity()).isGreaterThanOrEqualTo(1518);
            }
        }
    }
}
