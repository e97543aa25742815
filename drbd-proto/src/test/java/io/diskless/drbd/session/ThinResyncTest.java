package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.wire.Dialect;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A resync in which the source says of zeroes that they are zeroes. */
class ThinResyncTest {
    private static final int SIZE = (8 << 20) + 3 * 512;
    private static final int DATA = 300 << 10;

    private final MemoryDevice target = MemoryDevice.create(SIZE);

    private static Pair pair(MemoryDevice target, int granularity, int features, SyncOptions sync) {
        NetOptions net = Pair.fast().features(features).build();
        return new Pair(
                o -> o.net(net).sync(sync),
                o -> o.net(net).sync(sync),
                SIZE,
                VolumeOptions.volatileMeta(0, target).resyncDiscardGranularity(granularity));
    }

    /** Fills the target with ones, and has it synced with a source that holds zeroes but for one piece. */
    private static long receivedBytes(Pair pair, MemoryDevice target) throws Exception {
        byte[] ones = new byte[SIZE];
        Arrays.fill(ones, (byte) 1);
        target.write(0, ByteBuffer.wrap(ones));
        byte[] data = new byte[DATA];
        new Random(1).nextBytes(data);
        pair.diskB.write((1 << 20) + 4096, ByteBuffer.wrap(data));

        pair.connect();
        pair.a.awaitState("cs:Connected");
        pair.b.awaitState("cs:Connected");
        pair.b.resource.promote(true).get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        pair.a.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");

        assertThat(Arrays.mismatch(ReplicationTest.content(target, SIZE), ReplicationTest.content(pair.diskB, SIZE)))
                .isEqualTo(-1);
        assertThat(pair.a.events).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
        return pair.a
                .resource
                .statistics()
                .get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .connection()
                .orElseThrow()
                .receivedBytes();
    }

    /** With a controller, and at a rate at which a piece is more than what one tick allows. */
    @ParameterizedTest
    @CsvSource({"65536, 0", "65536, 20", "1048576, 20", "4096, 0"})
    void zeroesAreNotSent(int granularity, int planAhead) throws Exception {
        SyncOptions sync = new SyncOptions(100_000, planAhead, 10, 100, 1_000_000, 0);
        try (Pair pair = pair(target, granularity, Dialect.FF_THIN_RESYNC, sync)) {
            long received = receivedBytes(pair, target);

            // Pieces with data in them, what is left at the end of the volume, and words about the rest.
            assertThat(received).isBetween((long) DATA, (DATA + 3L * granularity + (256 << 10)));
        }
    }

    @Test
    void aLowRateDoesNotMakeThePiecesSmaller() throws Exception {
        try (Pair pair = pair(target, 1 << 20, Dialect.FF_ALL, SyncOptions.fixed(8_000))) {
            assertThat(receivedBytes(pair, target)).isLessThan(3 << 20);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 15", "65536, 0", "65536, 9"})
    void allOfItIsSentToWhoDoesNotAskAndByWhoDoesNotKnow(int granularity, int features) throws Exception {
        try (Pair pair = pair(target, granularity, features, SyncOptions.fixed(1_000_000))) {
            assertThat(receivedBytes(pair, target)).isGreaterThan(SIZE);
        }
    }

    @Test
    void aGranularityIsAPowerOfTwo() {
        assertThatThrownBy(() -> VolumeOptions.diskless(0).resyncDiscardGranularity(12_288))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("12288");
        assertThatThrownBy(() -> VolumeOptions.diskless(0).resyncDiscardGranularity(2 << 20))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
