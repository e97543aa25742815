package io.diskless.drbd.robust;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Whatever the network and the disks do: no completed request is forgotten, both replicas end alike, nothing gets stuck and
 * no buffer is lost. A failure names its seed and how many steps it needs; threads may meet in another order the next time.
 */
class ImpairedPairProperties {
    private static @Nullable ScheduledExecutorService timer;
    private static long threads;

    @BeforeContainer
    static void start() {
        threads = loops();
        timer = Executors.newScheduledThreadPool(2);
    }

    @AfterContainer
    static void stop() {
        ScheduledExecutorService t = timer;
        if (t != null) {
            t.shutdownNow();
        }
        Awaitility.await("no thread left").atMost(Duration.ofSeconds(60)).until(() -> loops() <= threads);
    }

    private static long loops() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("drbd-"))
                .count();
    }

    static void run(long seed, int steps) {
        ImpairedRun run = new ImpairedRun(seed, java.util.Objects.requireNonNull(timer));
        try (run) {
            run.run(steps);
        }
        assertThat(run.leaked())
                .as("bytes of buffers not released, seed " + seed)
                .isZero();
    }

    @Property(tries = 80, generation = GenerationMode.RANDOMIZED)
    void replicasEndAlike(@ForAll long seed, @ForAll @IntRange(min = 5, max = 80) int steps) {
        run(seed, steps);
    }

    @Property(tries = 1)
    @Tag("long")
    void replicasEndAlikeForLong(@ForAll long seed) {
        int runs = Boolean.getBoolean("diskless.long") ? 20_000 : 1;
        for (long s = seed; s < seed + runs; s++) {
            run(s, 200);
        }
    }
}
