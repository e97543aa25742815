package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.DrbdStatistics;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.testkit.KernelNode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A resync of a volume that is mostly zeroes: they are not sent, and the target has them all the same. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class ThinResyncIT {
    private static final int SIZE = 8 << 20;
    private static final int GRANULARITY = 64 << 10;
    private static final int DATA_AT = (3 << 20) + 4096;
    private static final int DATA = 200 << 10;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();
    private final MemoryDevice disk = MemoryDevice.create(SIZE);

    @Test
    void theKernelSaysWhatIsZero() throws Exception {
        kernel.disk(0).write(DATA_AT, random());
        disk.write(0, ByteBuffer.wrap(ones()));
        JavaPeer java = connect("");
        kernel.drbdadm("primary --force r1");
        java.awaitInSync(kernel);

        java.holdsTheSameAs(kernel.disk(0));
        assertThat(figures(java).receivedBytes()).as("received").isBetween((long) DATA, 1L << 20);
        assertThat(java.events()).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
    }

    @Test
    void weSayWhatIsZero() throws Exception {
        kernel.disk(0).write(0, ones());
        disk.write(DATA_AT, ByteBuffer.wrap(random()));
        JavaPeer java = connect("rs-discard-granularity " + GRANULARITY + ";");
        java.done(java.resource().promote(true));
        java.awaitInSync(kernel);

        java.holdsTheSameAs(kernel.disk(0));
        // A kernel asks thinly where a whole piece fits into what its rate allows at the moment.
        assertThat(figures(java).sentBytes()).as("sent").isBetween((long) DATA, SIZE * 3L / 4);
        assertThat(java.events()).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
    }

    private JavaPeer connect(String words) throws Exception {
        kernel.configure(JavaPeer.conf(
                kernel,
                "protocol C; connect-int 1;",
                "size " + (SIZE >> 10) + "K; resync-rate 100M; c-plan-ahead 0; c-min-rate 0; " + words));
        kernel.createAndUp("r1");
        JavaPeer java = cleanup.add(JavaPeer.connect(
                kernel,
                disk,
                VolumeOptions.volatileMeta(0, disk).resyncDiscardGranularity(GRANULARITY),
                NetOptions.builder(),
                options -> options));
        kernel.await(1, "Connected", "Inconsistent/Inconsistent");
        return java;
    }

    private static DrbdStatistics.Connection figures(JavaPeer java) throws Exception {
        return java.done(java.resource().statistics()).connection().orElseThrow();
    }

    private static byte[] ones() {
        byte[] ones = new byte[SIZE];
        Arrays.fill(ones, (byte) 1);
        return ones;
    }

    private static byte[] random() {
        byte[] bytes = new byte[DATA];
        new Random(7).nextBytes(bytes);
        return bytes;
    }
}
