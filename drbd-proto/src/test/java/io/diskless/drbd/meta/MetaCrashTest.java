package io.diskless.drbd.meta;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The power goes at every single write of a recorded run, and takes any part of what was not flushed with it, torn blocks
 * included. Whatever then differs from the peer must be dirty.
 */
class MetaCrashTest {
    @ParameterizedTest
    @CsvSource({"1, true", "2, false"})
    void whatDiffersIsDirty(long seed, boolean internal) {
        CrashRun run = new CrashRun(seed, internal);
        run.promote();
        run.fillLog();
        run.some(18);
        run.disconnect();
        run.some(32);
        run.resyncAsSource();
        run.some(10);
        run.demote();
        run.resyncAsTarget();
        run.promote();
        run.some(5);
        assertThat(run.transactions()).as("extents left the log").isGreaterThan(10);
        int[] looked = new int[1];
        run.power.forEachCrash(new SplittableRandom(seed), 1, crash -> {
            if (run.isOpened(crash)) {
                looked[0]++;
                run.check(crash);
            }
        });
        assertThat(looked[0]).isGreaterThan(500);
    }

    @Test
    void aSecondCrashDuringTheRepairOfTheFirstDoesNoHarm() {
        CrashRun run = new CrashRun(5, true);
        run.promote();
        run.fillLog();
        run.some(20);
        run.disconnect();
        run.some(5);
        int[] seen = new int[2];
        run.power.forEachCrash(new SplittableRandom(5), 1, crash -> {
            if (run.isOpened(crash) && seen[0]++ % 100 == 0) {
                seen[1] += run.checkSecondCrash(crash);
            }
        });
        assertThat(seen[1]).isGreaterThan(100);
    }

    @Test
    void anOrderlyEndIsCleanAndACrashInItIsNone() {
        CrashRun run = new CrashRun(7, true);
        run.promote();
        run.some(10);
        run.demote();
        int before = run.power.events();
        run.detach();
        int[] clean = new int[1];
        run.power.forEachCrash(new SplittableRandom(7), 2, crash -> {
            if (crash.point() >= before) {
                run.check(crash);
                clean[0]++;
            }
        });
        assertThat(clean[0]).isGreaterThan(20);
    }
}
