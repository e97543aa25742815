package io.diskless.drbd.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The controller at work on a link that answers after some ticks and carries so much in each. */
class ResyncControllerProperties {
    private static final int MAX_BUFFERS = 2048;

    @Property(tries = 200)
    void aFixedRateIsKeptToTheBlock(@ForAll @IntRange(min = 1, max = 1_000_000) int rate) {
        ResyncController controller = new ResyncController(rate, 0, 10, 100, 102_400, 1_000_000);
        long blocks = 0;

        for (int tick = 0; tick < 1000; tick++) {
            blocks += controller.tick(0, 0);
        }

        // 100 seconds of so many KiB/s, in blocks of 4 KiB.
        assertThat(blocks).isEqualTo(rate * 100L / 4);
    }

    @Property(tries = 300)
    void itNeverAsksForMoreThanItMay(
            @ForAll @IntRange(min = 1, max = 200_000) int rate,
            @ForAll @IntRange(max = 50) int planAhead,
            @ForAll @IntRange(max = 30) int delayTarget,
            @ForAll @IntRange(max = 4000) int fillTarget,
            @ForAll @IntRange(min = 10, max = 500_000) int maxRate,
            @ForAll @IntRange(min = 1, max = 10) int delay,
            @ForAll @IntRange(min = 1, max = 20_000) int capacity) {
        ResyncController controller =
                new ResyncController(rate, planAhead, delayTarget, fillTarget, maxRate, MAX_BUFFERS);
        Line line = new Line(delay, capacity);
        long total = 0;

        for (int tick = 0; tick < 600; tick++) {
            long received = line.tick();
            int blocks = controller.tick(received, line.inFlight);
            line.ask(blocks * 8L);
            total += blocks;
            assertThat(blocks).isNotNegative();
            assertThat(line.inFlight).isLessThanOrEqualTo(MAX_BUFFERS / 2 * 8L);
            if (planAhead > 0) {
                assertThat(blocks * 8L).isLessThanOrEqualTo(maxRate * 2L / 10 + 8);
            }
        }

        assertThat(total).as("it gets on").isPositive();
    }

    /** After a while as much is under way between two ticks as is wanted, if the answers take longer than one. */
    @Property(tries = 100)
    void theFillTargetIsReached(
            @ForAll @IntRange(min = 5, max = 40) int planAhead,
            @ForAll @IntRange(min = 200, max = 4000) int fillTarget,
            @ForAll @IntRange(min = 2, max = 4) int delay) {
        ResyncController controller = new ResyncController(250, planAhead, 10, fillTarget, 1_000_000, MAX_BUFFERS);
        Line line = new Line(delay, Integer.MAX_VALUE);
        long under = 0;
        int measured = 0;

        for (int tick = 0; tick < 2000; tick++) {
            long received = line.tick();
            if (tick >= 1500) {
                under += line.inFlight;
                measured++;
            }
            line.ask(controller.tick(received, line.inFlight) * 8L);
        }

        assertThat((double) under / measured).isBetween(fillTarget * 0.5, fillTarget * 2.0);
    }

    @Property(tries = 50)
    void aStalledLinkIsNotFlooded(@ForAll @IntRange(min = 1, max = 40) int planAhead) {
        ResyncController controller = new ResyncController(250, planAhead, 10, 100, 102_400, MAX_BUFFERS);
        long inFlight = controller.tick(0, 0) * 8L;
        for (int tick = 0; tick < 1000; tick++) {
            inFlight += controller.tick(0, inFlight) * 8L;
        }

        assertThat(inFlight)
                .as("the wanted amount and what a start may add")
                .isLessThanOrEqualTo(100 + 2 * 50L * planAhead + 8L * planAhead);
    }

    /** Answers come after a delay, not more in a tick than the line carries. */
    private static final class Line {
        private final Deque<Long> slots = new ArrayDeque<>();
        private final long capacity;
        private long due;
        long inFlight;

        Line(int delay, int capacity) {
            this.capacity = capacity;
            for (int i = 0; i < delay; i++) {
                slots.add(0L);
            }
        }

        long tick() {
            due += slots.remove();
            long received = Math.min(due, capacity);
            due -= received;
            inFlight -= received;
            return received;
        }

        void ask(long sectors) {
            slots.add(sectors);
            inFlight += sectors;
        }
    }
}
