package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.testkit.KernelNode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** File systems change hands: written on one side, checked and read on the other. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class FileSystemIT {

    private static final int SIZE = 12 << 20;
    private static final String FILES = "cd /mnt && find . -type f | sort | xargs sha256sum | sha256sum; cd /";

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();

    @Test
    void whatTheKernelWroteIsWholeHereAndBackThere() throws Exception {
        MemoryDevice disk = cleanup.add(MemoryDevice.create(SIZE));
        JavaPeer java = cleanup.add(JavaPeer.inSync(kernel, disk, "", NetOptions.builder()));
        kernel.drbdadm("primary r1");
        kernel.must("mkfs.ext4 -q /dev/drbd1 && mount /dev/drbd1 /mnt && cp -a /lib/modules /init /mnt/ && sync");
        String written = kernel.must(FILES);
        kernel.must("umount /mnt && e2fsck -fn /dev/drbd1");
        kernel.drbdadm("secondary r1");
        java.holdsTheSameAs(kernel.disk(0));

        java.done(java.resource().promote(false));
        ByteBuffer read = ByteBuffer.allocate(SIZE);
        java.volume().read(0, read);
        assertThat(Arrays.equals(read.array(), kernel.disk(0).read(0, SIZE)))
                .as("what the volume reads here is what is there")
                .isTrue();
        java.done(java.resource().demote());

        kernel.drbdadm("primary r1");
        kernel.must("e2fsck -fn /dev/drbd1 && mount /dev/drbd1 /mnt");
        assertThat(kernel.must(FILES)).isEqualTo(written);
        kernel.must("umount /mnt");
    }

    @Test
    void whatWeWroteIsMountedByTheKernel() throws Exception {
        MemoryDevice disk = cleanup.add(MemoryDevice.create(SIZE));
        JavaPeer java = cleanup.add(JavaPeer.inSync(kernel, disk, "", NetOptions.builder()));
        // A file system made elsewhere, which never saw DRBD.
        kernel.must("mkfs.ext4 -q /dev/vdc " + (SIZE >> 10) + "k && mount /dev/vdc /mnt"
                + " && cp -a /lib/modules /init /mnt/");
        String written = kernel.must(FILES);
        kernel.must("umount /mnt && sync && blockdev --flushbufs /dev/vdc");
        byte[] image = kernel.disk(2).read(0, SIZE);

        java.done(java.resource().promote(false));
        int piece = 300 << 9;
        for (int at = 0; at < SIZE; at += piece) {
            java.volume().write(at, ByteBuffer.wrap(image, at, Math.min(piece, SIZE - at)));
        }
        java.volume().flush();
        java.done(java.resource().demote());
        java.holdsTheSameAs(kernel.disk(0));

        kernel.drbdadm("primary r1");
        kernel.must("e2fsck -fn /dev/drbd1 && mount /dev/drbd1 /mnt");
        assertThat(kernel.must(FILES)).isEqualTo(written);
        kernel.must("umount /mnt");
    }

    @Test
    void anOcfs2IsMountedOverUs() throws Exception {
        int size = 64 << 20;
        MemoryDevice disk = cleanup.add(MemoryDevice.create(size));
        JavaPeer java = cleanup.add(JavaPeer.inSync(kernel, disk, "", NetOptions.builder()));
        kernel.drbdadm("primary r1");
        kernel.must("""
                cat >/etc/ocfs2/cluster.conf <<'CONF'
                node:
                	ip_port = 7777
                	ip_address = 10.9.0.1
                	number = 0
                	name = alice
                	cluster = lab
                cluster:
                	node_count = 1
                	name = lab
                CONF
                modprobe configfs && modprobe ocfs2_stack_o2cb && modprobe ocfs2 && modprobe ocfs2_dlmfs || exit 1
                grep -q ' /sys/kernel/config ' /proc/mounts || mount -t configfs configfs /sys/kernel/config || exit 1
                echo o2cb >/sys/fs/ocfs2/cluster_stack || exit 1
                o2cb register-cluster lab
                mkfs.ocfs2 -F -q -b 4K -C 4K -J size=4M -N 2 -L store --cluster-stack=o2cb --cluster-name=lab \
                  /dev/drbd1 </dev/null
                """);
        kernel.must("mount -t ocfs2 /dev/drbd1 /storage && cp -a /lib/modules /init /storage/ && sync");
        String written = kernel.must("cd /storage && find . -type f | sort | xargs sha256sum | sha256sum");
        kernel.must("umount /storage && fsck.ocfs2 -fn /dev/drbd1");
        kernel.drbdadm("secondary r1");
        java.holdsTheSameAs(kernel.disk(0));

        kernel.drbdadm("primary r1");
        kernel.must("mount -t ocfs2 /dev/drbd1 /storage");
        assertThat(kernel.must("cd /storage && find . -type f | sort | xargs sha256sum | sha256sum"))
                .isEqualTo(written);
        kernel.must("umount /storage");
        java.awaitInSync(kernel);
    }
}
