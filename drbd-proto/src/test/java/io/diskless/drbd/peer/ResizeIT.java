package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.testkit.Lan;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Both disks become larger while the volume is in use, and then one side is told: the kernel or we, Primary or Secondary.
 * What is behind the old end differs on both sides until it is synced.
 */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class ResizeIT {
    private static final int MIB = 1 << 20;
    private static final MetaOptions INTERNAL = MetaOptions.at(MetaPlacement.INTERNAL);

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();
    private final MemoryDevice disk = cleanup.add(MemoryDevice.create(4 * MIB));
    private long before;

    @Test
    void whoeverIsToldTheOtherFollows() throws Exception {
        JavaPeer java = connected();

        // The kernel is Primary, and is told; then we are.
        kernel.drbdadm("primary r1");
        grow(6);
        kernel.must("drbdsetup-84 resize 1");
        hasGrown(java, true);
        grow(8);
        java.done(java.resource().resize(0, 0, false));
        hasGrown(java, true);
        kernel.must("dd if=/dev/urandom of=/dev/drbd1 bs=4k count=400 seek=1500 iflag=fullblock oflag=direct");
        JavaPeer.holdsTheSame(disk, kernel.disk(0), 0, before);

        // We are Primary.
        kernel.drbdadm("secondary r1");
        java.done(java.resource().promote(false));
        grow(10);
        java.done(java.resource().resize(0, 9 * MIB, false));
        hasGrown(java, true);
        assertThat(before).isEqualTo(9L * MIB);
        grow(12);
        kernel.must("drbdsetup-84 resize 1");
        hasGrown(java, true);
        write(java, 11 * MIB, 7);

        // Nobody cares what is new.
        long alike = before;
        grow(13);
        kernel.must("drbdsetup-84 resize 1 --assume-clean");
        hasGrown(java, false);
        grow(16);
        java.done(java.resource().resize(0, 0, true));
        hasGrown(java, false);
        write(java, 13 * MIB, 8);
        JavaPeer.holdsTheSame(disk, kernel.disk(0), 0, alike);
        JavaPeer.holdsTheSame(disk, kernel.disk(0), 13 * MIB, 13 * MIB + 65_536);

        // Nothing is left to be done when both meet again.
        java.done(java.resource().demote());
        java.done(java.resource().disconnect());
        java.resource().connect();
        java.awaitInSync(kernel);
        assertThat(java.events().stream()
                        .filter(DrbdEvent.Compared.class::isInstance)
                        .map(Object::toString)
                        .reduce((first, last) -> last)
                        .orElseThrow())
                .contains("uuid_compare()=0");
        assertThat(kernel.status(1).orElseThrow().outOfSyncKiB()).isZero();
    }

    private JavaPeer connected() throws Exception {
        kernel.must("dmsetup create grows --table '0 " + (4 * MIB / 512) + " linear /dev/vda 0'; dmsetup mknodes");
        kernel.configure("""
                resource r1 {
                  net { protocol C; connect-int 1; }
                  disk { resync-rate 100M; c-plan-ahead 0; c-min-rate 0; }
                  on alice { device /dev/drbd1; disk /dev/mapper/grows; flexible-meta-disk /dev/vdb; address %s:%d; }
                  on java { device /dev/drbd1; disk /dev/null; flexible-meta-disk /dev/null; address %s:%d; }
                }
                """.formatted(kernel.address(), JavaPeer.PORT, Lan.HOST, JavaPeer.PORT));
        kernel.createAndUp("r1");
        MetaData.create(disk, disk, INTERNAL).get(1, TimeUnit.MINUTES);
        JavaPeer java = cleanup.add(JavaPeer.connect(
                kernel, disk, VolumeOptions.of(0, disk, disk, INTERNAL), NetOptions.builder(), options -> options));
        kernel.await(1, "Connected", "Inconsistent/Inconsistent");
        kernel.drbdadm("new-current-uuid --clear-bitmap r1/0");
        java.awaitInSync(kernel);
        before = java.volume().geometry().size();
        kernel.kernelLog();
        return java;
    }

    /** Makes both disks that many MiB large. */
    private void grow(int mib) throws Exception {
        long old = disk.geometry().size();
        disk.resize((long) mib * MIB);
        disk.write(old, ByteBuffer.wrap(random(mib, (int) (disk.geometry().size() - old))));
        kernel.disk(0).write(old, random(mib + 100, (int) (disk.geometry().size() - old)));
        kernel.must("dmsetup suspend grows && dmsetup reload grows --table '0 " + (long) mib * MIB / 512
                + " linear /dev/vda 0' && dmsetup resume grows");
    }

    private void hasGrown(JavaPeer java, boolean synced) throws Exception {
        long old = before;
        kernel.await(1, "another size", any -> sizeThere() > old);
        java.awaitInSync(kernel);
        before = java.volume().geometry().size();
        assertThat(sizeThere()).isEqualTo(before).isGreaterThan(old);
        assertThat(before).isGreaterThan(disk.geometry().size() - 2 * MIB);
        String log = kernel.kernelLog();
        if (synced) {
            JavaPeer.holdsTheSame(disk, kernel.disk(0), 0, before);
            assertThat(log)
                    .contains("(will sync " + (before - old) / 1024 + " KB [" + (before - old) / 4096 + " bits set])");
        } else {
            assertThat(log).doesNotContain("Began resync");
        }
        assertThat(kernel.status(1).orElseThrow().outOfSyncKiB()).isZero();
    }

    private long sizeThere() {
        return 512 * Long.parseLong(kernel.must("cat /sys/block/drbd1/size").strip());
    }

    private static void write(JavaPeer java, int at, long seed) throws Exception {
        java.volume().write(at, ByteBuffer.wrap(random(seed, 65_536)));
    }

    private static byte[] random(long seed, int bytes) {
        byte[] b = new byte[bytes];
        new Random(seed).nextBytes(b);
        return b;
    }
}
