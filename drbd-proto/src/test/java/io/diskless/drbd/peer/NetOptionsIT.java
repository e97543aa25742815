package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.ReplicationProtocol;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.wire.Role;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Net options change while a kernel and this side are connected, at the will of either. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class NetOptionsIT {
    private static final int SIZE = 2 << 20;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();
    private final Random random = new Random(9);

    private JavaPeer inSync() throws Exception {
        return cleanup.add(JavaPeer.inSync(kernel, MemoryDevice.create(SIZE), "", NetOptions.builder()));
    }

    /** The kernel's administrator changes something; both sides hold it then. */
    private void kernelSets(JavaPeer java, String words, Predicate<NetOptions> wanted) {
        kernel.drbdadm("net-options " + words + " r1");
        java.awaitEvents(
                DrbdEvent.Note.class,
                1,
                note -> note.words().contains("net options")
                        && wanted.test(java.resource().options().net()));
    }

    private void weSet(JavaPeer java, UnaryOperator<NetOptions.Builder> change) throws Exception {
        NetOptions next =
                change.apply(java.resource().options().net().toBuilder()).build();
        java.done(java.resource().adjust(next, java.resource().options().splitBrain()));
    }

    private void kernelWrites(int seek) {
        kernel.must("dd if=/dev/urandom of=/dev/drbd1 bs=4k count=5 seek=" + seek + " oflag=direct iflag=fullblock");
    }

    private void weWrite(JavaPeer java) throws Exception {
        byte[] bytes = new byte[20_000 / 512 * 512];
        random.nextBytes(bytes);
        java.volume().write(512L * random.nextInt(1000), ByteBuffer.wrap(bytes));
        java.volume().flush();
    }

    /** What the driver says that holds. */
    private String shown() {
        return kernel.must("drbdsetup-84 show --show-defaults r1");
    }

    @Test
    void protocolAndDigestsAtTheKernelsWill() throws Exception {
        JavaPeer java = inSync();
        kernel.drbdadm("primary r1");
        kernelSets(java, "--protocol=A", n -> n.protocol() == ReplicationProtocol.A);
        kernelWrites(0);
        kernelSets(java, "--protocol=B", n -> n.protocol() == ReplicationProtocol.B);
        kernelWrites(10);
        kernelSets(
                java, "--data-integrity-alg=sha1", n -> n.dataIntegrityAlg().equals(Optional.of(DigestAlgorithm.SHA1)));
        kernelWrites(20);
        kernelSets(java, "--verify-alg=md5", n -> n.verifyAlg().isPresent());
        kernelSets(java, "--csums-alg=md5", n -> n.csumsAlg().isPresent());
        assertThat(java.done(java.resource().verify(0, 0, Long.MAX_VALUE)).isClean())
                .isTrue();
        java.holdsTheSameAs(kernel.disk(0));

        // Our data goes without a digest until we say otherwise, and the kernel takes it so.
        kernel.drbdadm("secondary r1");
        java.await("kernel is Secondary", s -> s.peer() == Role.SECONDARY);
        java.done(java.resource().promote(false));
        weWrite(java);
        weSet(java, n -> n);
        weWrite(java);
        // With protocol B what is acknowledged was received; it is on the kernel's disk when that comes to it.
        Awaitility.await().atMost(KernelNode.PATIENCE).untilAsserted(() -> java.holdsTheSameAs(kernel.disk(0)));
        assertThat(java.events()).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);

        // And the next connection finds both alike.
        java.done(java.resource().demote());
        java.done(java.resource().disconnect());
        java.resource().connect();
        java.awaitInSync(kernel);
    }

    @Test
    void protocolAndDigestsAtOurWill() throws Exception {
        JavaPeer java = inSync();
        java.done(java.resource().promote(false));
        for (ReplicationProtocol p : ReplicationProtocol.values()) {
            weSet(java, n -> n.protocol(p));
            weWrite(java);
            assertThat(shown()).containsPattern("protocol\\s+" + p);
        }
        weSet(java, n -> n.dataIntegrityAlg(DigestAlgorithm.CRC32C));
        weWrite(java);
        weSet(java, n -> n.verifyAlg(DigestAlgorithm.MD5).csumsAlg(DigestAlgorithm.SHA1));
        weWrite(java);
        assertThat(shown()).contains("\"md5\"").contains("\"sha1\"");
        // Of the digest each side says for itself what it sends; its administrator does so too.
        assertThat(shown()).doesNotContain("crc32c");
        kernel.drbdadm("net-options --data-integrity-alg=crc32c r1");
        weWrite(java);
        kernel.drbdadm("verify r1");
        java.awaitEvents(DrbdEvent.SyncEnded.class, 1, DrbdEvent.SyncEnded::complete);
        java.holdsTheSameAs(kernel.disk(0));

        java.done(java.resource().demote());
        kernel.drbdadm("primary r1");
        kernelWrites(30);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(java.events()).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
        kernel.drbdadm("secondary r1");
        java.done(java.resource().disconnect());
        java.resource().connect();
        java.awaitInSync(kernel);
    }

    /** As for the time in which a guest moves from one machine to the other. */
    @Test
    void twoPrimariesForAWhile() throws Exception {
        JavaPeer java = inSync();
        kernel.drbdadm("primary r1");
        kernelSets(java, "--allow-two-primaries=yes", NetOptions::twoPrimaries);
        java.done(java.resource().promote(false));
        weWrite(java);
        kernelWrites(40);
        kernel.drbdadm("secondary r1");
        java.await("kernel is Secondary", s -> s.peer() == Role.SECONDARY);
        weSet(java, n -> n.twoPrimaries(false));
        weWrite(java);
        assertThat(kernel.run("drbdadm primary r1").exitCode())
                .as("a second Primary")
                .isNotZero();
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(java.events()).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
    }
}
