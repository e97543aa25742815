package io.diskless.cluster.block.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import io.diskless.cluster.block.testkit.OnceCompletion;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Legs that never answer, or late: nobody waits for them longer than the deadline. Time moves when the test says so. */
class MirrorDeadlineTest {
    private static final long SIZE = 1 << 20;
    private static final int REGION = 16 << 10;
    private static final Duration DEADLINE = Duration.ofSeconds(2);

    private final ManualScheduler time = new ManualScheduler();
    private final List<MirrorEvent> events = new ArrayList<>();
    private final List<MemoryDevice> disks = new ArrayList<>();
    private final List<FaultyDevice> legs = new ArrayList<>();

    private Mirror create(int count) throws BlockException {
        return create(count, DEADLINE);
    }

    private Mirror create(int count, Duration deadline) throws BlockException {
        for (int i = 0; i < count; i++) {
            disks.add(MemoryDevice.create(SIZE));
            legs.add(FaultyDevice.of(disks.get(i)));
        }
        Mirror mirror = Mirror.create(
                legs,
                MirrorOptions.builder()
                        .regionSize(REGION)
                        .resyncChunk(4096)
                        .initialSync(InitialSync.ASSUME_IDENTICAL)
                        .scheduler(time)
                        .clock(time)
                        .listener(events::add)
                        .closeLegs(false)
                        .legDeadline(deadline)
                        .build());
        time.settle();
        events.clear();
        return mirror;
    }

    private static ByteBuffer bytes(int value) {
        byte[] bytes = new byte[4096];
        Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }

    private OnceCompletion begin(Mirror mirror, long offset, ByteBuffer data) {
        OnceCompletion done = new OnceCompletion();
        mirror.write(offset, data, 0, done);
        time.settle();
        return done;
    }

    private void write(Mirror mirror, long offset, int value) {
        assertThat(begin(mirror, offset, bytes(value)).outcome(Duration.ZERO)).isNull();
    }

    private LegState state(Mirror mirror, int leg) {
        return mirror.snapshot().legs().get(leg).state();
    }

    private byte byteOn(int leg, Mirror mirror, long offset) throws BlockException {
        ByteBuffer buffer = ByteBuffer.allocate(512);
        disks.get(leg).read(SIZE - mirror.geometry().size() + offset, buffer);
        return buffer.get(0);
    }

    @Test
    void aWriteGoesOnWithoutALegThatNeverAnswers() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        legs.get(1).hold(Op.WRITE);
        OnceCompletion done = begin(mirror, 0, bytes(2));
        time.advance(DEADLINE.minusMillis(1));
        assertThat(done.isOver()).as("before the deadline").isFalse();
        time.advance(Duration.ofMillis(1));
        assertThat(done.outcome(Duration.ZERO)).isNull();
        assertThat(state(mirror, 1)).isEqualTo(LegState.OUT);
        assertThat(Mirror.inspect(disks.get(0)).orElseThrow().legs().get(1).state())
                .as("recorded before the acknowledgement")
                .isEqualTo(LegState.OUT);
        assertThat(events)
                .singleElement()
                .isInstanceOfSatisfying(
                        MirrorEvent.LegLost.class,
                        lost -> assertThat(lost.cause().kind()).isEqualTo(Kind.TIMEOUT));
        // From now on nobody waits.
        write(mirror, 5 * REGION, 3);
    }

    @Test
    void withoutADeadlineItWaits() throws BlockException {
        Mirror mirror = create(2, Duration.ZERO);
        write(mirror, 0, 1);
        legs.get(1).hold(Op.WRITE);
        OnceCompletion done = begin(mirror, 0, bytes(2));
        time.advance(Duration.ofDays(1));
        assertThat(done.isOver()).isFalse();
        legs.get(1).releaseAll();
        assertThat(done.outcome(Duration.ZERO)).isNull();
    }

    @Test
    void theCallerHasItsBufferBackThoughTheLegStillWrites() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        legs.get(1).hold(Op.WRITE);
        byte[] mine = new byte[4096];
        Arrays.fill(mine, (byte) 2);
        OnceCompletion done = begin(mirror, 0, ByteBuffer.wrap(mine));
        time.advance(DEADLINE);
        assertThat(done.isOver()).isTrue();
        Arrays.fill(mine, (byte) 99);
        legs.get(1).release(1);
        assertThat(byteOn(1, mirror, 0))
                .as("what was written, not what the buffer holds now")
                .isEqualTo((byte) 2);
    }

    @Test
    void aLegThatIsLateComesBackOnceItHasEndedEverything() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        legs.get(1).hold(Op.WRITE);
        OnceCompletion late = begin(mirror, 0, bytes(2));
        time.advance(DEADLINE);
        assertThat(late.isOver()).isTrue();
        write(mirror, 0, 3);
        time.advance(Duration.ofMinutes(1));
        assertThat(state(mirror, 1))
                .as("it still has a write that would undo a newer one")
                .isEqualTo(LegState.OUT);
        assertThat(legs.get(1).held()).isEqualTo(1);
        legs.get(1).releaseAll();
        time.advance(Duration.ofMinutes(1));
        assertThat(state(mirror, 1)).isEqualTo(LegState.IN_SYNC);
        assertThat(byteOn(0, mirror, 0)).isEqualTo((byte) 3);
        assertThat(byteOn(1, mirror, 0)).isEqualTo((byte) 3);
    }

    @Test
    void aReadTurnsToAnotherLegAndALateAnswerTouchesNothing() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 7);
        legs.get(0).hold(Op.READ);
        legs.get(1).hold(Op.READ);
        ByteBuffer mine = ByteBuffer.allocate(4096);
        OnceCompletion done = new OnceCompletion();
        mirror.read(0, mine, done);
        time.settle();
        int asked = legs.get(0).held() == 1 ? 0 : 1;
        assertThat(legs.get(1 - asked).held()).isZero();
        time.advance(DEADLINE);
        assertThat(legs.get(1 - asked).held()).isEqualTo(1);
        legs.get(1 - asked).releaseAll();
        assertThat(done.outcome(Duration.ZERO)).isNull();
        assertThat(mine.get(100)).isEqualTo((byte) 7);
        assertThat(mine.position()).isZero();
        Arrays.fill(mine.array(), (byte) 99);
        legs.get(asked).releaseAll();
        assertThat(mine.get(100)).isEqualTo((byte) 99);
    }

    @Test
    void aFlushAndTheMetadataDoNotWaitEither() throws BlockException {
        Mirror mirror = create(3);
        write(mirror, 0, 1);
        legs.get(2).hold(Op.FLUSH);
        OnceCompletion flush = new OnceCompletion();
        mirror.flush(flush);
        time.advance(DEADLINE);
        assertThat(flush.outcome(Duration.ZERO)).isNull();
        assertThat(state(mirror, 2)).isEqualTo(LegState.OUT);
        // The bitmap of a new region is written first: the leg hangs before any data is sent.
        legs.get(1).hold();
        OnceCompletion write = begin(mirror, 9 * REGION, bytes(4));
        time.advance(DEADLINE);
        assertThat(write.outcome(Duration.ZERO)).isNull();
        assertThat(state(mirror, 1)).isEqualTo(LegState.OUT);
        assertThat(byteOn(0, mirror, 9 * REGION)).isEqualTo((byte) 4);
    }

    @Test
    void theLastLegFailsTheWriteAndStays() throws BlockException {
        Mirror mirror = create(1);
        write(mirror, 0, 1);
        legs.get(0).hold(Op.WRITE);
        OnceCompletion done = begin(mirror, 0, bytes(2));
        time.advance(DEADLINE);
        BlockException failure = done.outcome(Duration.ZERO);
        assertThat(failure).isNotNull();
        assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(state(mirror, 0)).isEqualTo(LegState.IN_SYNC);
        legs.get(0).releaseAll();
        write(mirror, 0, 3);
    }

    @Test
    void aLegThatWillNeverAnswerCanBeReplaced() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        legs.get(1).hold();
        OnceCompletion done = begin(mirror, 0, bytes(2));
        time.advance(DEADLINE);
        assertThat(done.isOver()).isTrue();
        disks.set(1, MemoryDevice.create(SIZE));
        CompletableFuture<Void> replaced = mirror.replace(1, disks.get(1));
        time.advance(Duration.ofMinutes(1));
        assertThat(replaced).isCompleted();
        assertThat(state(mirror, 1)).isEqualTo(LegState.IN_SYNC);
        assertThat(byteOn(1, mirror, 0)).isEqualTo((byte) 2);
    }

    @Test
    void theSameLegOpenedAgainWaitsForWhatTheFormerStillOwes() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        legs.get(1).hold(Op.WRITE);
        begin(mirror, 0, bytes(2));
        time.advance(DEADLINE);
        write(mirror, 0, 3);
        FaultyDevice again = FaultyDevice.of(disks.get(1));
        CompletableFuture<Void> replaced = mirror.replace(1, again);
        time.advance(Duration.ofMinutes(1));
        assertThat(replaced).isNotDone();
        // The former handle is closed, which ends what it had.
        legs.get(1).failHeld(Kind.CLOSED);
        time.advance(Duration.ofMinutes(1));
        assertThat(replaced).isCompleted();
        assertThat(state(mirror, 1)).isEqualTo(LegState.IN_SYNC);
        assertThat(byteOn(1, mirror, 0)).isEqualTo((byte) 3);
    }

    @Test
    void closingDoesNotWaitForALegThatHangs() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        legs.get(1).hold();
        OnceCompletion closed = new OnceCompletion();
        mirror.close(closed);
        time.advance(Duration.ofMinutes(1));
        assertThat(closed.outcome(Duration.ZERO)).isNull();
        Mirror again = Mirror.open(
                List.of(disks.get(0)),
                MirrorOptions.builder().scheduler(time).clock(time).build());
        assertThat(again.snapshot().legs().get(1).state()).isEqualTo(LegState.OUT);
    }

    @Test
    void aDeadlineIsAMillisecondAtLeast() {
        assertThatThrownBy(() ->
                        MirrorOptions.builder().legDeadline(Duration.ofNanos(1)).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("legDeadline");
        assertThat(MirrorOptions.builder().legDeadline(DEADLINE).build().toBuilder()
                        .build()
                        .legDeadline())
                .isEqualTo(DEADLINE);
    }
}
