package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.robust.LoopErrors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A peer that is who it says, and then says anything at all, at any point of the conversation: the connection ends with a
 * reason, the disk holds nothing of it, no buffer is lost, and a good peer can come afterwards.
 */
class HostilePeerTest {
    private static void hear(long seed, HostileRun.Scene scene) {
        HostileRun run = new HostileRun(seed, scene);
        try (run) {
            run.run();
        }
        run.nothingLeaks();
    }

    @ParameterizedTest
    @EnumSource
    void nothingThatItSaysDoesHarm(HostileRun.Scene scene) {
        try (LoopErrors errors = new LoopErrors()) {
            for (long seed = 1; seed <= 8; seed++) {
                hear(seed, scene);
            }
            assertThat(errors.found()).isEmpty();
        }
    }

    @Test
    @Tag("long")
    void nothingThatItSaysForLongDoesHarm() {
        int runs = Boolean.getBoolean("diskless.long") ? 3_000 : 1;
        long first = System.nanoTime();
        try (LoopErrors errors = new LoopErrors()) {
            for (int i = 0; i < runs; i++) {
                for (HostileRun.Scene scene : HostileRun.Scene.values()) {
                    hear(first + i, scene);
                }
                assertThat(errors.found()).as("seed " + (first + i)).isEmpty();
            }
        }
    }
}
