package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.TrimRanges;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import io.diskless.cluster.net.AoeAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;
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

    /** At 10 Gb/s no more than 115,313 writes of two sectors fit into 100 ms. */
    @Test
    void theDefaultRemembersWhatFitsInto100MillisecondsOfAFastEthernet() throws Exception {
        try (Bench busy = new Bench()) {
            busy.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            busy.received();
            busy.askOne(Bench.write(1, 5, A));
            busy.askOne(Bench.write(2, 5, B));
            for (int i = 0; i < 115_313; i++) {
                Bench.send(busy.client, Bench.write(0x1_0000 + i * 77, 6 + i % 50, A));
                if (i % 32 == 0) {
                    busy.received();
                }
            }
            busy.received();
            busy.askOne(Bench.write(1, 5, A));
            assertThat(Bench.data(busy.askOne(Bench.read(3, 5, 1)), 512)).isEqualTo(B);
        }
    }

    @Test
    void justTheOldestIsForgotten() {
        SplittableRandom random = new SplittableRandom(1);
        int[] tags = random.ints(64).toArray();
        for (int tag : tags) {
            write(tag, A);
        }
        write(1, B);
        for (int i = 1; i < tags.length; i++) {
            write(tags[i], A);
            assertThat(stored()).as("write %d", i).isEqualTo(B);
        }
        write(tags[0], A);
        assertThat(stored()).isEqualTo(A);
    }

    @Test
    void aClashSpeaksOnlyOfWhatIsAsOld() {
        write(1, A);
        bench.segment.advance(Duration.ofSeconds(1).toNanos());
        write(1, B);
        write(2, A);
        write(3, B);
        bench.segment.advance(Duration.ofMillis(30).toNanos());
        write(2, A);
        assertThat(stored()).isEqualTo(B);
        // A tag came again after a second: after a good part of one a copy may as well be a request.
        bench.segment.advance(Duration.ofMillis(600).toNanos());
        write(2, A);
        assertThat(stored()).isEqualTo(A);
    }

    @Test
    void aClashIsForgottenWhenNoneFollowsWithinTheWindow() {
        write(1, A);
        write(1, B);
        bench.segment.advance(Duration.ofSeconds(9).toNanos());
        write(2, A);
        write(3, B);
        write(2, A);
        assertThat(stored()).isEqualTo(A);
        bench.segment.advance(Duration.ofMillis(1001).toNanos());
        write(4, A);
        write(5, B);
        bench.segment.advance(Duration.ofSeconds(9).toNanos());
        write(4, A);
        assertThat(stored()).isEqualTo(B);
    }

    /** Linux counts its tags per device (spec section 9). */
    @Test
    void theSameTagOnAnotherExportIsNoClash() throws Exception {
        AoeAddress other = new AoeAddress(1, 3);
        bench.target.export(other, MemoryDevice.create(64 * 512), ExportOptions.defaults());
        bench.received();
        write(1, A);
        bench.askOne(Bench.ata(other, 1, 0x41, 0, 1, 0x34, 5, B));
        bench.askOne(Bench.ata(other, 2, 0x40, 0, 1, 0x24, 5));
        write(2, B);
        write(1, A);
        assertThat(stored()).isEqualTo(B);
    }

    private static byte[] trim(int tag, long lba) {
        byte[] ranges = new byte[512];
        TrimRanges.write(ByteBuffer.wrap(ranges), 0, 0, lba, 1);
        return Bench.ata(Bench.E1_2, tag, 0x41, 1, 1, AtaCommand.DATA_SET_MANAGEMENT, 0, ranges);
    }

    @Test
    void aLateCopyOfATrimIsAnsweredAndDiscardsNothing() {
        assertThat(Bench.status(bench.askOne(trim(1, 5)))).isEqualTo(0x40);
        write(2, B);
        assertThat(Bench.status(bench.askOne(trim(1, 5)))).isEqualTo(0x40);
        assertThat(stored()).isEqualTo(B);
        assertThat(recognised()).isEqualTo(1);
        // One of another range is another.
        bench.askOne(trim(3, 6));
        assertThat(stored()).isEqualTo(B);
        bench.askOne(trim(4, 5));
        assertThat(stored()).isEqualTo(new byte[512]);
    }

    @Test
    void aCopyOfATrimUnderWayIsAnsweredOnce() {
        device.hold(Op.DISCARD);
        assertThat(bench.ask(trim(1, 5))).isEmpty();
        assertThat(bench.ask(trim(1, 5))).isEmpty();
        assertThat(device.held()).isEqualTo(1);
        device.releaseAll();
        assertThat(bench.received()).hasSize(1);
        assertThat(recognised()).isEqualTo(1);
    }

    private static byte[] features(int tag, int feature) {
        return Bench.ata(Bench.E1_2, tag, 0, feature, 0, AtaCommand.SET_FEATURES, 0);
    }

    @Test
    void aLateCopyOfSetFeaturesDoesNotSwitchTheCacheOnAgain() throws Exception {
        bench.target.exports().get(0).close();
        Export export = bench.target.export(
                Bench.E1_2,
                device,
                ExportOptions.builder().writePolicy(WritePolicy.BUFFERED).build());
        bench.received();
        bench.askOne(features(1, AtaCommand.FEATURE_WRITE_CACHE_ON));
        assertThat(export.isWriteCacheOn()).isTrue();
        bench.askOne(features(2, AtaCommand.FEATURE_WRITE_CACHE_OFF));
        assertThat(Bench.status(bench.askOne(features(1, AtaCommand.FEATURE_WRITE_CACHE_ON))))
                .isEqualTo(0x40);
        assertThat(export.isWriteCacheOn()).isFalse();
        assertThat(Bench.status(bench.askOne(features(2, AtaCommand.FEATURE_WRITE_CACHE_OFF))))
                .isEqualTo(0x40);
        assertThat(recognised()).isEqualTo(2);
    }

    @Test
    void aWriteUnderWayIsNotEndedByTheEndOfAnotherOneWithItsTag() {
        device.hold(Op.WRITE);
        assertThat(bench.ask(Bench.write(1, 5, A))).isEmpty();
        assertThat(bench.ask(Bench.write(1, 6, B))).isEmpty();
        bench.segment.advance(Duration.ofSeconds(11).toNanos());
        device.release(1);
        assertThat(bench.received()).hasSize(1);
        // The second one is still under way; nobody may say that it is done.
        assertThat(bench.ask(Bench.write(1, 6, B))).isEmpty();
        device.releaseAll();
        bench.received();
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
