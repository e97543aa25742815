package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.state.AfterSplitBrain;
import io.diskless.drbd.state.RoleConflict;
import io.diskless.drbd.state.SplitBrainPolicies;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.wire.ConnectionState;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both sides were written to alone, and a policy says who gives in: both come to the same verdict. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class SplitBrainPolicyIT {

    private static final int SIZE = 1 << 20;
    private static final int OURS = 40 << 12;
    private static final int THEIRS = 80 << 12;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();

    /**
     * Policies as in the kernel's configuration; blocks that either side writes alone; who was Primary when the link
     * ended, and who is when both meet again; whose data both have afterwards.
     */
    @ParameterizedTest
    @CsvSource({
        "discard-zero-changes,    disconnect,        3, 0, nobody, nobody, java",
        "discard-zero-changes,    disconnect,        3, 3, nobody, nobody, nobody",
        "discard-least-changes,   disconnect,        1, 5, nobody, nobody, kernel",
        "discard-least-changes,   disconnect,        5, 1, nobody, nobody, java",
        "discard-younger-primary, disconnect,        5, 1, kernel, nobody, kernel",
        "discard-older-primary,   disconnect,        1, 5, kernel, nobody, java",
        "discard-local,           disconnect,        1, 5, nobody, nobody, java",
        "discard-remote,          disconnect,        5, 1, nobody, nobody, kernel",
        "disconnect,              discard-secondary, 5, 1, nobody, kernel, kernel",
        "disconnect,              discard-secondary, 1, 5, nobody, java,   java",
        "discard-least-changes,   consensus,         1, 5, nobody, kernel, kernel",
        "discard-least-changes,   consensus,         1, 5, nobody, java,   nobody",
        "discard-least-changes,   call-pri-lost-after-sb, 5, 1, nobody, java, java",
        // As with no Primary, whoever is one; but a Primary does not become a target.
        "discard-least-changes,   violently-as0p,    5, 1, nobody, java,   java",
        "discard-least-changes,   violently-as0p,    1, 5, nobody, kernel, kernel",
        "discard-least-changes,   violently-as0p,    1, 5, nobody, java,   kernel waits",
        "discard-least-changes,   violently-as0p,    5, 1, nobody, kernel, java waits",
    })
    void bothGoByIt(String none, String one, int ours, int theirs, String before, String after, String winner)
            throws Exception {
        bothGoByIt(none, one, "disconnect", ours, theirs, before, after, winner);
    }

    /**
     * The same with both sides Primary when they meet again. Who loses by the policy does not become a target and is StandAlone;
     * the other sees the connection end, and waits.
     */
    @ParameterizedTest
    @CsvSource({
        "discard-least-changes,   disconnect,        5, 1, nobody",
        "discard-least-changes,   violently-as0p,    5, 1, java waits",
        "discard-least-changes,   violently-as0p,    1, 5, kernel waits",
        "disconnect,              call-pri-lost-after-sb, 1, 5, nobody",
    })
    void noneOfTwoPrimariesGivesIn(String none, String two, int ours, int theirs, String winner) throws Exception {
        bothGoByIt(none, "disconnect", two, ours, theirs, "nobody", "both", winner);
    }

    private void bothGoByIt(
            String none, String one, String two, int ours, int theirs, String before, String after, String winner)
            throws Exception {
        SplitBrainPolicies policies = new SplitBrainPolicies(
                AfterSplitBrain.ofOption(none).orElseThrow(),
                AfterSplitBrain.ofOption(one).orElseThrow(),
                AfterSplitBrain.ofOption(two).orElseThrow(),
                false,
                RoleConflict.DISCONNECT);
        boolean both = after.equals("both");
        JavaPeer java = cleanup.add(JavaPeer.inSync(
                kernel,
                MemoryDevice.create(SIZE),
                "after-sb-0pri " + none + "; after-sb-1pri " + one + "; after-sb-2pri " + two + ";"
                        + (both ? " allow-two-primaries yes;" : ""),
                NetOptions.builder().twoPrimaries(both),
                options -> options.splitBrain(policies.mirrored())));
        if (before.equals("kernel")) {
            kernel.drbdadm("primary r1");
        }
        java.done(java.resource().disconnect());
        kernel.drbdadm("disconnect r1");
        java.done(java.resource().promote(false));
        java.volume().write(OURS, ByteBuffer.wrap(filled(ours, 1)));
        kernel.drbdadm("primary r1");
        if (theirs > 0) {
            kernel.must("tr '\\0' '\\2' </dev/zero | dd of=/dev/drbd1 bs=4k seek=80 iflag=fullblock oflag=direct count="
                    + theirs);
        }
        if (!after.equals("kernel") && !both) {
            kernel.drbdadm("secondary r1");
        }
        if (!after.equals("java") && !both) {
            java.done(java.resource().demote());
        }

        java.resource().connect();
        kernel.drbdadm("connect r1");

        if (winner.equals("nobody") || winner.endsWith(" waits")) {
            if (!winner.startsWith("kernel")) {
                kernel.await(1, "StandAlone");
            }
            if (!winner.startsWith("java")) {
                java.await("StandAlone", state -> state.connection() == ConnectionState.STAND_ALONE);
            }
            assertThat(kernel.kernelLog())
                    .contains("Split-Brain detected")
                    .contains(
                            winner.startsWith("kernel")
                                    ? "automatically solved. Sync from this node"
                                    : "-> StandAlone )");
        } else {
            java.awaitInSync(kernel);
            java.holdsTheSameAs(kernel.disk(0));
            boolean we = winner.equals("java");
            assertThat(kernel.disk(0).read(OURS, ours << 12)).isEqualTo(filled(ours, we ? 1 : 0));
            assertThat(kernel.disk(0).read(THEIRS, theirs << 12)).isEqualTo(filled(theirs, we ? 0 : 2));
        }
    }

    private static byte[] filled(int blocks, int value) {
        byte[] content = new byte[blocks << 12];
        Arrays.fill(content, (byte) value);
        return content;
    }
}
