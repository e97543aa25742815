package io.diskless.aoe.pair;

import org.junit.jupiter.api.Test;

/**
 * Random operations over an Ethernet that loses, repeats, delays and reorders frames, some of them by far more than a
 * timeout: no block is lost, torn or stale.
 */
class ImpairedPairTest {
    @Test
    void onePath() throws Exception {
        new ImpairedRun(1, 1500, 50_000, 11).run();
    }

    @Test
    void twoPathsWithJumboFrames() throws Exception {
        new ImpairedRun(2, 9000, 50_000, 12).run();
    }

    @Test
    void twoPathsOfWhichOneComesAndGoesAndATargetThatRestarts() throws Exception {
        new ImpairedRun(2, 1500, 30_000, 13).withFailures().run();
    }
}
