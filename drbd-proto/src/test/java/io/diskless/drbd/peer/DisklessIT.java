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
import io.diskless.drbd.session.ReplicationProtocol;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** We are Primary and have no disk, or lose ours and get it back: everything is read from and written to the kernel's. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class DisklessIT {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 8 * MIB;
    private static final MetaOptions FLEXIBLE = MetaOptions.at(MetaPlacement.FLEXIBLE);

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();
    private final byte[] content = new byte[SIZE];
    private final Random random = new Random(11);

    @ParameterizedTest
    @EnumSource(
            value = ReplicationProtocol.class,
            names = {"A", "C"})
    void aPrimaryWithoutADiskGetsOneAndLosesItWhileItRuns(ReplicationProtocol protocol) throws Exception {
        kernel.configure(JavaPeer.conf(
                kernel,
                "protocol " + protocol + "; connect-int 1;",
                "size " + (SIZE >> 10) + "K; resync-rate 100M; c-plan-ahead 0; c-min-rate 0;"));
        kernel.createAndUp("r1");
        random.nextBytes(content);
        kernel.disk(0).write(0, content);
        kernel.drbdadm("primary --force r1");
        kernel.drbdadm("secondary r1");
        MemoryDevice disk = cleanup.add(MemoryDevice.create(SIZE));
        MemoryDevice meta = cleanup.add(MemoryDevice.create(MIB));
        MetaData.create(disk, meta, FLEXIBLE).get(1, TimeUnit.MINUTES);

        JavaPeer java = cleanup.add(JavaPeer.connect(
                kernel, disk, VolumeOptions.diskless(0), NetOptions.builder().protocol(protocol), options -> options));
        kernel.await(1, "Connected", "UpToDate/Diskless");
        java.await(ConnectionState.CONNECTED, DiskState.DISKLESS, DiskState.UP_TO_DATE);
        java.done(java.resource().promote(false));
        writeSome(java, 60);
        readsWhatWasWritten(java);
        assertThat(kernel.disk(0).read(0, SIZE)).isEqualTo(content);

        // A new disk gets all of it, while we go on.
        kernel.kernelLog();
        VolumeOptions volume = VolumeOptions.of(0, disk, meta, FLEXIBLE);
        java.done(java.resource().attach(volume));
        writeSome(java, 30);
        java.awaitInSync(kernel);
        assertThat(kernel.kernelLog()).contains("Began resync as SyncSource (will sync " + (SIZE >> 10) + " KB");
        writeSome(java, 10);
        java.volume().flush();
        // With protocol A the flush is this disk's alone: the kernel's has all of it when every barrier is answered.
        java.await(
                "all is stable over there",
                any -> java.resource()
                                .statistics()
                                .join()
                                .connection()
                                .orElseThrow()
                                .openEpochs()
                        == 0);
        readsWhatWasWritten(java);
        java.holdsTheSameAs(kernel.disk(0));

        // It goes, misses writes, and comes back.
        java.done(java.resource().detach(0));
        kernel.await(1, "Connected", "UpToDate/Diskless");
        for (int i = 0; i < 9; i++) {
            write(java, i * 300_000 / 4096 * 4096, 4096);
        }
        readsWhatWasWritten(java);
        kernel.kernelLog();
        java.done(java.resource().attach(volume));
        java.awaitInSync(kernel);
        // A Primary's extents that were hot when the disk went count as changed, as after a crash; here that is all of
        // them.
        assertThat(kernel.kernelLog()).contains("Began resync as SyncSource");
        readsWhatWasWritten(java);
        java.holdsTheSameAs(kernel.disk(0));
    }

    private void writeSome(JavaPeer java, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            int bytes = 512 * (1 + random.nextInt(256));
            write(java, 512 * random.nextInt((SIZE - bytes) / 512), bytes);
        }
    }

    private void write(JavaPeer java, int at, int bytes) throws Exception {
        byte[] fresh = new byte[bytes];
        random.nextBytes(fresh);
        java.volume().write(at, ByteBuffer.wrap(fresh));
        System.arraycopy(fresh, 0, content, at, bytes);
    }

    private void readsWhatWasWritten(JavaPeer java) throws Exception {
        ByteBuffer read = ByteBuffer.allocate(SIZE);
        java.volume().read(0, read);
        assertThat(read.array()).isEqualTo(content);
    }
}
