package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a Secondary tells of the writes that reach its disk. */
class WriteTapTest {
    /** A write, or with a length of -1 the end of an epoch. */
    private record Told(long offset, long length, WriteTap.Kind kind, long epoch) {
        boolean isEnd() {
            return length < 0;
        }
    }

    private final List<Told> told = new CopyOnWriteArrayList<>();

    private final WriteTap tap = new WriteTap() {
        @Override
        public void written(int volume, long offset, long length, Kind kind, long epoch) {
            told.add(new Told(offset, length, kind, epoch));
        }

        @Override
        public void epochEnded(long epoch) {
            told.add(new Told(0, -1, Kind.DATA, epoch));
            if (epoch == 1) {
                throw new IllegalStateException("what a tap throws is its own affair");
            }
        }
    };

    private Pair pair() {
        NetOptions net = Pair.fast().build();
        SyncOptions sync = new SyncOptions(250, 20, 10, 100, 1_000_000);
        return new Pair(o -> o.net(net).sync(sync), o -> o.net(net).sync(sync).tap(tap), 1 << 20);
    }

    private static void flushed(Pair pair) throws Exception {
        pair.a.resource.volume(0).flush();
        pair.a.await(s ->
                pair.a.resource.statistics().join().connection().orElseThrow().openEpochs() == 0);
    }

    @Test
    void writesAreToldInTheOrderOfTheirEpochsAndEachEpochEnds() throws Exception {
        try (Pair pair = pair()) {
            ReplicationTest.sync(pair);
            assertThat(told).as("a resync is not told").isEmpty();
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                all.add(pair.a.resource.volume(0).writeAsync(i * 4096L, ByteBuffer.allocate(4096), 0));
                if (i % 8 == 7) {
                    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                            .get(60, TimeUnit.SECONDS);
                    all.clear();
                }
            }
            pair.a.resource.volume(0).discard(512 << 10, 8192);
            flushed(pair);

            List<Told> writes = told.stream().filter(t -> !t.isEnd()).toList();
            assertThat(writes).hasSize(65);
            assertThat(writes.stream()
                            .filter(t -> t.kind() == WriteTap.Kind.DISCARD)
                            .toList())
                    .singleElement()
                    .satisfies(t -> {
                        assertThat(t.offset()).isEqualTo(512 << 10);
                        assertThat(t.length()).isEqualTo(8192);
                    });
            long ended = -1;
            for (Told t : told) {
                assertThat(t.epoch()).as("%s in %s", t, told).isGreaterThan(ended);
                if (t.isEnd()) {
                    ended = t.epoch();
                }
            }
            assertThat(told.get(told.size() - 1).isEnd()).isTrue();
            // A group was begun when the one before it had completed: it is never in an earlier epoch.
            for (int group = 1; group < 8; group++) {
                int from = group * 8;
                assertThat(epochOf(writes, from)).isGreaterThan(epochOf(writes, from - 8));
            }
        }
    }

    private static long epochOf(List<Told> writes, int block) {
        return writes.stream()
                .filter(t -> t.kind() == WriteTap.Kind.DATA && t.offset() == block * 4096L)
                .findFirst()
                .orElseThrow()
                .epoch();
    }

    @Test
    void aLostConnectionLeavesNoEndAndTheNumbersGoOn() throws Exception {
        try (Pair pair = pair()) {
            ReplicationTest.sync(pair);
            pair.a.resource.volume(0).write(0, ByteBuffer.allocate(4096));
            flushed(pair);
            long before = told.get(told.size() - 1).epoch();
            pair.b.resource.disconnect().get(60, TimeUnit.SECONDS);
            pair.b.resource.connect();
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            pair.a.resource.volume(0).write(8192, ByteBuffer.allocate(4096));
            flushed(pair);
            Told last = told.get(told.size() - 1);
            assertThat(last.isEnd()).isTrue();
            assertThat(last.epoch()).isGreaterThan(before);
        }
    }
}
