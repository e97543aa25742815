package io.diskless.aoe.target;

import static io.diskless.aoe.target.Bench.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.initiator.PathSnapshot;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a target promises with its buffer count on a real cable: so many requests may arrive before it looks, and none is
 * lost. All by count; nothing here is repeated, so what is missing stays missing.
 */
@RequiresNetworkNamespace
@Timeout(300)
class BufferCountIT {
    private static final int AT = AoeHeader.AT;
    private static final int SECTORS = 17;
    private static final int PROMISED = 64;

    private final BitSet answered = new BitSet();
    private int promised;
    private int answers;

    @ParameterizedTest
    @EnumSource(
            value = LinkOptions.Preference.class,
            names = {"RING", "SOCKET"})
    void allOfABurstThatArrivesBeforeTheTargetLooksIsAnswered(LinkOptions.Preference kind) throws Exception {
        try (Netns.Wire wire = Netns.veth("dlq-a", "dlq-b", 9000);
                EthernetLink port = open(wire.left(), kind, LinkOptions.Role.TARGET);
                EthernetLink client = open(wire.right(), kind, LinkOptions.Role.INITIATOR);
                MemoryDevice disk = MemoryDevice.create(4096 * 512);
                AoeTarget target = AoeTarget.create(TargetOptions.defaults())) {
            target.attach(port);
            target.export(Bench.E1_2, disk, ExportOptions.defaults());
            // Polled by this test and by no thread, so that every burst lies in the port before the first of it is
            // served.
            await().until(() -> poll(target, client) >= 0 && client.state() == LinkState.UP);
            send(port, client, Bench.config(1, ConfigFields.READ));
            client.flush();
            await().until(() -> poll(target, client) >= 0 && promised > 0);
            assertThat(promised).isEqualTo(PROMISED);

            int sent = 0;
            for (int round = 0; round < 3; round++) {
                for (int depth = 1; depth <= promised; depth++) {
                    answered.clear();
                    answers = 0;
                    for (int i = 0; i < depth; i++) {
                        boolean write = (i & 1) == 0;
                        int lba = i * SECTORS;
                        send(
                                port,
                                client,
                                write
                                        ? Bench.write(tag(round, depth, i), lba, Bench.sectors(SECTORS, i))
                                        : Bench.read(tag(round, depth, i), lba, SECTORS));
                    }
                    client.flush();
                    sent += depth;
                    int all = depth;
                    await().pollInterval(Duration.ofMillis(1))
                            .until(() -> poll(target, client) >= 0 && answered.cardinality() == all);
                    assertThat(answers).as("once each").isEqualTo(depth);
                }
            }
            TargetSnapshot.Port counted = target.snapshot().ports().get(0);
            assertThat(counted.overloaded()).isZero();
            assertThat(counted.noSlot()).isZero();
            assertThat(port.counters().receiveDropped()).isZero();
            assertThat(port.counters().sendDropped()).isZero();
            assertThat(client.counters().receiveDropped()).isZero();
            TargetSnapshot.ExportCounters export = target.snapshot().export(Bench.E1_2);
            assertThat(export.reads() + export.writes()).isEqualTo(sent);
            assertThat(export.duplicates()).isZero();
            assertThat(export.dropped()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = LinkOptions.Preference.class,
            names = {"RING", "SOCKET"})
    void theWholePromiseIsUsedAndNothingIsRepeated(LinkOptions.Preference kind) throws Exception {
        InitiatorOptions patient = InitiatorOptions.builder()
                // On a busy machine a late answer is none that was lost: only a loss may show.
                .timeouts(Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofSeconds(60))
                .quarantine(Duration.ofSeconds(120))
                .build();
        try (Netns.Wire wire = Netns.veth("dlq-a", "dlq-b", 9000);
                EthernetLink port = open(wire.left(), kind, LinkOptions.Role.TARGET);
                EthernetLink client = open(wire.right(), kind, LinkOptions.Role.INITIATOR);
                MemoryDevice store = MemoryDevice.create(1 << 24);
                AoeTarget target = AoeTarget.create(TargetOptions.defaults())) {
            await().until(() -> poll(target, client) >= 0 && client.state() == LinkState.UP);
            target.attach(port);
            target.export(Bench.E1_2, store, ExportOptions.defaults());
            target.start();
            try (AoeInitiator initiator =
                            AoeInitiator.open(List.of(client), patient).start();
                    AoeDisk disk = initiator
                            .openDisk(
                                    Bench.E1_2,
                                    DiskOptions.builder()
                                            .deadline(Duration.ofSeconds(250))
                                            .build())
                            .join()) {
                // Four times what the window takes, so that it is always full.
                for (int round = 0; round < 20; round++) {
                    List<CompletableFuture<Void>> all = new ArrayList<>();
                    for (int i = 0; i < 4 * PROMISED; i++) {
                        ByteBuffer buffer = ByteBuffer.allocateDirect(SECTORS * 512);
                        long at = (long) i * buffer.capacity();
                        all.add(round % 2 == 0 ? disk.writeAsync(at, buffer, 0) : disk.readAsync(at, buffer));
                    }
                    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                            .join();
                }
                PathSnapshot path = disk.snapshot().paths().get(0);
                assertThat(path.maxWindow()).isEqualTo(PROMISED);
                assertThat(path.window()).isEqualTo(PROMISED);
                assertThat(path.retransmissions()).as("repeated by %s", path).isZero();
                assertThat(path.timeouts() + path.overtaken()).isZero();
                assertThat(port.counters().receiveDropped()).isZero();
            }
        }
    }

    private static EthernetLink open(String name, LinkOptions.Preference kind, LinkOptions.Role role) throws Exception {
        return Links.open(
                name, LinkOptions.builder().preference(kind).role(role).build());
    }

    /** A tag of its own for each: a target knows again what it has done lately. */
    private static int tag(int round, int depth, int index) {
        return 0x8000_0000 | round << 24 | depth << 16 | index;
    }

    private static void send(EthernetLink port, EthernetLink client, byte[] frame) {
        ByteBuffer b = ByteBuffer.wrap(frame);
        long to = port.address().value();
        long from = client.address().value();
        b.putShort(0, (short) (to >>> 32)).putInt(2, (int) to);
        b.putShort(6, (short) (from >>> 32)).putInt(8, (int) from);
        client.claim().bytes().put(0, frame);
        client.commit(frame.length);
    }

    private int poll(AoeTarget target, EthernetLink client) {
        return target.poll()
                + client.receive(
                        frame -> {
                            ByteBuffer b = frame.bytes();
                            if (AoeHeader.command(b, AT) == AoeHeader.CMD_CONFIG) {
                                promised = ConfigFields.bufferCount(b, AT);
                            } else {
                                answered.set(AoeHeader.tag(b, AT) & 0xFFFF);
                                answers++;
                            }
                        },
                        64);
    }
}
