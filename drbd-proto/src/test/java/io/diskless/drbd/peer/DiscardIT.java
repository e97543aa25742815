package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.testkit.KernelNode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Discards and zeroes, asked for on either side, leave both sides alike. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class DiscardIT {

    private static final int MIB = 1 << 20;
    private static final int SIZE = 4 * MIB;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();

    @ParameterizedTest
    @ValueSource(ints = {101, 97})
    void whoeverAsks(int version) throws Exception {
        JavaPeer java = cleanup.add(JavaPeer.inSync(
                kernel, MemoryDevice.create(SIZE), "", NetOptions.builder().versions(version, version)));

        // The kernel fills its volume, discards one MiB and has another half zeroed.
        kernel.drbdadm("primary r1");
        kernel.must("dd if=/dev/urandom of=/dev/drbd1 bs=64k count=64 iflag=fullblock oflag=direct");
        kernel.must("blkdiscard -o 1048576 -l 1048576 /dev/drbd1");
        assertThat(zeroes(java, MIB, MIB)).as("discarded here").isEqualTo(MIB);
        kernel.must("blkdiscard -z -o 2621440 -l 524288 /dev/drbd1");
        assertThat(zeroes(java, 2621440, 524288)).as("zeroed here").isEqualTo(524288);
        java.holdsTheSameAs(kernel.disk(0));

        // And we do.
        kernel.drbdadm("secondary r1");
        java.done(java.resource().promote(false));
        byte[] content = new byte[SIZE];
        new Random(version).nextBytes(content);
        java.volume().write(0, ByteBuffer.wrap(content));
        java.volume().discard(3 * MIB, MIB);
        java.volume().writeZeroes(4096 + 512, MIB);
        java.volume().flush();
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(zeroes(java, 3 * MIB, MIB)).isEqualTo(MIB);
        Arrays.fill(content, 4096 + 512, 4096 + 512 + MIB, (byte) 0);
        assertThat(kernel.disk(0).read(0, 3 * MIB)).isEqualTo(Arrays.copyOf(content, 3 * MIB));
    }

    @Test
    void aMountedFileSystemIsTrimmed() throws Exception {
        int size = 12 * MIB;
        JavaPeer java = cleanup.add(JavaPeer.inSync(kernel, MemoryDevice.create(size), "", NetOptions.builder()));
        kernel.drbdadm("primary r1");
        kernel.must("mkfs.ext4 -q /dev/drbd1 && mount /dev/drbd1 /mnt && cp -a /init /mnt/kept"
                + " && dd if=/dev/urandom of=/mnt/dropped bs=64k count=80 iflag=fullblock && sync");
        int before = zeroes(java, 0, size);

        kernel.must("rm /mnt/dropped && sync && fstrim -v /mnt");
        assertThat(zeroes(java, 0, size)).as("bytes that are zero here").isGreaterThan(before + 4 * MIB);
        kernel.must("cmp /init /mnt/kept && umount /mnt && e2fsck -fn /dev/drbd1");
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(java.events()).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
    }

    private static int zeroes(JavaPeer java, int from, int length) throws Exception {
        ByteBuffer content = ByteBuffer.allocate(length);
        java.disk().read(from, content);
        int zeroes = 0;
        for (byte b : content.array()) {
            zeroes += b == 0 ? 1 : 0;
        }
        return zeroes;
    }
}
