package io.diskless.drbd.internal;

import static io.diskless.drbd.internal.ConflictDetector.Verdict.MERGE;
import static io.diskless.drbd.internal.ConflictDetector.Verdict.WAIT;
import static io.diskless.drbd.internal.ConflictDetector.Verdict.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConflictDetectorTest {
    private static final class W extends ConflictDetector.Write {}

    /** Columns: the peer's write against mine at 8 to 15, verdict. */
    @ParameterizedTest
    @CsvSource({
        "8,  8, MERGE",
        "9,  2, MERGE",
        "7,  2, MERGE",
        "15, 4, MERGE",
        "0, 64, MERGE",
        "0,  8, WRITE",
        "16, 1, WRITE",
    })
    void theSideThatResolvesKeepsItsOwn(long sector, long sectors, ConflictDetector.Verdict verdict) {
        ConflictDetector detector = new ConflictDetector(true);
        detector.startLocal(new W(), 8, 8);

        assertThat(detector.arrive(new W(), sector, sectors)).isEqualTo(verdict);
    }

    @Test
    void theOtherSideWaitsForItsOwnAndThenWritesThePeers() {
        ConflictDetector detector = new ConflictDetector(false);
        W mine = new W();
        W theirs = new W();
        W elsewhere = new W();
        detector.startLocal(mine, 8, 8);

        assertThat(detector.arrive(theirs, 10, 2)).isEqualTo(WAIT);
        assertThat(detector.arrive(elsewhere, 100, 8)).isEqualTo(WRITE);
        detector.judged(mine);
        assertThat(detector.nextReady()).as("mine is not written yet").isNull();
        detector.finished(mine);

        assertThat(detector.nextReady()).isSameAs(theirs);
        assertThat(detector.nextReady()).isNull();
        assertThat(detector.conflicts()).isEqualTo(1);
    }

    @Test
    void whatThePeerAcknowledgedBeforeIsNoConflict() {
        ConflictDetector detector = new ConflictDetector(true);
        W mine = new W();
        W theirs = new W();
        detector.startLocal(mine, 8, 8);
        detector.judged(mine);

        assertThat(detector.arrive(theirs, 8, 8)).isEqualTo(WAIT);

        detector.finished(mine);
        assertThat(detector.nextReady()).isSameAs(theirs);
        assertThat(detector.conflicts()).isZero();
    }

    @Test
    void theRestOfAWriteIsWhatMeetsNoneOfMine() {
        ConflictDetector detector = new ConflictDetector(true);
        W judged = new W();
        detector.startLocal(new W(), 8, 8);
        detector.startLocal(judged, 20, 2);
        detector.startLocal(new W(), 30, 10);
        detector.judged(judged);
        StringBuilder gaps = new StringBuilder();

        assertThat(detector.arrive(new W(), 4, 30)).isEqualTo(MERGE);
        detector.gaps(
                4,
                30,
                (sector, sectors) ->
                        gaps.append(sector).append('+').append(sectors).append(' '));

        assertThat(gaps).hasToString("4+4 16+14 ");
    }

    @Test
    void mineWaitForThePeersThatAreUnderWay() {
        ConflictDetector detector = new ConflictDetector(true);
        W theirs = new W();
        assertThat(detector.arrive(theirs, 8, 8)).isEqualTo(WRITE);

        assertThat(detector.mayStart(0, 9)).isFalse();
        assertThat(detector.mayStart(16, 9)).isTrue();
        detector.finished(theirs);

        assertThat(detector.mayStart(0, 9)).isTrue();
    }

    @Test
    void writesOfThePeerThatOverlapKeepTheirOrder() {
        ConflictDetector detector = new ConflictDetector(false);
        W first = new W();
        W second = new W();
        W third = new W();

        assertThat(detector.arrive(first, 0, 8)).isEqualTo(WRITE);
        assertThat(detector.arrive(second, 4, 8)).isEqualTo(WAIT);
        assertThat(detector.arrive(third, 8, 8)).isEqualTo(WAIT);
        detector.finished(first);

        assertThat(detector.nextReady()).isSameAs(second);
        assertThat(detector.nextReady()).isNull();
        detector.finished(second);
        assertThat(detector.nextReady()).isSameAs(third);
    }

    @Test
    void aSupersededWriteIsNotUnderWay() {
        ConflictDetector detector = new ConflictDetector(true);
        detector.startLocal(new W(), 8, 8);

        assertThat(detector.arrive(new W(), 8, 8)).isEqualTo(MERGE);
        assertThat(detector.arrive(new W(), 4, 8)).isEqualTo(MERGE);

        assertThat(detector.underWay()).isEqualTo(1);
    }

    /** Columns: highest seen, number of the write, whether it may be looked at. */
    @ParameterizedTest
    @CsvSource({
        "0, 1, true",
        "0, 2, false",
        "1, 2, true",
        "5, 3, true",
        "2147483647, -2147483648, true",
        "2147483647, -2147483647, false",
        "-2147483648, 2147483647, true",
        "-1, 0, true",
        "-2, 0, false",
    })
    void aWriteWaitsForWhatWasSentBeforeIt(int seen, int seq, boolean admitted) {
        assertThat(new SequenceGate(0, seen).admits(seq)).isEqualTo(admitted);
    }

    @Test
    void numbersWrapAround() {
        SequenceGate gate = new SequenceGate(-2, Integer.MAX_VALUE);

        assertThat(gate.next()).isEqualTo(-1);
        assertThat(gate.next()).isZero();
        gate.seen(Integer.MIN_VALUE);
        gate.seen(5 - Integer.MAX_VALUE);
        gate.seen(Integer.MAX_VALUE - 3);

        assertThat(gate.admits(6 - Integer.MAX_VALUE)).as("the last one is old").isTrue();
        assertThat(gate.admits(8 - Integer.MAX_VALUE)).isFalse();
    }
}
