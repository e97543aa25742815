package io.diskless.drbd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.SelectStrategy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a data thread looks again, and when it sleeps. */
final class SpinningTest {
    private int ready;

    private int next(Spinning spinning, boolean hasTasks) throws Exception {
        return spinning.calculateStrategy(() -> ready, hasTasks);
    }

    @Test
    void whoHasJustHadSomethingToDoLooksAgain() throws Exception {
        Spinning patient = new Spinning(TimeUnit.HOURS.toNanos(1));
        ready = 2;
        assertThat(next(patient, false)).isEqualTo(2);
        ready = 0;
        assertThat(next(patient, false)).isZero();
        assertThat(next(patient, false)).isZero();
    }

    @Test
    void whoHasHadNothingToDoForLongSleeps() throws Exception {
        Spinning hasty = new Spinning(1);
        ready = 1;
        assertThat(next(hasty, false)).isEqualTo(1);
        ready = 0;
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        int last;
        do {
            last = next(hasty, false);
        } while (last == 0 && System.nanoTime() - end < 0);
        assertThat(last).isEqualTo(SelectStrategy.SELECT);
        assertThat(next(hasty, false)).isEqualTo(SelectStrategy.SELECT);
    }

    @Test
    void whoHasTasksNeverSleeps() throws Exception {
        Spinning none = new Spinning(0);
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
