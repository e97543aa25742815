package io.diskless.aoe.target;

import static io.diskless.aoe.target.Bench.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.link.LinkState;
import io.diskless.aoe.link.Links;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Direct I/O between a disk and the slots of a packet ring: the kernel takes a write's sectors from where the cable put
 * them and puts a read's sectors where the cable takes them. Whoever would copy counts it.
 */
@RequiresNetworkNamespace
@Timeout(300)
class DirectIoOnVethIT {
    private static final int SECTORS = 16;
    private static final int BYTES = SECTORS * 512;
    private static final int REQUESTS = 200; // More than there are slots, so that each was used.

    @TempDir
    Path folder;

    private final ArrayDeque<byte[]> heard = new ArrayDeque<>();

    @Test
    void goesFromSlotToDiskAndBackWithoutACopy() throws Exception {
        Path image = folder.resolve("image");
        Files.write(image, new byte[REQUESTS * BYTES]);
        String whyNot = FileDevice.whyNoDirect(image);
        assumeTrue(whyNot == null, "no direct I/O here: " + whyNot);
        FileOptions options =
                FileOptions.builder().mode(FileOptions.Mode.DIRECT).build();
        LinkOptions rings = LinkOptions.builder()
                .preference(LinkOptions.Preference.RING)
                .alignment(4096)
                .build();
        try (Netns.Wire wire = Netns.veth("dld-a", "dld-b", 9000);
                EthernetLink port = Links.open(wire.left(), rings);
                EthernetLink client = Links.open(wire.right(), rings);
                FileDevice device = FileDevice.open(image, options);
                AoeTarget target = AoeTarget.create(TargetOptions.defaults())) {
            assertThat(device.completesInline()).isTrue();
            await().until(() -> poll(client) && client.state() == LinkState.UP);
            target.attach(port);
            target.export(Bench.E1_2, device, ExportOptions.defaults());
            target.start();
            for (int i = 0; i < REQUESTS; i++) {
                byte[] answer =
                        ask(port, client, Bench.write(0x80000000 | i, (long) i * SECTORS, Bench.sectors(SECTORS, i)));
                assertThat(Bench.status(answer)).isEqualTo(0x40);
            }
            for (int i = 0; i < REQUESTS; i++) {
                byte[] answer = ask(port, client, Bench.read(0x90000000 | i, (long) i * SECTORS, SECTORS));
                assertThat(Bench.data(answer, BYTES)).isEqualTo(Bench.sectors(SECTORS, i));
            }
            TargetSnapshot.ExportCounters counters = target.snapshot().export(Bench.E1_2);
            assertThat(counters.writes()).isEqualTo(REQUESTS);
            assertThat(counters.reads()).isEqualTo(REQUESTS);
            assertThat(counters.copies()).as("copies by the target").isZero();
            assertThat(device.copies()).as("copies by the device").isZero();
        }
        byte[] there = Files.readAllBytes(image);
        for (int i = 0; i < REQUESTS; i++) {
            assertThat(Arrays.copyOfRange(there, i * BYTES, (i + 1) * BYTES)).isEqualTo(Bench.sectors(SECTORS, i));
        }
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

    private byte[] ask(EthernetLink port, EthernetLink client, byte[] frame) {
        ByteBuffer b = ByteBuffer.wrap(frame);
        int tag = b.getInt(20);
        long to = port.address().value();
        long from = client.address().value();
        b.putShort(0, (short) (to >>> 32)).putInt(2, (int) to);
        b.putShort(6, (short) (from >>> 32)).putInt(8, (int) from);
        heard.clear();
        client.claim().bytes().put(0, frame);
        client.commit(frame.length);
        client.flush();
        await().pollInterval(java.time.Duration.ofMillis(1))
                .until(() -> poll(client)
                        && heard.stream().anyMatch(f -> ByteBuffer.wrap(f).getInt(20) == tag));
        return heard.stream()
                .filter(f -> ByteBuffer.wrap(f).getInt(20) == tag)
                .findFirst()
                .orElseThrow();
    }
}
