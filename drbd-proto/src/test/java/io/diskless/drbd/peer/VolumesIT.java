package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.testkit.Lan;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.VolumeState;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two volumes on one connection. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class VolumesIT {

    private static final int FIRST = 4 << 20;
    private static final int SECOND = 2 << 20;
    private static final String GOOD = "UpToDate/UpToDate";

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();
    private final MemoryDevice second = cleanup.add(MemoryDevice.create(SECOND));

    @ParameterizedTest
    @ValueSource(ints = {101, 100})
    void eachIsWrittenAndResyncedByItself(int version) throws Exception {
        JavaPeer java = connected(version);

        // The kernel fills both, and writes to both at once.
        kernel.disk(0).write(0, random(1, FIRST));
        kernel.disk(2).write(0, random(2, SECOND));
        kernel.drbdadm("primary --force r1");
        awaitInSync(java);
        same(java);
        kernel.must("""
                dd if=/dev/urandom of=/dev/drbd1 bs=4k count=100 seek=10 iflag=fullblock oflag=direct & one=$!
                dd if=/dev/urandom of=/dev/drbd2 bs=12k count=40 seek=20 iflag=fullblock oflag=direct & two=$!
                wait $one && wait $two
                """);
        same(java);

        // What each of them missed is all that comes.
        java.done(java.resource().disconnect());
        kernel.must(
                "dd if=/dev/urandom of=/dev/drbd2 bs=4k count=9 seek=30 iflag=fullblock oflag=direct; dmesg -c >/dev/null");
        java.resource().connect();
        awaitInSync(java);
        same(java);
        assertThat(kernel.kernelLog())
                .contains("drbd2: Began resync as SyncSource (will sync 36 KB [9 bits set])")
                .contains("drbd1: Began resync as SyncSource (will sync 0 KB [0 bits set])");

        // The other way round: we write to both, then one of them is declared bad there.
        kernel.drbdadm("secondary r1");
        java.done(java.resource().promote(false));
        write(java.resource().volume(0), FIRST, 3);
        write(java.resource().volume(1), SECOND, 4);
        same(java);
        kernel.disk(2).write(8192, random(5, 4096));
        kernel.kernelLog();
        kernel.drbdadm("invalidate r1/1");
        awaitInSync(java);
        same(java);
        assertThat(kernel.kernelLog())
                .contains("drbd2: Began resync as SyncTarget (will sync 2048 KB [512 bits set])")
                .doesNotContain("drbd1: Began resync");

        // One disk goes and comes back; the other volume does not notice.
        kernel.drbdadm("detach r1/1");
        kernel.await(2, "Connected", "Diskless/UpToDate");
        write(java.resource().volume(0), FIRST, 6);
        write(java.resource().volume(1), SECOND, 7);
        kernel.drbdadm("attach r1/1");
        awaitInSync(java);
        same(java);
    }

    private JavaPeer connected(int version) throws Exception {
        kernel.configure("""
                resource r1 {
                  net { protocol C; connect-int 1; }
                  disk { resync-rate 100M; c-plan-ahead 0; c-min-rate 0; }
                  on alice {
                    address %s:%d;
                    volume 0 { device /dev/drbd1; disk { size 4M; } disk /dev/vda; flexible-meta-disk /dev/vdb; }
                    volume 1 { device /dev/drbd2; disk { size 2M; } disk /dev/vdc; flexible-meta-disk /dev/vdd; }
                  }
                  on java {
                    address %s:%d;
                    volume 0 { device /dev/drbd1; disk /dev/a; flexible-meta-disk /dev/b; }
                    volume 1 { device /dev/drbd2; disk /dev/c; flexible-meta-disk /dev/d; }
                  }
                }
                """.formatted(kernel.address(), JavaPeer.PORT, Lan.HOST, JavaPeer.PORT));
        kernel.createAndUp("r1");
        JavaPeer java = cleanup.add(JavaPeer.connect(
                kernel,
                MemoryDevice.create(FIRST),
                NetOptions.builder().versions(version, version),
                options -> options.volume(VolumeOptions.volatileMeta(1, second))));
        kernel.await(1, "Connected", "Inconsistent/Inconsistent");
        kernel.await(2, "Connected", "Inconsistent/Inconsistent");
        return java;
    }

    private void awaitInSync(JavaPeer java) {
        java.awaitInSync(kernel);
        kernel.await(2, "Connected", GOOD);
        java.await("volume 1 in sync", any -> isGood(java.resource().state(1)));
    }

    private static boolean isGood(VolumeState state) {
        return state.connection() == ConnectionState.CONNECTED
                && state.disk() == DiskState.UP_TO_DATE
                && state.peerDisk() == DiskState.UP_TO_DATE;
    }

    private void same(JavaPeer java) throws Exception {
        java.holdsTheSameAs(kernel.disk(0));
        JavaPeer.holdsTheSame(second, kernel.disk(2));
    }

    private static void write(BlockDevice volume, int size, long seed) throws Exception {
        Random random = new Random(seed);
        for (int i = 0; i < 40; i++) {
            byte[] content = random(random.nextLong(), 512 * (1 + random.nextInt(40)));
            volume.write(512L * random.nextInt((size - content.length) >> 9), ByteBuffer.wrap(content));
        }
        volume.flush();
    }

    private static byte[] random(long seed, int length) {
        byte[] content = new byte[length];
        new Random(seed).nextBytes(content);
        return content;
    }
}
