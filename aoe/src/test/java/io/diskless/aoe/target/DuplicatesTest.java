package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Late copies of writes: the hazard of spec section 12, and what the cache may and may not do about it. */
class DuplicatesTest {
    private static final byte[] A = Bench.sectors(1, 1);
    private static final byte[] B = Bench.sectors(1, 2);
    private final Bench bench = new Bench(1500, b -> b.duplicateCache(64, Duration.ofSeconds(10)));
    private final FaultyDevice device = FaultyDevice.of(MemoryDevice.create(64 * 512));

    @BeforeEach
    void disk() throws Exception {
        bench.target.export(Bench.E1_2, device, ExportOptions.defaults());
        bench.received();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    private byte[] stored() {
        return Bench.data(bench.askOne(Bench.read(0x7777_0000 + reads++, 5, 1)), 512);
    }

    private int reads;

    private void write(int tag, byte[] data) {
        assertThat(Bench.status(bench.askOne(Bench.write(tag, 5, data)))).isEqualTo(0x40);
    }

    private long recognised() {
        return bench.target.snapshot().export(Bench.E1_2).duplicates();
    }

    @Test
    void aLateCopyIsAnsweredAndDoesNotUndoALaterWrite() {
        write(1, A);
        write(2, B);
        // The network delivers a copy of the first write now.
        write(1, A);
        assertThat(stored()).isEqualTo(B);
        assertThat(recognised()).isEqualTo(1);
    }

    @Test
    void aRepeatedReadReadsAgain() {
        write(1, A);
        byte[] first = bench.askOne(Bench.read(9, 5, 1));
        write(2, B);
        byte[] second = bench.askOne(Bench.read(9, 5, 1));
        assertThat(Bench.data(first, 512)).isEqualTo(A);
        assertThat(Bench.data(second, 512)).isEqualTo(B);
    }

    @Test
    void aPeerThatUsesOneTagForEverythingLosesNothing() {
        write(0, A);
        write(0, B);
        write(0, A);
        assertThat(stored()).isEqualTo(A);
        assertThat(recognised()).isZero();
    }

    @Test
    void aPeerThatUsesAFewTagsInTurnLosesNothingOnceItIsKnown() {
        write(1, A);
        write(2, B);
        // Tag 1 comes again with other content: from here on tags mean nothing.
        write(1, B);
        write(2, A);
        write(1, B);
        assertThat(stored()).isEqualTo(B);
        write(2, A);
        assertThat(stored()).isEqualTo(A);
    }

    @Test
    void aTagThatWasUsedForAReadMeansNothingEither() {
        write(1, A);
        bench.askOne(Bench.read(1, 5, 1));
        write(2, B);
        write(1, A);
        assertThat(stored()).isEqualTo(A);
    }

    @Test
    void theWindowEnds() {
        write(1, A);
        write(2, B);
        bench.segment.advance(Duration.ofSeconds(11).toNanos());
        write(1, A);
        assertThat(stored()).isEqualTo(A);
    }

    @Test
    void aCopyOfAWriteUnderWayIsAnsweredOnce() {
        device.hold(Op.WRITE);
        assertThat(bench.ask(Bench.write(1, 5, A))).isEmpty();
        assertThat(bench.ask(Bench.write(1, 5, A))).isEmpty();
        assertThat(device.held()).isEqualTo(1);
        device.releaseAll();
        assertThat(bench.received()).hasSize(1);
        // The answer was lost: asked again, answered again.
        write(1, A);
        assertThat(recognised()).isEqualTo(2);
    }

    @Test
    void aFailedWriteMayBeTriedAgainWithItsTag() {
        device.fail(BlockException.Kind.MEDIUM, Op.WRITE).times(1);
        assertThat(Bench.status(bench.askOne(Bench.write(1, 5, A)))).isEqualTo(0x41);
        write(1, A);
        assertThat(stored()).isEqualTo(A);
    }

    @Test
    void withoutTheCacheTheHazardIsReal() throws Exception {
        try (Bench naive = new Bench(1500, b -> b.duplicateCache(0, Duration.ZERO))) {
            naive.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            naive.received();
            naive.askOne(Bench.write(1, 5, A));
            naive.askOne(Bench.write(2, 5, B));
            naive.askOne(Bench.write(1, 5, A));
            assertThat(Bench.data(naive.askOne(Bench.read(3, 5, 1)), 512)).isEqualTo(A);
        }
    }
}
