package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.wire.ConnectionState;
import io.netty.channel.local.LocalAddress;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A transport may live as long as its program: a resource that was closed leaves nothing behind in it. */
class ClosedResourceTest {
    private static DrbdResource open(DrbdTransport transport, String mine, String theirs, MemoryDevice disk)
            throws Exception {
        NetOptions net = NetOptions.builder()
                // No timer of the connection comes by itself while this test runs.
                .ping(Duration.ofHours(1), Duration.ofHours(1))
                .timeout(Duration.ofHours(1), 7)
                .connectInterval(Duration.ofMillis(10))
                .settle(Duration.ofMillis(1))
                .build();
        return DrbdResource.open(DrbdOptions.builder("r0")
                .addresses(new LocalAddress(mine), new LocalAddress(theirs))
                .transport(transport)
                .net(net)
                .volume(VolumeOptions.volatileMeta(0, disk))
                .build());
    }

    private static List<WeakReference<MemoryDevice>> connectedAndClosed(DrbdTransport transport) throws Exception {
        MemoryDevice diskA = MemoryDevice.create(1 << 20);
        MemoryDevice diskB = MemoryDevice.create(1 << 20);
        try (DrbdResource a = open(transport, "forget-a", "forget-b", diskA);
                DrbdResource b = open(transport, "forget-b", "forget-a", diskB)) {
            a.connect();
            b.connect();
            Awaitility.await()
                    .atMost(Pair.PATIENCE)
                    .until(() -> a.state(0).connection().isAtLeast(ConnectionState.CONNECTED)
                            && b.state(0).connection().isAtLeast(ConnectionState.CONNECTED));
        }
        return List.of(new WeakReference<>(diskA), new WeakReference<>(diskB));
    }

    @Test
    void itsTransportLetsGoOfItsDisks() throws Exception {
        try (DrbdTransport transport = DrbdTransport.inMemory()) {
            List<WeakReference<MemoryDevice>> disks = connectedAndClosed(transport);
            Awaitility.await().atMost(Pair.PATIENCE).untilAsserted(() -> {
                System.gc();
                assertThat(disks).allMatch(disk -> disk.get() == null);
            });
        }
    }
}
