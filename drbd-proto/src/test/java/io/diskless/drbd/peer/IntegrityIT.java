package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.testkit.KernelNode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One bit of the data is flipped on its way: it is noticed, the connection starts over, and nothing wrong stays. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class IntegrityIT {

    private static final int SIZE = 1 << 20;
    private static final int AT = 40 << 12;
    private static final byte CONTENT = (byte) 0xa7;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final KernelNode kernel = KernelNode.alice();

    @ParameterizedTest
    @CsvSource({"101, crc32c", "97, sha1", "91, md5"})
    void inAWriteOfTheKernel(int version, String algorithm) throws Exception {
        FlippingWire wire = cleanup.add(new FlippingWire(kernel));
        JavaPeer java = inSync(wire, version, algorithm);
        kernel.drbdadm("primary r1");

        wire.flipOneBitAmong(CONTENT);
        kernel.must(
                "head -c 65536 /dev/zero | tr '\\0' '\\247' | dd of=/dev/drbd1 bs=64k iflag=fullblock seek=1 oflag=direct");

        assertThat(wire.hasFlipped()).isTrue();
        java.awaitEvents(
                DrbdEvent.ConnectionLost.class,
                1,
                lost -> lost.cause().kind() == DrbdException.Kind.INTEGRITY && !lost.standAlone());
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(block(java, 64 << 10)).isEqualTo(content(4096));
    }

    @ParameterizedTest
    @CsvSource({"101, crc32c", "97, sha1", "91, md5"})
    void inAWriteOfOurs(int version, String algorithm) throws Exception {
        FlippingWire wire = cleanup.add(new FlippingWire(kernel));
        JavaPeer java = inSync(wire, version, algorithm);
        java.done(java.resource().promote(false));

        wire.flipOneBitAmong(CONTENT);
        Future<?> written = java.volume().writeAsync(AT, ByteBuffer.wrap(content(8192)), 0);

        java.awaitEvents(DrbdEvent.ConnectionLost.class, 1, lost -> !lost.standAlone());
        java.done(written);
        assertThat(wire.hasFlipped()).isTrue();
        java.awaitInSync(kernel);
        assertThat(kernel.kernelLog()).contains("Digest integrity check FAILED: " + (AT >> 9) + "s +8192");
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(kernel.disk(0).read(AT, 8192)).isEqualTo(content(8192));
    }

    /** What a resync brings is protected as well. */
    @ParameterizedTest
    @CsvSource({"invalidate", "invalidate-remote"})
    void inAResync(String command) throws Exception {
        FlippingWire wire = cleanup.add(new FlippingWire(kernel));
        JavaPeer java = inSync(wire, 101, "crc32c");
        java.done(java.resource().promote(false));
        java.volume().write(AT, ByteBuffer.wrap(content(8192)));
        java.done(java.resource().demote());

        wire.flipOneBitAmong(CONTENT);
        kernel.drbdadm(command + " r1");

        java.awaitEvents(DrbdEvent.ConnectionLost.class, 1, lost -> !lost.standAlone());
        assertThat(wire.hasFlipped()).isTrue();
        java.awaitInSync(kernel);
        java.holdsTheSameAs(kernel.disk(0));
        assertThat(kernel.disk(0).read(AT, 8192)).isEqualTo(content(8192));
    }

    private JavaPeer inSync(FlippingWire wire, int version, String algorithm) throws Exception {
        return cleanup.add(JavaPeer.inSync(
                kernel,
                MemoryDevice.create(SIZE),
                "data-integrity-alg " + algorithm + ";",
                NetOptions.builder()
                        .versions(version, version)
                        .dataIntegrityAlg(
                                DigestAlgorithm.ofKernelName(algorithm).orElseThrow()),
                options -> options.addresses(wire.ours(), wire.kernels())));
    }

    private static byte[] content(int bytes) {
        byte[] content = new byte[bytes];
        Arrays.fill(content, CONTENT);
        return content;
    }

    private static byte[] block(JavaPeer java, long at) throws Exception {
        ByteBuffer block = ByteBuffer.allocate(4096);
        java.disk().read(at, block);
        return block.array();
    }
}
