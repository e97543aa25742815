package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.testkit.Lan;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stock kernel accepts this side as its peer. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class KernelConnectIT {
    private static final int PORT = 7789;

    private static DrbdOptions.Builder options(KernelNode kernel, DrbdTransport transport, MemoryDevice disk) {
        return DrbdOptions.builder("r1")
                .addresses(new InetSocketAddress(Lan.host(), PORT), new InetSocketAddress(kernel.address(), PORT))
                .transport(transport)
                .volume(VolumeOptions.volatileMeta(0, disk));
    }

    private static NetOptions.Builder net() {
        return NetOptions.builder()
                .authentication(DigestAlgorithm.MD5, SharedSecret.of("password".getBytes(StandardCharsets.US_ASCII)));
    }

    private static KernelNode kernel() {
        KernelNode alice = KernelNode.alice();
        alice.configure("""
                resource r1 {
                  net { protocol C; cram-hmac-alg md5; shared-secret "password"; connect-int 3; }
                  disk { size 256K; }
                  on alice { device /dev/drbd1; disk /dev/vda; flexible-meta-disk /dev/vdb; address 10.9.0.1:7789; }
                  on java  { device /dev/drbd1; disk /dev/vda; flexible-meta-disk /dev/vdb; address 10.9.0.254:7789; }
                }
                """);
        alice.createAndUp("r1");
        return alice;
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 100, 97, 96, 95, 94, 91, 90, 89, 88, 87, 86})
    void connectsAtEachVersion(int version) throws Exception {
        KernelNode alice = kernel();
        try (DrbdTransport transport = DrbdTransport.tcp()) {
            Pair.Side java = new Pair.Side(options(alice, transport, MemoryDevice.create(64 << 20))
                    .net(net().versions(version, version).build())
                    .build());
            try {
                java.resource.connect();
                java.awaitState("cs:Connected ro:Secondary/Secondary ds:Inconsistent/Inconsistent");
                alice.await(1, "Connected", "Inconsistent/Inconsistent");
                assertThat(alice.kernelLog()).contains("Agreed network protocol version " + version);

                java.resource.disconnect().get(60, TimeUnit.SECONDS);
                alice.await(1, "WFConnection", status -> status.connection().equals("WFConnection"));
            } finally {
                java.resource.close();
            }
        }
    }

    @Test
    void theKernelsDisconnectIsGranted() {
        KernelNode alice = kernel();
        try (DrbdTransport transport = DrbdTransport.tcp()) {
            Pair.Side java = new Pair.Side(options(alice, transport, MemoryDevice.create(64 << 20))
                    .net(net().build())
                    .build());
            try {
                java.resource.connect();
                java.awaitState("cs:Connected");
                alice.drbdadm("disconnect r1");
                java.awaitState("cs:WFConnection");
                alice.drbdadm("connect r1");
                java.awaitState("cs:Connected");
            } finally {
                java.resource.close();
            }
        }
    }
}
