package io.diskless.drbd.peer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.wire.ConnectionState;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A kernel and we prove to each other that we know the secret, or part. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class AuthenticationIT {

    private static final String MD5 = "cram-hmac-alg md5; shared-secret password;";

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sha1",
                "sha256",
                "sha512",
                "sha3-512",
                "blake2b-512",
                "rmd160",
                "streebog512",
                "wp384",
                "xxhash64"
            })
    void theDigestIsTheKernels(String name) throws Exception {
        DigestAlgorithm digest = DigestAlgorithm.ofKernelName(name).orElseThrow();
        up("cram-hmac-alg " + name + "; shared-secret another-Secret.42;");

        JavaPeer java = peer(digest, "another-Secret.42");

        java.await("Connected", state -> state.connection() == ConnectionState.CONNECTED);
        assertThat(kernel.kernelLog()).contains("Peer authenticated using " + digest.digestBytes() + " bytes HMAC");
        assertThat(java.events()).anyMatch(event -> event instanceof DrbdEvent.Agreed agreed && agreed.authenticated());
    }

    @Test
    void aWrongSecretEndsItOnBothSides() throws Exception {
        up(MD5);

        JavaPeer java = peer(DigestAlgorithm.MD5, "wrong-password");

        kernel.await(1, "StandAlone");
        assertThat(kernel.kernelLog()).contains("Authentication of peer failed");
        DrbdEvent.ConnectionLost lost = lost(java, DrbdEvent.ConnectionLost::standAlone);
        assertThat(lost.cause().kind()).isEqualTo(DrbdException.Kind.AUTHENTICATION);
        assertThat(java.log()).doesNotContain("wrong-password");
        assertThat(java.state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
    }

    @Test
    void differentDigestsAreTriedForEver() throws Exception {
        up(MD5);

        JavaPeer java = peer(DigestAlgorithm.SHA1, "password");

        lost(java, 3, any -> true);
        assertThat(kernel.kernelLog()).contains("expected AuthResponse payload of wrong size");
        assertThat(kernel.status(1).orElseThrow().connection()).isNotEqualTo("StandAlone");
    }

    @Test
    void aSecretThatOnlyTheKernelHasEndsItThere() throws Exception {
        up(MD5);

        JavaPeer java = peer(null, "");

        kernel.await(1, "StandAlone");
        assertThat(kernel.kernelLog()).contains("expected AuthChallenge packet, received: ReportProtocol");
        assertThat(java.state().connection()).isNotEqualTo(ConnectionState.CONNECTED);
    }

    @Test
    void aSecretThatOnlyWeHaveEndsItHere() throws Exception {
        up("");

        JavaPeer java = peer(DigestAlgorithm.MD5, "password");

        DrbdEvent.ConnectionLost lost = lost(java, DrbdEvent.ConnectionLost::standAlone);
        assertThat(lost.cause().kind()).isIn(DrbdException.Kind.AUTHENTICATION, DrbdException.Kind.INCOMPATIBLE);
        assertThat(java.state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
        assertThat(kernel.status(1).orElseThrow().connection()).isNotIn("StandAlone", "Connected");
    }

    private void up(String net) {
        kernel.configure(JavaPeer.conf(kernel, "protocol C; connect-int 1; " + net, "size 256K;"));
        kernel.createAndUp("r1");
    }

    private JavaPeer peer(DigestAlgorithm digest, String secret) throws Exception {
        NetOptions.Builder net = NetOptions.builder();
        if (digest != null) {
            net.authentication(digest, SharedSecret.of(secret.getBytes(US_ASCII)));
        }
        return cleanup.add(JavaPeer.connect(kernel, 256 << 10, net));
    }

    private static DrbdEvent.ConnectionLost lost(JavaPeer java, Predicate<DrbdEvent.ConnectionLost> wanted) {
        return lost(java, 1, wanted).get(0);
    }

    private static List<DrbdEvent.ConnectionLost> lost(
            JavaPeer java, int times, Predicate<DrbdEvent.ConnectionLost> wanted) {
        return java.awaitEvents(DrbdEvent.ConnectionLost.class, times, wanted);
    }
}
