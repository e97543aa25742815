package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.testkit.Lan;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Verify, checksum resync, full resync on demand, detach: with a stock kernel at the other end. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class KernelAdminIT {
    private static final int SIZE = 4 << 20;
    private static final String GOOD = "UpToDate/UpToDate";

    private static KernelNode kernel(String more) {
        KernelNode alice = KernelNode.alice();
        alice.configure("""
                resource r1 {
                  net { protocol C; connect-int 3; %s }
                  disk { size 4M; resync-rate 100M; c-max-rate 100M; }
                  on alice { device /dev/drbd1; disk /dev/vda; flexible-meta-disk /dev/vdb; address 10.9.0.1:7789; }
                  on java  { device /dev/drbd1; disk /dev/vda; flexible-meta-disk /dev/vdb; address 10.9.0.254:7789; }
                }
                """.formatted(more));
        alice.createAndUp("r1");
        return alice;
    }

    private static Pair.Side java(KernelNode kernel, DrbdTransport transport, MemoryDevice disk, NetOptions net) {
        return new Pair.Side(DrbdOptions.builder("r1")
                .addresses(new InetSocketAddress(Lan.host(), 7789), new InetSocketAddress(kernel.address(), 7789))
                .transport(transport)
                .net(net)
                .volume(VolumeOptions.volatileMeta(0, disk))
                .build());
    }

    private static byte[] random(int seed, int bytes) {
        byte[] b = new byte[bytes];
        new Random(seed).nextBytes(b);
        return b;
    }

    private static void same(KernelNode kernel, MemoryDevice disk) throws Exception {
        assertThat(ReplicationTest.content(disk, SIZE)).isEqualTo(kernel.disk(0).read(0, SIZE));
    }

    /** Java becomes Primary by force and fills the kernel. */
    private static void sync(Pair.Side java, KernelNode alice) throws Exception {
        java.resource.connect();
        java.awaitState("cs:Connected");
        alice.await(1, "Connected", "Inconsistent/Inconsistent");
        java.resource.promote(true).get(60, TimeUnit.SECONDS);
        java.awaitState("cs:Connected ro:Primary/Secondary ds:" + GOOD);
        alice.await(1, "Connected", GOOD);
    }

    @ParameterizedTest
    @CsvSource({"101, MD5", "101, CRC32C", "97, SHA1", "88, MD5"})
    void verifyInBothDirections(int version, DigestAlgorithm algorithm) throws Exception {
        KernelNode alice = kernel("verify-alg " + algorithm.kernelName() + ";");
        MemoryDevice disk = MemoryDevice.create(16 << 20);
        NetOptions net = NetOptions.builder()
                .versions(version, version)
                .verifyAlg(algorithm)
                .build();
        try (DrbdTransport transport = DrbdTransport.tcp()) {
            Pair.Side java = java(alice, transport, disk, net);
            try {
                sync(java, alice);
                assertThat(java.resource
                                .verify(0, 0, Long.MAX_VALUE)
                                .get(180, TimeUnit.SECONDS)
                                .isClean())
                        .isTrue();
                disk.write(20_480, ByteBuffer.wrap(random(1, 8192)));

                VerifyReport report = java.resource.verify(0, 0, Long.MAX_VALUE).get(180, TimeUnit.SECONDS);
                assertThat(report.differing()).containsExactly(new VerifyReport.Range(40, 16));
                assertThat(report.compared()).isEqualTo(SIZE / 4096);
                alice.await(1, "two blocks marked", s -> s.connection().equals("Connected") && s.outOfSyncKiB() == 8);

                disk.write(1 << 20, ByteBuffer.wrap(random(2, 4096)));
                alice.drbdadm("verify r1");
                alice.await(
                        1, "three blocks marked", s -> s.connection().equals("Connected") && s.outOfSyncKiB() == 12);
                assertThat(alice.kernelLog()).contains("Out of sync: start=2048, size=8 (sectors)");
                java.awaitState("cs:Connected ro:Primary/Secondary ds:" + GOOD);
                assertThat(java.events.toString()).contains("3 blocks differ");
            } finally {
                java.resource.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 91})
    void checksumsSpareWhatIsAlike(int version) throws Exception {
        KernelNode alice = kernel("csums-alg sha1;");
        MemoryDevice disk = MemoryDevice.create(16 << 20);
        byte[] common = random(3, SIZE);
        disk.write(0, ByteBuffer.wrap(common));
        alice.disk(0).write(0, common);
        disk.write(8192, ByteBuffer.wrap(random(4, 4096)));
        NetOptions net = NetOptions.builder()
                .versions(version, version)
                .csumsAlg(DigestAlgorithm.SHA1)
                .build();
        try (DrbdTransport transport = DrbdTransport.tcp()) {
            Pair.Side java = java(alice, transport, disk, net);
            try {
                sync(java, alice);
                same(alice, disk);
                // The other way: all of this side is given up and fetched, but for what is alike.
                disk.write(1 << 20, ByteBuffer.wrap(random(5, 4096)));
                java.resource.demote().get(60, TimeUnit.SECONDS);
                java.resource.invalidate(0).get(60, TimeUnit.SECONDS);
                java.await(s -> java.events.toString().contains("after=cs:SyncTarget")
                        && s.toString().startsWith("cs:Connected ro:Secondary/Secondary ds:" + GOOD));
                alice.await(1, "Connected", GOOD);
                same(alice, disk);
                assertThat(alice.kernelLog()).contains("% had equal checksums");
            } finally {
                java.resource.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"java", "kernel"})
    void fullResyncOnDemand(String who) throws Exception {
        KernelNode alice = kernel("");
        MemoryDevice disk = MemoryDevice.create(16 << 20);
        try (DrbdTransport transport = DrbdTransport.tcp()) {
            Pair.Side java = java(alice, transport, disk, NetOptions.builder().build());
            try {
                sync(java, alice);
                java.resource.volume(0).write(0, ByteBuffer.wrap(random(6, 1 << 20)));
                alice.disk(0).write(4096, random(7, 4096));
                if (who.equals("java")) {
                    java.resource.invalidateRemote(0).get(60, TimeUnit.SECONDS);
                } else {
                    alice.drbdadm("invalidate r1");
                }
                java.await(s -> java.events.toString().lastIndexOf("after=cs:SyncSource")
                                > java.events.toString().lastIndexOf("promoted by force")
                        && s.toString().startsWith("cs:Connected ro:Primary/Secondary ds:" + GOOD));
                alice.await(1, "Connected", GOOD);
                alice.await(1, "nothing out of sync", s -> s.outOfSyncKiB() == 0);
                same(alice, disk);

                java.resource.detach(0).get(60, TimeUnit.SECONDS);
                alice.await(1, "Connected", "UpToDate/Diskless");
                java.resource.volume(0).write(8192, ByteBuffer.wrap(random(8, 4096)));
                ByteBuffer read = ByteBuffer.allocate(SIZE);
                java.resource.volume(0).read(0, read);
                assertThat(read.array()).isEqualTo(alice.disk(0).read(0, SIZE));
            } finally {
                java.resource.close();
            }
        }
    }
}
