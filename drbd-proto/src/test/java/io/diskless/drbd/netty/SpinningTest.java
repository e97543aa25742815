package io.diskless.drbd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.SelectStrategy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When a data thread looks again, and when it sleeps. */
final class SpinningTest {
    private int ready;

    private long now;

    private int next(Spinning spinning, boolean hasTasks) throws Exception {
        return spinning.calculateStrategy(() -> ready, hasTasks);
    }

    /** One pause of a loop: how often it looked again before it slept or found something. */
    private int looks(Spinning spinning, long nanos) throws Exception {
        long end = now + nanos;
        ready = 0;
        int looks = 0;
        while (now < end) {
            if (next(spinning, false) == SelectStrategy.SELECT) {
                // Woken by what has come; it is dealt with before the loop asks again.
                now = end;
                return looks;
            }
            looks++;
            now++;
        }
        ready = 1;
        assertThat(next(spinning, false)).isEqualTo(1);
        return looks;
    }

    @Test
    void whoHasJustHadSomethingToDoLooksAgain() throws Exception {
        Spinning patient = new Spinning(100, () -> now);
        ready = 2;
        assertThat(next(patient, false)).isEqualTo(2);
        ready = 0;
        assertThat(next(patient, false)).isZero();
        now = 99;
        assertThat(next(patient, false)).isZero();
        now = 100;
        assertThat(next(patient, false)).isEqualTo(SelectStrategy.SELECT);
    }

    @Test
    void whoFindsSomethingEachTimeGoesOnLooking() throws Exception {
        Spinning lucky = new Spinning(100, () -> now);
        for (int i = 0; i < 1000; i++) {
            assertThat(looks(lucky, 99)).isEqualTo(99);
        }
    }

    @Test
    void whoWasWokenLooksAgain() throws Exception {
        Spinning spinning = new Spinning(100, () -> now);
        assertThat(looks(spinning, 1000)).isEqualTo(100);
        // Two pauses of doubt for a look in vain, and then it pays.
        assertThat(looks(spinning, 150)).isZero();
        assertThat(looks(spinning, 150)).isZero();
        assertThat(looks(spinning, 80)).isEqualTo(80);
        assertThat(looks(spinning, 80)).isEqualTo(80);
    }

    @Test
    void whoseLooksAreInVainLooksMoreAndMoreSeldom() throws Exception {
        Spinning spinning = new Spinning(100, () -> now);
        int looked = 0;
        for (int i = 0; i < 100_000; i++) {
            looked += looks(spinning, 150) > 0 ? 1 : 0;
        }
        // 2 + 4 + ... + 1024 pauses between the first ten, then one in 1025.
        assertThat(looked).isBetween(100, 110);
    }

    @Test
    void whoHasLittleToDoDoesNotLookAtAll() throws Exception {
        Spinning spinning = new Spinning(100, () -> now);
        assertThat(looks(spinning, 1000)).isEqualTo(100);
        for (int i = 0; i < 1000; i++) {
            assertThat(looks(spinning, 1000)).isZero();
        }
    }

    @Test
    void whoHasTasksNeverSleeps() throws Exception {
        Spinning none = new Spinning(0, () -> now);
        assertThat(next(none, true)).isZero();
        assertThat(next(none, false)).isEqualTo(SelectStrategy.SELECT);
        assertThat(next(none, true)).isZero();
    }

    @Test
    void aSpinIsShort() {
        assertThatThrownBy(() -> DrbdTransport.tcp(1, ByteBufAllocator.DEFAULT, Duration.ofNanos(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got PT-0.000000001S");
        assertThatThrownBy(() -> DrbdTransport.tcp(1, ByteBufAllocator.DEFAULT, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got PT1S");
    }
}
