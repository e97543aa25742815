package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.wire.ConnectionState;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The link is cut, a node dies, a disk is gone or declared bad: the data is the same again afterwards. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class FailureIT {

    private static final int SIZE = 4 << 20;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();

    @Test
    void aCutLinkCostsOnlyTheResyncOfWhatWasWrittenMeanwhile() throws Exception {
        JavaPeer java = inSync("ping-int 2; ping-timeout 10; timeout 15;");
        kernel.drbdadm("primary r1");
        kernel.must("dd if=/bin/busybox of=/dev/drbd1 bs=4k count=100 oflag=direct");
        kernel.kernelLog();

        kernel.cut();
        kernel.must("dd if=/bin/busybox of=/dev/drbd1 bs=4k count=7 seek=300 oflag=direct");
        kernel.await(1, "no connection", status -> status.peerDisk().equals("DUnknown"));
        java.await("no connection", state -> state.connection() != ConnectionState.CONNECTED);
        kernel.mend();

        java.awaitInSync(kernel);
        assertThat(kernel.kernelLog()).contains("will sync 28 KB [7 bits set]");
        java.holdsTheSameAs(kernel.disk(0));
    }

    @Test
    void aKernelThatLosesPowerGetsWhatItMissed() throws Exception {
        JavaPeer java = inSync("");
        java.done(java.resource().promote(false));
        write(java, 1, 0, 64 << 10);

        kernel.guest().close();
        write(java, 2, 32 << 10, 64 << 10);
        kernel.crash();
        kernel.up("r1");

        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
    }

    @Test
    void aPrimaryKernelThatLosesPowerIsBroughtBackToWhatWeHold() throws Exception {
        JavaPeer java = inSync("");
        kernel.drbdadm("primary r1");
        kernel.begin(
                "load", "while :; do dd if=/dev/urandom of=/dev/drbd1 bs=4k count=64 oflag=direct 2>/dev/null; done");
        kernel.await(1, "writes", status -> status.counters().get("ns") > 400);

        kernel.crash();
        java.await("no connection", state -> state.connection() != ConnectionState.CONNECTED);
        kernel.up("r1");

        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
    }

    @Test
    void aDisklessPrimaryKernelReadsAndWritesThroughUs() throws Exception {
        JavaPeer java = inSync("");
        kernel.drbdadm("primary r1");
        kernel.must("dd if=/bin/busybox of=/dev/drbd1 bs=4k count=100 oflag=direct");

        kernel.drbdadm("detach r1");
        kernel.await(1, "Connected", "Diskless/UpToDate");
        assertThat(kernel.must("dd if=/dev/drbd1 bs=4k count=100 iflag=direct 2>/dev/null | sha256sum"))
                .isEqualTo(kernel.must("head -c 409600 /bin/busybox | sha256sum"));
        kernel.must("dd if=/bin/bash of=/dev/drbd1 bs=4k count=30 seek=200 oflag=direct");
        ByteBuffer here = ByteBuffer.allocate(4096);
        java.disk().read(200 * 4096, here);
        assertThat(here.array()).startsWith(0x7f, 'E', 'L', 'F');

        kernel.drbdadm("attach r1");
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
    }

    @Test
    void anInvalidatedKernelGetsAllFromUs() throws Exception {
        JavaPeer java = inSync("");
        java.done(java.resource().promote(false));
        write(java, 3, 0, SIZE);
        kernel.disk(0).write(1 << 20, new byte[4096]);
        kernel.kernelLog();

        kernel.drbdadm("invalidate r1");

        java.awaitInSync(kernel);
        assertThat(kernel.kernelLog()).contains("Began resync as SyncTarget (will sync 4096 KB [1024 bits set])");
        java.holdsTheSameAs(kernel.disk(0));
    }

    @Test
    void weAreInvalidatedByTheKernelAndGetAllFromIt() throws Exception {
        JavaPeer java = inSync("");
        kernel.drbdadm("primary r1");
        kernel.must("dd if=/dev/urandom of=/dev/drbd1 bs=64k count=64 oflag=direct");
        java.disk().write(1 << 20, ByteBuffer.allocate(4096));
        kernel.kernelLog();

        kernel.drbdadm("invalidate-remote r1");

        java.awaitInSync(kernel);
        assertThat(kernel.kernelLog()).contains("Began resync as SyncSource (will sync 4096 KB [1024 bits set])");
        java.holdsTheSameAs(kernel.disk(0));
    }

    private JavaPeer inSync(String words) throws Exception {
        return cleanup.add(
                JavaPeer.inSync(kernel, cleanup.add(MemoryDevice.create(SIZE)), words, NetOptions.builder()));
    }

    private static void write(JavaPeer java, long seed, int offset, int length) throws Exception {
        byte[] content = new byte[length];
        new Random(seed).nextBytes(content);
        java.volume().write(offset, ByteBuffer.wrap(content));
        java.volume().flush();
    }
}
