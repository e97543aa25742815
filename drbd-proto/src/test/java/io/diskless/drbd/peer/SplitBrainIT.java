package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.wire.ConnectionState;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Both sides were written to alone. Nothing is lost without a word from the administrator. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class SplitBrainIT {

    private static final int SIZE = 1 << 20;
    private static final int OURS = 40 << 12;
    private static final int THEIRS = 80 << 12;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();

    @Test
    void isSeenByBothSidesAndSolvedByTheKernelGivingIn() throws Exception {
        JavaPeer java = split();
        kernel.drbdadm("disconnect r1 2>/dev/null || true");
        kernel.drbdadm("connect --discard-my-data r1");
        java.resource().connect();

        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(block(java, OURS)).isEqualTo(pattern(1));
        assertThat(block(java, THEIRS)).isEqualTo(new byte[4096]);
    }

    @Test
    void isSeenByBothSidesAndSolvedByUsGivingIn() throws Exception {
        JavaPeer java = split();
        kernel.drbdadm("connect r1 2>/dev/null || true");
        java.resource().connectDiscardingMyData();

        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(block(java, OURS)).isEqualTo(new byte[4096]);
        assertThat(block(java, THEIRS)).startsWith(0x7f, 'E', 'L', 'F');
    }

    /** Both write while the other is away, then meet, and part as StandAlone. */
    private JavaPeer split() throws Exception {
        JavaPeer java =
                cleanup.add(JavaPeer.inSync(kernel, cleanup.add(MemoryDevice.create(SIZE)), "", NetOptions.builder()));
        kernel.drbdadm("disconnect r1");
        java.done(java.resource().disconnect());
        java.done(java.resource().promote(false));
        java.volume().write(OURS, ByteBuffer.wrap(pattern(1)));
        java.done(java.resource().demote());
        kernel.must("drbdadm primary r1; dd if=/bin/bash of=/dev/drbd1 bs=4k count=1 seek=80 oflag=direct;"
                + " drbdadm secondary r1; dmesg -c >/dev/null");

        java.resource().connect();
        kernel.drbdadm("connect r1");

        kernel.await(1, "StandAlone");
        assertThat(kernel.kernelLog()).contains("Split-Brain detected but unresolved, dropping connection!");
        java.await("StandAlone", state -> state.connection() == ConnectionState.STAND_ALONE);
        assertThat(java.awaitEvents(DrbdEvent.ConnectionLost.class, 1, DrbdEvent.ConnectionLost::standAlone))
                .anyMatch(lost -> lost.cause().kind() == DrbdException.Kind.SPLIT_BRAIN);
        return java;
    }

    private static byte[] block(JavaPeer java, long at) throws Exception {
        ByteBuffer block = ByteBuffer.allocate(4096);
        java.disk().read(at, block);
        return block.array();
    }

    private static byte[] pattern(int value) {
        byte[] pattern = new byte[4096];
        Arrays.fill(pattern, (byte) value);
        return pattern;
    }
}
