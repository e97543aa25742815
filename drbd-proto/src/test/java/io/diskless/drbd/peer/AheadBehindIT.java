package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.ReplicationProtocol;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.wire.ConnectionState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A connection that does not take the writes as fast as they come: the Primary goes ahead, and the other catches up. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class AheadBehindIT {
    private static final int SIZE = 16 << 20;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();
    private final MemoryDevice disk = MemoryDevice.create(SIZE);

    @Test
    void theKernelGoesAheadOfUs() throws Exception {
        JavaPeer java = inSync(
                "on-congestion pull-ahead; congestion-fill 256K; sndbuf-size 1M;",
                NetOptions.builder().protocol(ReplicationProtocol.A));
        kernel.drbdadm("primary r1");
        // The acks come late: what is sent is not acknowledged soon enough.
        kernel.must("tc qdisc add dev eth0 root netem delay 300ms");
        kernel.must("for i in 1 2 3 4 5 6 7 8; do dd if=/dev/urandom of=/dev/drbd1 bs=64k count=8 seek=$((i * 20))"
                + " iflag=fullblock oflag=direct 2>/dev/null & done; wait");
        java.awaitEvents(DrbdEvent.StateChanged.class, 1, e -> e.after().connection() == ConnectionState.BEHIND);
        kernel.must("tc qdisc del dev eth0 root");

        java.awaitEvents(DrbdEvent.StateChanged.class, 1, e -> e.after().connection() == ConnectionState.SYNC_TARGET);
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(kernel.kernelLog())
                .contains("Congestion-fill threshold reached")
                .contains("conn( Connected -> Ahead )")
                .contains("conn( Ahead -> SyncSource )");
        assertThat(java.events()).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
        staysInSync(java);
    }

    @Test
    void weGoAheadOfTheKernel() throws Exception {
        JavaPeer java = inSync(
                "",
                NetOptions.builder()
                        .protocol(ReplicationProtocol.A)
                        .onCongestion(NetOptions.OnCongestion.PULL_AHEAD, 256 << 10, 1000));
        java.done(java.resource().promote(false));
        kernel.must("tc qdisc add dev eth0 root netem delay 300ms");
        writeMuch(java);
        java.awaitEvents(DrbdEvent.StateChanged.class, 1, e -> e.after().connection() == ConnectionState.AHEAD);
        kernel.must("tc qdisc del dev eth0 root");

        java.awaitEvents(DrbdEvent.StateChanged.class, 1, e -> e.after().connection() == ConnectionState.SYNC_SOURCE);
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(kernel.kernelLog()).contains("conn( Connected -> Behind )").contains("conn( Behind -> SyncTarget )");
        assertThat(java.events()).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
        java.done(java.resource().demote());
        staysInSync(java);
    }

    @Test
    void weWouldRatherDisconnect() throws Exception {
        JavaPeer java = inSync(
                "",
                NetOptions.builder()
                        .protocol(ReplicationProtocol.A)
                        .onCongestion(NetOptions.OnCongestion.DISCONNECT, 256 << 10, 1000));
        java.done(java.resource().promote(false));
        kernel.must("tc qdisc add dev eth0 root netem delay 300ms");
        writeMuch(java);
        java.await("StandAlone", s -> s.connection() == ConnectionState.STAND_ALONE);
        kernel.must("tc qdisc del dev eth0 root");
        kernel.await(1, "WFConnection");

        java.resource().connect();
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
    }

    private static void writeMuch(JavaPeer java) throws Exception {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        Random random = new Random(5);
        for (int i = 0; i < 100; i++) {
            byte[] bytes = new byte[16 << 10];
            random.nextBytes(bytes);
            all.add(java.volume().writeAsync((long) i * (100 << 10), ByteBuffer.wrap(bytes), 0));
        }
        for (CompletableFuture<Void> one : all) {
            java.done(one);
        }
    }

    private JavaPeer inSync(String words, NetOptions.Builder net) throws Exception {
        kernel.configure(JavaPeer.conf(
                kernel,
                "protocol A; connect-int 1; " + words,
                "size " + (SIZE >> 10) + "K; resync-rate 100M; c-plan-ahead 0; c-min-rate 0;"));
        kernel.createAndUp("r1");
        JavaPeer java = cleanup.add(JavaPeer.connect(kernel, disk, net, options -> options));
        kernel.await(1, "Connected", "Inconsistent/Inconsistent");
        kernel.drbdadm("new-current-uuid --clear-bitmap r1/0");
        java.awaitInSync(kernel);
        kernel.kernelLog();
        return java;
    }

    /** Nothing is left to be done when both meet again. */
    private void staysInSync(JavaPeer java) throws Exception {
        assertThat(kernel.status(1).orElseThrow().outOfSyncKiB()).isZero();
        kernel.drbdadm("secondary r1");
        java.done(java.resource().disconnect());
        java.resource().connect();
        java.awaitInSync(kernel);
        assertThat(java.awaitEvents(DrbdEvent.Compared.class, 2, e -> true)
                        .get(1)
                        .explanation())
                .contains("uuid_compare()=0");
    }
}
