package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.testkit.KernelNode;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Our side ends, orderly or by a power cut, and comes back with what its meta-data remembers; the kernel goes on. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class RestartIT {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 48 * MIB;
    private static final MetaOptions FLEXIBLE = MetaOptions.at(MetaPlacement.FLEXIBLE);

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();
    private MemoryDevice disk = cleanup.add(MemoryDevice.create(SIZE));
    private MemoryDevice meta = cleanup.add(MemoryDevice.create(MIB));

    @Test
    void onlyWhatWasMissedIsSynced() throws Exception {
        JavaPeer java = inSync();

        // An orderly end of a Secondary.
        end(java);
        kernel.drbdadm("primary r1");
        kernel.must("dd if=/dev/urandom of=/dev/drbd1 bs=4k count=9 seek=1000 iflag=fullblock oflag=direct");
        kernel.kernelLog();
        java = again();
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(kernel.kernelLog()).contains("Began resync as SyncSource (will sync 36 KB [9 bits set])");

        // Its power is cut while the Primary writes.
        kernel.begin(
                "writer",
                "while :; do dd if=/dev/urandom of=/dev/drbd1 bs=4k count=50 seek=2000 iflag=fullblock"
                        + " oflag=direct 2>/dev/null; [ -e /tmp/stop ] && exit 0; done");
        java.await("something was written", any -> !isZero(2049L << 12));
        powerCut(java);
        kernel.await(1, "the loss noticed", s -> s.connection().equals("WFConnection"));
        kernel.must("touch /tmp/stop");
        kernel.end("writer");
        kernel.kernelLog();
        java = again();
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(kernel.kernelLog()).contains("Began resync as SyncSource (will sync 200 KB [50 bits set])");
        kernel.drbdadm("secondary r1");

        // An orderly end of a Primary: what it writes alone is what the kernel gets.
        java.done(java.resource().promote(false));
        write(java, 5L * MIB);
        java.done(java.resource().disconnect());
        write(java, 6L * MIB);
        write(java, 20L * MIB);
        java.done(java.resource().demote());
        end(java);
        kernel.kernelLog();
        java = again();
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(kernel.kernelLog()).contains("Began resync as SyncTarget (will sync 8 KB [2 bits set])");
    }

    @Test
    void aPrimaryWhosePowerIsCutSendsItsHotExtents() throws Exception {
        JavaPeer java = inSync();
        java.done(java.resource().promote(false));
        write(java, 5L * MIB);
        write(java, 9L * MIB);
        write(java, 41L * MIB);
        powerCut(java);
        // What had not gone out when the power was cut.
        disk.write(9L * MIB + 8192, ByteBuffer.wrap(random(4096)));
        kernel.await(1, "the loss noticed", s -> s.connection().equals("WFConnection"));
        kernel.kernelLog();

        java = again();
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(kernel.kernelLog())
                .as("three extents of 4 MiB")
                .contains("Began resync as SyncTarget (will sync 12288 KB [3072 bits set])");

        // The next time it is as any other.
        end(java);
        kernel.kernelLog();
        java = again();
        java.awaitInSync(kernel);
        assertThat(kernel.kernelLog()).doesNotContain("Began resync");

        // Some extents are hot, and some blocks were written without the kernel.
        java.done(java.resource().promote(false));
        write(java, 5L * MIB);
        java.done(java.resource().disconnect());
        write(java, 6L * MIB);
        write(java, 33L * MIB);
        powerCut(java);
        kernel.kernelLog();
        java = again();
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(kernel.kernelLog())
                .as("the extents of 4 and 32 MiB, and what was hot before")
                .contains("Began resync as SyncTarget (will sync 8192 KB [2048 bits set])");
    }

    private JavaPeer inSync() throws Exception {
        kernel.configure(JavaPeer.conf(
                kernel,
                "protocol C; connect-int 1;",
                "size " + (SIZE >> 10) + "K; resync-rate 100M; c-plan-ahead 0; c-min-rate 0;"));
        kernel.createAndUp("r1");
        MetaData.create(disk, meta, FLEXIBLE).get(1, TimeUnit.MINUTES);
        JavaPeer java = again();
        kernel.await(1, "Connected", "Inconsistent/Inconsistent");
        kernel.drbdadm("new-current-uuid --clear-bitmap r1/0");
        java.awaitInSync(kernel);
        return java;
    }

    private JavaPeer again() throws Exception {
        return cleanup.add(JavaPeer.connect(
                kernel, disk, VolumeOptions.of(0, disk, meta, FLEXIBLE), NetOptions.builder(), options -> options));
    }

    /** An orderly end, after which the disks are as they were left. */
    private void end(JavaPeer java) throws Exception {
        java.resource().close();
        meta = cleanup.add(copy(meta, MIB));
        disk = cleanup.add(copy(disk, SIZE));
        java.close();
    }

    /** What is on the disks now is all that is left. */
    private void powerCut(JavaPeer java) throws Exception {
        // First the meta-data: a write that is known as hot or dirty may have reached the disk or not.
        MemoryDevice newMeta = cleanup.add(copy(meta, MIB));
        MemoryDevice newDisk = cleanup.add(copy(disk, SIZE));
        java.close();
        disk = newDisk;
        meta = newMeta;
    }

    private static MemoryDevice copy(MemoryDevice from, int size) throws Exception {
        ByteBuffer all = ByteBuffer.allocate(size);
        from.read(0, all);
        MemoryDevice to = MemoryDevice.create(size);
        to.write(0, all.clear());
        return to;
    }

    private boolean isZero(long at) {
        try {
            ByteBuffer block = ByteBuffer.allocate(4096);
            disk.read(at, block);
            return block.getLong(0) == 0;
        } catch (io.diskless.cluster.block.BlockException e) {
            throw new AssertionError(e);
        }
    }

    private static void write(JavaPeer java, long at) throws Exception {
        java.volume().write(at, ByteBuffer.wrap(random(4096)));
    }

    private static byte[] random(int bytes) {
        byte[] b = new byte[bytes];
        new Random(bytes).nextBytes(b);
        return b;
    }
}
