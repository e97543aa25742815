package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A Primary that fences makes its peer know that it will be behind. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class FencingIT {
    private static final int SIZE = 1 << 20;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();

    @Test
    void weAreOutdatedWhenTheKernelGoesOnAlone() throws Exception {
        kernel.configure(JavaPeer.conf(
                kernel,
                "protocol C; connect-int 1;",
                "size " + (SIZE >> 10) + "K; fencing resource-only; } handlers { fence-peer /bin/true;"));
        kernel.createAndUp("r1");
        JavaPeer java = cleanup.add(JavaPeer.connect(kernel, SIZE, NetOptions.builder()));
        kernel.await(1, "Connected", "Inconsistent/Inconsistent");
        kernel.drbdadm("new-current-uuid --clear-bitmap r1/0");
        java.awaitInSync(kernel);
        kernel.drbdadm("primary r1");
        kernel.drbdadm("disconnect r1");
        java.await(
                "Outdated and alone",
                s -> s.connection() == ConnectionState.WF_CONNECTION && s.disk() == DiskState.OUTDATED);
        assertThat(kernel.status(1).orElseThrow().line()).contains("StandAlone").contains("UpToDate/Outdated");
        assertThatThrownBy(() -> java.done(java.resource().promote(false)))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        DrbdException.class, e -> assertThat(e.kind()).isEqualTo(DrbdException.Kind.NO_DATA));

        kernel.must("dd if=/dev/urandom of=/dev/drbd1 bs=4k count=20 seek=9 oflag=direct iflag=fullblock");
        kernel.drbdadm("connect r1");
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
    }
}
