package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.wire.Dialect;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One block over and over, which goes over the wire once. */
class WriteSameTest {
    private static final int SIZE = 8 << 20;

    private final Random random = new Random(11);

    private static void same(Pair.Side primary, long offset, long length, byte[] block) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        primary.resource.volume(0).writeSame(offset, length, ByteBuffer.wrap(block), new Completion() {
            @Override
            public void completed() {
                done.complete(null);
            }

            @Override
            public void failed(BlockException cause) {
                done.completeExceptionally(cause);
            }
        });
        done.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private byte[] block(int size) {
        byte[] block = new byte[size];
        random.nextBytes(block);
        return block;
    }

    private static long sent(Pair.Side side) throws Exception {
        return side.resource
                .statistics()
                .get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .connection()
                .orElseThrow()
                .sentBytes();
    }

    /** With both features and without, with a digest and without. */
    @ParameterizedTest
    @CsvSource({"15, true", "15, false", "3, false", "0, true"})
    void bothSidesHaveIt(int features, boolean integrity) throws Exception {
        NetOptions.Builder options = Pair.fast().features(features);
        NetOptions net = (integrity ? options.dataIntegrityAlg(DigestAlgorithm.CRC32C) : options).build();
        try (Pair pair = new Pair(o -> o.net(net), o -> o.net(net), SIZE)) {
            ReplicationTest.sync(pair);
            Pair.Side primary = pair.a.state().toString().contains("ro:Primary") ? pair.a : pair.b;
            byte[] expected = ReplicationTest.content(pair.diskA, SIZE);
            long before = sent(primary);
            long[][] ranges = {{4096, 4 << 20, 4096}, {512, 512 * 7, 512}, {5 << 20, 3 << 20, 1536 * 2}, {0, 512, 512}};
            for (long[] r : ranges) {
                long length = r[1] / r[2] * r[2];
                byte[] block = block((int) r[2]);
                same(primary, r[0], length, block);
                for (long at = r[0]; at < r[0] + length; at += block.length) {
                    System.arraycopy(block, 0, expected, (int) at, block.length);
                }
            }
            boolean once = (features & Dialect.FF_WSAME) != 0;
            assertThat(sent(primary) - before).isBetween(once ? 1L : 7L << 20, once ? 16_384L : (7L << 20) + (1 << 20));
            assertThat(Arrays.mismatch(ReplicationTest.content(pair.diskA, SIZE), expected))
                    .isEqualTo(-1);
            assertThat(Arrays.mismatch(ReplicationTest.content(pair.diskB, SIZE), expected))
                    .isEqualTo(-1);
            assertThat(pair.a.events.toString() + pair.b.events).doesNotContain("ConnectionLost");
        }
    }

    @Test
    void whatNoDiskCallsABlockIsRefused() throws Exception {
        try (Pair pair = new Pair(Pair.fast().build())) {
            ReplicationTest.sync(pair);
            for (int[] wrong : new int[][] {{0, 1024}, {511, 1022}, {8192, 8192}, {1024, 1536}}) {
                assertThatThrownBy(() -> same(pair.a, 0, wrong[1], new byte[wrong[0]]))
                        .as("block of %d over %d", wrong[0], wrong[1])
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isInstanceOfSatisfying(
                                BlockException.class,
                                e -> assertThat(e.kind()).isEqualTo(BlockException.Kind.MISALIGNED));
            }
        }
    }
}
