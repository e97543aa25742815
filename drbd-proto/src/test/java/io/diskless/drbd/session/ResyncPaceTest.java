package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How fast a resync goes, on a clock that is moved by hand. */
class ResyncPaceTest {
    private final EmbeddedChannel clock = new EmbeddedChannel();
    private final ArrayDeque<long[]> line = new ArrayDeque<>();
    private ResyncPace pace;
    private long application;
    private long asked;
    private long now;
    private int delay;

    ResyncPaceTest() {
        clock.freezeTime();
        pace = pace(SyncOptions.DEFAULT);
    }

    @AfterEach
    void end() {
        clock.finishAndReleaseAll();
    }

    private ResyncPace pace(SyncOptions options) {
        return new ResyncPace(clock.eventLoop(), options, () -> application, this::ask);
    }

    /** Asks for all that it may; without a delay the answers are there at once, and more is asked for. */
    private void ask() {
        for (long n = pace.allowed(); n > 0; n = pace.allowed()) {
            pace.asked(n);
            asked += n;
            if (delay == 0) {
                pace.ended(n);
            } else {
                line.add(new long[] {now + delay, n});
            }
        }
    }

    private long kibAfter(int millis) {
        long before = asked;
        for (int i = 0; i < millis; i += 10) {
            now += 10;
            clock.advanceTimeBy(10, TimeUnit.MILLISECONDS);
            clock.runScheduledPendingTasks();
            while (!line.isEmpty() && line.element()[0] <= now) {
                pace.ended(line.remove()[1]);
                ask();
            }
        }
        return (asked - before) * 4;
    }

    @Test
    void withoutAControllerTheRateHolds() {
        pace = pace(SyncOptions.fixed(2000));
        pace.start();

        assertThat(kibAfter(10_000)).isEqualTo(20_000);
    }

    @Test
    void aFixedRateTakesNoNoticeOfApplications() {
        pace = pace(SyncOptions.fixed(2000));
        pace.start();
        application++;

        assertThat(kibAfter(100)).isEqualTo(200);
    }

    @Test
    void aLineThatCouldTakeMoreGetsTheMaximumRate() {
        pace = pace(new SyncOptions(250, 20, 10, 100, 4000));
        pace.start();

        kibAfter(3000);

        assertThat(kibAfter(10_000)).isBetween(36_000L, 40_000L);
    }

    @Test
    void aShortLineIsNotLeftIdleUntilTheNextTick() {
        delay = 10;
        pace = pace(new SyncOptions(250, 20, 10, 400, 1_000_000));
        pace.start();

        kibAfter(3000);

        // 400 sectors are 200 KiB, and they are there 10 ms later: 20 MB/s where a tick alone would move a tenth of
        // that.
        assertThat(kibAfter(10_000)).isBetween(140_000L, 260_000L);
    }

    @Test
    void onALongLineAsMuchIsUnderWayAsWanted() {
        delay = 300;
        pace = pace(new SyncOptions(250, 20, 10, 400, 1_000_000));
        pace.start();

        kibAfter(30_000);
        long sum = 0;
        for (int i = 0; i < 100; i++) {
            kibAfter(100);
            sum += pace.inFlight();
        }

        assertThat(sum / 100).isBetween(200L, 800L);
    }

    @Test
    void whileApplicationsUseTheDiskTheMinimumIsLeft() {
        pace = pace(new SyncOptions(250, 20, 10, 100, 100_000, 500));
        pace.start();
        kibAfter(1000);

        long busy = 0;
        for (int i = 0; i < 100; i++) {
            application++;
            busy += kibAfter(100);
        }
        long idle = kibAfter(10_000);

        assertThat(busy).isBetween(4900L, 5000L);
        assertThat(idle).isGreaterThan(10 * busy);
    }

    @Test
    void whoIsPausedAsksForNothing() {
        pace.start();
        kibAfter(1000);
        pace.stop();

        assertThat(kibAfter(10_000)).isZero();
        pace.start();
        assertThat(kibAfter(1000)).isPositive();
    }
}
