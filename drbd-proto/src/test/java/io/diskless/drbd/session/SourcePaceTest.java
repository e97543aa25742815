package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How fast the source of a resync reads for it, on a clock that is moved by hand. */
class SourcePaceTest {
    private static final int PIECE = 64 << 10;

    private final EmbeddedChannel clock = new EmbeddedChannel();
    private long application;
    private int minRate = 1280;
    private long started;
    private final SourcePace pace = new SourcePace(clock.eventLoop(), () -> minRate, () -> application);

    SourcePaceTest() {
        clock.freezeTime();
    }

    @AfterEach
    void end() {
        clock.finishAndReleaseAll();
    }

    private void ask(int pieces, int bytes) {
        for (int i = 0; i < pieces; i++) {
            pace.admit(bytes, () -> started++);
        }
    }

    private long startedWithin(int ticks, boolean busy) {
        long before = started;
        for (int i = 0; i < ticks; i++) {
            application += busy ? 1 : 0;
            clock.advanceTimeBy(100, TimeUnit.MILLISECONDS);
            clock.runScheduledPendingTasks();
        }
        return started - before;
    }

    @Test
    void whoIsAloneGoesOnAtOnce() {
        ask(1000, PIECE);
        assertThat(started).isEqualTo(1000);
        assertThat(startedWithin(10, false)).isZero();
    }

    @Test
    void whileApplicationsUseTheDiskTheMinimumIsLeft() {
        ask(1, PIECE);
        startedWithin(1, true);
        ask(1000, PIECE);
        // 1280 KiB/s are two of 64 KiB in each 0.1 s.
        assertThat(startedWithin(20, true)).isEqualTo(40);
        assertThat(startedWithin(1, false)).isPositive();
        assertThat(started).isEqualTo(1001);
    }

    @Test
    void aPieceThatIsLargerThanATickIsPaidForByTheNextOnes() {
        ask(1, PIECE);
        startedWithin(1, true);
        ask(100, 1 << 20);
        assertThat(startedWithin(80, true)).isBetween(9L, 11L);
    }

    @Test
    void withoutAMinimumNoNoticeIsTaken() {
        minRate = 0;
        application++;
        ask(100, PIECE);
        assertThat(started).isEqualTo(100);
    }

    @Test
    void whatWaitsIsToldOfTheEnd() {
        ask(1, PIECE);
        startedWithin(1, true);
        ask(100, PIECE);
        long before = started;
        pace.close();
        assertThat(started - before).isBetween(1L, 100L);
        assertThat(started).isEqualTo(101);
        assertThat(startedWithin(5, true)).isZero();
    }
}
