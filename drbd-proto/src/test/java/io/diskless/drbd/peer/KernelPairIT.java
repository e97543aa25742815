package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.testkit.BackingDisk;
import io.diskless.drbd.testkit.KernelNode;
import org.junit.jupiter.api.Test;

/** Two kernels replicate with each other: what the other tests hold our peer against does work by itself. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class KernelPairIT {

    @Test
    void twoKernelsConnectAndSync() {
        KernelNode alice = KernelNode.alice();
        KernelNode bob = KernelNode.bob();
        for (KernelNode node : new KernelNode[] {alice, bob}) {
            node.configure("""
                    resource r1 {
                      net { protocol C; cram-hmac-alg md5; shared-secret "password"; }
                      disk { size 256K; }
                      on alice { device /dev/drbd1; disk /dev/vda; flexible-meta-disk /dev/vdb; address 10.9.0.1:7789; }
                      on bob   { device /dev/drbd1; disk /dev/vda; flexible-meta-disk /dev/vdb; address 10.9.0.2:7789; }
                    }
                    """);
            node.createAndUp("r1");
        }
        alice.await(1, "Connected", "Inconsistent/Inconsistent");

        alice.drbdadm("primary --force r1");
        alice.await(1, "Connected", "UpToDate/UpToDate");
        alice.must("dd if=/bin/busybox of=/dev/drbd1 bs=4k count=64 oflag=direct");

        assertThat(bob.disk(0).read(0, 64 * BackingDisk.BLOCK))
                .isEqualTo(alice.disk(0).read(0, 64 * BackingDisk.BLOCK))
                .startsWith(0x7f, 'E', 'L', 'F');
        assertThat(alice.kernelLog()).contains("Resync done");
    }
}
