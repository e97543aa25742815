package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AdaptiveSpinTest {
    private static final long LONGEST = 50_000;

    private final AdaptiveSpin spin = new AdaptiveSpin(LONGEST);

    @Test
    void anIdleThreadDoesNotSpin() {
        assertThat(spin.length()).isZero();
        spin.waited(250_000_000, false);
        assertThat(spin.length()).isZero();
    }

    @Test
    void shortWaitsEarnASpinAndMissesLoseIt() {
        spin.waited(LONGEST, true);
        assertThat(spin.length()).isEqualTo(LONGEST);
        spin.spun(LONGEST, false);
        assertThat(spin.length()).isZero();
    }

    @Test
    void aLongWaitEndsTheSpinning() {
        for (int i = 0; i < 1000; i++) {
            spin.spun(1000, true);
        }
        assertThat(spin.length()).isEqualTo(LONGEST);
        spin.waited(100 * LONGEST, true);
        assertThat(spin.length()).isZero();
    }

    @Test
    void whereTheProcessorIsTakenAwayItStopsForAWhile() {
        spin.waited(LONGEST, true);
        spin.spun(4_000_000, true);
        int waits = 0;
        while (spin.length() == 0) {
            spin.waited(LONGEST, true);
            waits++;
        }
        assertThat(waits).isGreaterThan(50);
    }

    @Test
    void whereWorkComesOnlyOnceItSleepsItHardlySpinsAtAll() {
        int spins = 0;
        for (int i = 0; i < 10_000; i++) {
            if (spin.length() > 0) {
                spin.spun(LONGEST, false);
                spins++;
            }
            spin.waited(LONGEST / 10, true);
        }
        assertThat(spins).isLessThan(20);
    }
}
