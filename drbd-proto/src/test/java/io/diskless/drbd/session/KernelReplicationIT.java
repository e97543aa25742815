package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.testkit.Lan;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Data between this side and a stock kernel, in both directions, compared block by block on the disks underneath. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class KernelReplicationIT {
    private static final int PORT = 7789;
    private static final int SIZE = 4 << 20;
    private static final String BOTH_GOOD = "UpToDate/UpToDate";

    private static Pair.Side java(
            KernelNode kernel, DrbdTransport transport, BlockDevice disk, NetOptions.Builder net) {
        return new Pair.Side(DrbdOptions.builder("r1")
                .addresses(new InetSocketAddress(Lan.host(), PORT), new InetSocketAddress(kernel.address(), PORT))
                .transport(transport)
                .net(net.authentication(
                                DigestAlgorithm.MD5, SharedSecret.of("password".getBytes(StandardCharsets.US_ASCII)))
                        .build())
                .volume(VolumeOptions.volatileMeta(0, disk))
                .build());
    }

    private static KernelNode kernel(String protocol, String more) {
        KernelNode alice = KernelNode.alice();
        alice.configure("""
                resource r1 {
                  net { protocol %s; cram-hmac-alg md5; shared-secret "password"; connect-int 3; %s }
                  disk { size 4M; resync-rate 100M; c-max-rate 100M; }
                  on alice { device /dev/drbd1; disk /dev/vda; flexible-meta-disk /dev/vdb; address 10.9.0.1:7789; }
                  on java  { device /dev/drbd1; disk /dev/vda; flexible-meta-disk /dev/vdb; address 10.9.0.254:7789; }
                }
                """.formatted(protocol, more));
        alice.createAndUp("r1");
        return alice;
    }

    private static byte[] random(int seed, int bytes) {
        byte[] b = new byte[bytes];
        new Random(seed).nextBytes(b);
        return b;
    }

    private static void same(KernelNode kernel, BlockDevice disk) throws Exception {
        assertThat(ReplicationTest.content(disk, SIZE)).isEqualTo(kernel.disk(0).read(0, SIZE));
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 100, 97, 96, 95, 94, 91, 90, 89, 88, 87, 86})
    void theKernelFillsThisSideAndWrites(int version) throws Exception {
        KernelNode alice = kernel("C", "");
        MemoryDevice disk = MemoryDevice.create(16 << 20);
        alice.disk(0).write(0, random(1, SIZE));
        try (DrbdTransport transport = DrbdTransport.tcp()) {
            Pair.Side java = java(alice, transport, disk, NetOptions.builder().versions(version, version));
            try {
                java.resource.connect();
                alice.await(1, "Connected", "Inconsistent/Inconsistent");
                alice.drbdadm("primary --force r1");
                alice.await(1, "Connected", BOTH_GOOD);
                java.awaitState("cs:Connected ro:Secondary/Primary ds:" + BOTH_GOOD);
                same(alice, disk);

                alice.must("dd if=/bin/busybox of=/dev/drbd1 bs=4k count=200 oflag=direct");
                alice.must("dd if=/bin/busybox of=/dev/drbd1 bs=64k seek=20 count=12 oflag=direct,sync");
                same(alice, disk);

                // What the kernel writes alone comes when both meet again.
                java.resource.disconnect().get(60, TimeUnit.SECONDS);
                alice.must("dd if=/bin/busybox of=/dev/drbd1 bs=4k seek=700 count=100 oflag=direct");
                java.resource.connect();
                java.awaitState("cs:Connected ro:Secondary/Primary ds:" + BOTH_GOOD);
                alice.await(1, "Connected", BOTH_GOOD);
                same(alice, disk);
            } finally {
                java.resource.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 100, 97, 96, 95, 94, 91, 90, 89, 88, 87, 86})
    void thisSideFillsTheKernelAndWrites(int version) throws Exception {
        KernelNode alice = kernel("C", "");
        MemoryDevice disk = MemoryDevice.create(16 << 20);
        disk.write(0, ByteBuffer.wrap(random(2, SIZE)));
        try (DrbdTransport transport = DrbdTransport.tcp()) {
            Pair.Side java = java(alice, transport, disk, NetOptions.builder().versions(version, version));
            try {
                java.resource.connect();
                java.awaitState("cs:Connected");
                alice.await(1, "Connected", "Inconsistent/Inconsistent");
                java.resource.promote(true).get(60, TimeUnit.SECONDS);
                java.awaitState("cs:Connected ro:Primary/Secondary ds:" + BOTH_GOOD);
                alice.await(1, "Connected", BOTH_GOOD);
                same(alice, disk);

                BlockDevice volume = java.resource.volume(0);
                for (int i = 0; i < 100; i++) {
                    volume.write(i * 20_480L, ByteBuffer.wrap(random(i, 512 * (1 + i % 32))));
                }
                volume.flush();
                same(alice, disk);

                alice.drbdadm("disconnect r1");
                java.awaitState("cs:WFConnection");
                volume.write(1 << 20, ByteBuffer.wrap(random(77, 65_536)));
                alice.drbdadm("connect r1");
                java.awaitState("cs:Connected ro:Primary/Secondary ds:" + BOTH_GOOD);
                alice.await(1, "Connected", BOTH_GOOD);
                same(alice, disk);

                // The kernel takes over, and reads what was written here.
                java.resource.demote().get(60, TimeUnit.SECONDS);
                alice.drbdadm("primary r1");
                alice.must("dd if=/dev/drbd1 of=/dev/null bs=64k iflag=direct");
                alice.must("dd if=/bin/busybox of=/dev/drbd1 bs=4k count=50 oflag=direct");
                same(alice, disk);
            } finally {
                java.resource.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ReplicationProtocol.class,
            names = {"A", "B"})
    void asynchronousProtocols(ReplicationProtocol protocol) throws Exception {
        KernelNode alice = kernel(protocol.name(), "data-integrity-alg crc32c;");
        MemoryDevice disk = MemoryDevice.create(16 << 20);
        try (DrbdTransport transport = DrbdTransport.tcp()) {
            Pair.Side java = java(
                    alice,
                    transport,
                    disk,
                    NetOptions.builder().protocol(protocol).dataIntegrityAlg(DigestAlgorithm.CRC32C));
            try {
                java.resource.connect();
                java.awaitState("cs:Connected");
                java.resource.promote(true).get(60, TimeUnit.SECONDS);
                java.awaitState("cs:Connected ro:Primary/Secondary ds:" + BOTH_GOOD);
                alice.await(1, "Connected", BOTH_GOOD);
                BlockDevice volume = java.resource.volume(0);
                for (int i = 0; i < 50; i++) {
                    volume.write(i * 20_480L, ByteBuffer.wrap(random(i, 8192)));
                }
                volume.flush();
                java.resource.demote().get(60, TimeUnit.SECONDS);
                alice.drbdadm("primary r1");
                alice.must("dd if=/bin/busybox of=/dev/drbd1 bs=4k seek=300 count=50 oflag=direct");
                alice.drbdadm("secondary r1");
                java.awaitState("cs:Connected ro:Secondary/Secondary ds:" + BOTH_GOOD);
                java.resource.promote(false).get(60, TimeUnit.SECONDS);
                same(alice, disk);
            } finally {
                java.resource.close();
            }
        }
    }

    @Test
    void theInitialSyncMayBeSkipped() throws Exception {
        KernelNode alice = kernel("C", "");
        MemoryDevice disk = MemoryDevice.create(16 << 20);
        try (DrbdTransport transport = DrbdTransport.tcp()) {
            Pair.Side java = java(alice, transport, disk, NetOptions.builder());
            try {
                java.resource.connect();
                alice.await(1, "Connected", "Inconsistent/Inconsistent");
                alice.drbdadm("new-current-uuid --clear-bitmap r1/0");
                java.awaitState("cs:Connected ro:Secondary/Secondary ds:" + BOTH_GOOD);
            } finally {
                java.resource.close();
            }
        }
    }
}
