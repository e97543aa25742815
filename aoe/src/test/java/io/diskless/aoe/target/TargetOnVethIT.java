package io.diskless.aoe.target;

import static io.diskless.aoe.target.Bench.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.link.LinkState;
import io.diskless.aoe.link.Links;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.ConfigFields;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A started target on a real cable: packet rings, jumbo frames, MTU and link changes under a client. */
@RequiresNetworkNamespace
@Timeout(300)
class TargetOnVethIT {
    private static final int AT = AoeHeader.AT;
    private final List<byte[]> heard = new ArrayList<>();
    private final List<TargetEvent> events = new CopyOnWriteArrayList<>();
    private Netns.Wire wire;
    private EthernetLink port;
    private EthernetLink client;
    private AoeTarget target;

    @BeforeEach
    void cable() throws Exception {
        wire = Netns.veth("dlt-a", "dlt-b", 9000);
        port = Links.open("dlt-a", LinkOptions.defaults());
        client = Links.open("dlt-b", LinkOptions.defaults());
        await().until(() -> poll(client) && client.state() == LinkState.UP);
        target = AoeTarget.create(TargetOptions.builder().listener(events::add).build());
        target.attach(port);
        target.start();
    }

    @AfterEach
    void close() throws Exception {
        target.close();
        port.close();
        client.close();
        wire.close();
    }

    private boolean poll(EthernetLink link) {
        link.receive(
                frame -> {
                    byte[] copy = new byte[frame.length()];
                    frame.bytes().get(0, copy);
                    heard.add(copy);
                },
                64);
        return true;
    }

    private void send(byte[] frame) {
        ByteBuffer b = ByteBuffer.wrap(frame);
        long to = port.address().value();
        long from = client.address().value();
        b.putShort(0, (short) (to >>> 32)).putInt(2, (int) to);
        b.putShort(6, (short) (from >>> 32)).putInt(8, (int) from);
        client.claim().bytes().put(0, frame);
        client.commit(frame.length);
        client.flush();
    }

    private byte[] ask(byte[] frame) {
        int tag = AoeHeader.tag(ByteBuffer.wrap(frame), AT);
        heard.clear();
        send(frame);
        await().until(() -> poll(client) && heard.stream().anyMatch(f -> tagOf(f) == tag));
        return heard.stream().filter(f -> tagOf(f) == tag).findFirst().orElseThrow();
    }

    private static int tagOf(byte[] frame) {
        return AoeHeader.tag(ByteBuffer.wrap(frame), AT);
    }

    private boolean announced(int sectors) {
        poll(client);
        return heard.stream()
                .anyMatch(f -> tagOf(f) == 0
                        && AoeHeader.command(ByteBuffer.wrap(f), AT) == AoeHeader.CMD_CONFIG
                        && ConfigFields.sectorCount(ByteBuffer.wrap(f), AT) == sectors);
    }

    @Test
    void servesJumboFramesFromTheSlotsAndFollowsTheInterface() throws Exception {
        target.export(Bench.E1_2, MemoryDevice.create(1 << 20), ExportOptions.defaults());
        await().until(() -> announced(17));
        byte[] data = Bench.sectors(17, 3);
        assertThat(Bench.status(ask(Bench.write(0x80000001, 100, data)))).isEqualTo(0x40);
        assertThat(Bench.data(ask(Bench.read(0x80000002, 100, 17)), data.length))
                .isEqualTo(data);
        TargetSnapshot.ExportCounters counters = target.snapshot().export(Bench.E1_2);
        assertThat(counters.copies()).as("copies of sector data").isZero();
        assertThat(counters.reads()).isEqualTo(1);
        assertThat(counters.writes()).isEqualTo(1);

        heard.clear();
        Netns.mtu("dlt-a", 1500);
        await().until(() -> announced(2));
        assertThat(Bench.status(ask(Bench.read(0x80000003, 100, 3)))).isEqualTo(0x41);
        assertThat(Bench.status(ask(Bench.read(0x80000004, 100, 2)))).isEqualTo(0x40);

        Netns.down("dlt-a");
        await().until(() -> events.contains(new TargetEvent.PortState("dlt-a", LinkState.DOWN)));
        heard.clear();
        Netns.up("dlt-a");
        await().until(() -> announced(2));
        assertThat(Bench.data(ask(Bench.read(0x80000005, 100, 2)), 1024)).isEqualTo(Arrays.copyOf(data, 1024));
        assertThat(events).noneMatch(TargetEvent.PortFailed.class::isInstance);
    }

    @Test
    void announcesItselfAndGoesOnWhenItsInterfaceGetsAnotherAddress() throws Exception {
        target.export(Bench.E1_2, MemoryDevice.create(1 << 20), ExportOptions.defaults());
        await().until(() -> announced(17));
        byte[] data = Bench.sectors(1, 5);
        assertThat(Bench.status(ask(Bench.write(0x80000001, 100, data)))).isEqualTo(0x40);
        heard.clear();
        byte[] moved = HexFormat.of().parseHex("0200000000bb");
        Netns.address("dlt-a", "02:00:00:00:00:bb");
        // From the new address, unasked: an initiator learns where the disk is now.
        await().until(() -> announced(17) && Arrays.equals(source(heard.get(heard.size() - 1)), moved));
        byte[] answer = ask(Bench.read(0x80000002, 100, 1));
        assertThat(source(answer)).isEqualTo(moved);
        assertThat(Bench.data(answer, 512)).isEqualTo(data);
        assertThat(events).noneMatch(TargetEvent.PortFailed.class::isInstance);
    }

    private static byte[] source(byte[] frame) {
        return Arrays.copyOfRange(frame, 6, 12);
    }
}
