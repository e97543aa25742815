package io.diskless.aoe.initiator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** How long a question waits for its answer: paths learn when they were too impatient, and forget it again. */
class TimeoutsTest {
    private static final long MIN = 5 * Bench.MILLI;

    /** A target whose machine runs somebody else now and then: frames wait, and all are answered afterwards. */
    private static final class Sleepy implements AutoCloseable {
        final Bench bench = new Bench(1500);
        final ScriptedTarget target = bench.target(1500, 4096, 1);
        final AoeDisk disk;
        private long asleepUntil;

        Sleepy() {
            bench.others.clear();
            bench.others.add(() -> bench.segment.clock().getAsLong() < asleepUntil ? 0 : target.poll());
            disk = bench.open(DiskOptions.defaults());
            // So that the estimator knows how fast this target is otherwise.
            busy(64);
        }

        void busy(int reads) {
            for (int i = 0; i < reads; i++) {
                bench.read(disk, i * 1024L, 1024);
            }
        }

        /** Reads while the target sleeps; returns how long the read took. */
        long readDuring(long pause) {
            long begin = bench.segment.clock().getAsLong();
            asleepUntil = begin + pause;
            bench.join(disk.readAsync(0, ByteBuffer.allocate(8 * 1024)));
            long took = bench.segment.clock().getAsLong() - begin;
            // The answers to what was repeated come as well.
            bench.pass(Bench.MILLI);
            return took;
        }

        PathSnapshot path() {
            return disk.snapshot().paths().get(0);
        }

        @Override
        public void close() {
            bench.close();
        }
    }

    @Test
    void learnsFromAnAnswerThatCameAfterTheRepetition() {
        try (Sleepy sleepy = new Sleepy()) {
            assertThat(sleepy.path().readTimeout()).isEqualTo(MIN);
            sleepy.readDuring(12 * Bench.MILLI);
            long repeated = sleepy.path().retransmissions();
            assertThat(repeated).as("the first pause is a surprise").isPositive();
            assertThat(sleepy.path().timeouts()).isEqualTo(8);
            assertThat(sleepy.path().spurious()).as("all of them in vain").isEqualTo(8);

            for (int i = 0; i < 50; i++) {
                // The estimator itself has forgotten the pause by then.
                sleepy.busy(100);
                sleepy.readDuring(12 * Bench.MILLI);
            }
            assertThat(sleepy.path().retransmissions())
                    .as("fifty more of the kind are none")
                    .isEqualTo(repeated);
            assertThat(sleepy.path().demotions()).isZero();
        }
    }

    @Test
    void aLossIsStillRepeatedSoonAfterThat() {
        try (Sleepy sleepy = new Sleepy()) {
            sleepy.readDuring(400 * Bench.MILLI);
            sleepy.busy(200);
            boolean[] lost = {false};
            sleepy.target.lose = seen -> !lost[0] && seen.isRead() && (lost[0] = true);
            long begin = sleepy.bench.segment.clock().getAsLong();
            sleepy.bench.read(sleepy.disk, 0, 1024);
            assertThat(lost[0]).isTrue();
            assertThat(sleepy.bench.segment.clock().getAsLong() - begin)
                    .as("however long the pause was, the floor stays below 100 ms")
                    .isBetween(90 * Bench.MILLI, 105 * Bench.MILLI);
        }
    }

    @Test
    void forgetsInTime() {
        try (Sleepy sleepy = new Sleepy()) {
            sleepy.readDuring(12 * Bench.MILLI);
            sleepy.busy(200);
            long learnt = sleepy.path().readTimeout();
            assertThat(learnt).isBetween(20 * Bench.MILLI, 30 * Bench.MILLI);
            sleepy.bench.pass(10 * Bench.SECOND);
            sleepy.busy(1);
            assertThat(sleepy.path().readTimeout()).isBetween(10 * Bench.MILLI, learnt - 1);
            for (int i = 0; i < 3; i++) {
                sleepy.bench.pass(10 * Bench.SECOND);
                sleepy.busy(1);
            }
            assertThat(sleepy.path().readTimeout()).isEqualTo(MIN);
        }
    }

    @Test
    void whatWasLostForGoodTeachesNothing() {
        try (Sleepy sleepy = new Sleepy()) {
            int[] count = {0};
            sleepy.target.lose = seen -> seen.isRead() && count[0]++ % 7 == 0;
            sleepy.busy(200);
            assertThat(sleepy.path().timeouts()).isGreaterThan(20);
            assertThat(sleepy.path().spurious()).isZero();
            sleepy.target.lose = seen -> false;
            sleepy.busy(200);
            assertThat(sleepy.path().readTimeout()).isEqualTo(MIN);
        }
    }

    @Test
    void theFloorIsTwiceTheLateAnswerWithinItsBounds() {
        TimeoutFloor floor = new TimeoutFloor(MIN, Bench.SECOND);
        floor.late(MIN - 1, 0);
        assertThat(floor.nanos()).isEqualTo(2 * MIN - 2);
        floor.late(MIN / 2, 0);
        assertThat(floor.nanos()).as("never shorter for it").isEqualTo(2 * MIN - 2);
        floor.late(Long.MAX_VALUE, 0);
        assertThat(floor.nanos()).isEqualTo(TimeoutFloor.CEILING);
        floor.inTime(TimeoutFloor.HALF_LIFE - 1);
        assertThat(floor.nanos()).isEqualTo(TimeoutFloor.CEILING);
        floor.inTime(TimeoutFloor.HALF_LIFE);
        assertThat(floor.nanos()).isEqualTo(TimeoutFloor.CEILING / 2);

        TimeoutFloor patient = new TimeoutFloor(300 * Bench.MILLI, Bench.SECOND);
        patient.late(Bench.SECOND, 0);
        assertThat(patient.nanos())
                .as("who asks for more than the ceiling gets it")
                .isEqualTo(300 * Bench.MILLI);
        TimeoutFloor hasty = new TimeoutFloor(Bench.MILLI, 50 * Bench.MILLI);
        hasty.late(Bench.SECOND, 0);
        assertThat(hasty.nanos()).as("never beyond the longest timeout").isEqualTo(50 * Bench.MILLI);
    }
}
