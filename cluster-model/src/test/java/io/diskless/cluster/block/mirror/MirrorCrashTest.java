package io.diskless.cluster.block.mirror;

import static io.diskless.cluster.block.mirror.CrashRun.DATA;
import static io.diskless.cluster.block.mirror.CrashRun.META;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.mirror.CrashRun.Expected;
import io.diskless.cluster.block.testkit.FaultyDevice;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The power goes at every single write of a recorded run, on all legs at once, and takes any part of what was not flushed
 * with it. The run has failing and returning legs, so it also goes in the middle of every verdict, join and resync; and
 * it goes a second time in the middle of the recovery.
 */
class MirrorCrashTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void twoLegs(long seed) throws BlockException {
        CrashRun run = CrashRun.create(2, seed);
        run.some(14);
        // A leg goes silent in the middle, comes back by itself, and the other one goes.
        FaultyDevice.Fault silent = run.legs.get(1).fail(Kind.TIMEOUT);
        run.some(6);
        silent.repair();
        run.time.advance(Duration.ofSeconds(6));
        run.some(4);
        run.legs.get(0).fail(Kind.TIMEOUT, FaultyDevice.Op.FLUSH).times(1);
        run.flush();
        run.some(4);
        run.time.advance(Duration.ofSeconds(20));
        run.some(3);
        assertThat(run.time.run(run.mirror::close)).isNull();
        check(run, 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {11})
    void threeLegs(long seed) throws BlockException {
        CrashRun run = CrashRun.create(3, seed);
        run.some(6);
        FaultyDevice.Fault first = run.legs.get(1).fail(Kind.TIMEOUT);
        run.some(3);
        FaultyDevice.Fault second = run.legs.get(0).fail(Kind.TIMEOUT);
        run.some(3);
        first.repair();
        run.time.advance(Duration.ofSeconds(6));
        run.some(2);
        second.repair();
        run.time.advance(Duration.ofSeconds(12));
        run.some(3);
        check(run, 1);
    }

    private static void check(CrashRun run, int chances) {
        assertThat(run.mirror.snapshot().isHealthy()).isTrue();
        int[] looked = new int[1];
        Set<MirrorAssembly.Verdict> alone = new HashSet<>();
        run.power.forEachCrash(new SplittableRandom(99), chances, crash -> {
            if (crash.marks().contains(CrashRun.Start.HERE)) {
                looked[0]++;
                Expected expected = Expected.NOTHING.with(crash.marks());
                for (MemoryDevice image : crash.images()) {
                    alone.add(aloneIsGoodOrRefused(copy(image), expected));
                }
                CrashRun.checkTogether(crash.images(), false, expected);
            }
        });
        assertThat(looked[0]).isGreaterThan(500);
        assertThat(alone)
                .as("both answers were seen")
                .contains(MirrorAssembly.Verdict.INCOMPLETE, MirrorAssembly.Verdict.DEGRADED);
    }

    private static MemoryDevice copy(MemoryDevice from) throws BlockException {
        MemoryDevice to = MemoryDevice.create(from.geometry());
        to.write(0, CrashRun.all(from, 0, DATA + META));
        return to;
    }

    /** Whoever opens one leg without an explicit choice either sees every durable write, or is refused. */
    private static MirrorAssembly.Verdict aloneIsGoodOrRefused(MemoryDevice image, Expected expected)
            throws BlockException {
        ManualScheduler time = new ManualScheduler();
        MirrorOptions options = CrashRun.options(time).build();
        MirrorAssembly.Verdict verdict = Mirror.assess(List.of(image), options).verdict();
        if (verdict == MirrorAssembly.Verdict.DEGRADED) {
            Mirror mirror = Mirror.open(List.of(image), options);
            expected.check(CrashRun.readAll(time, mirror));
        } else {
            assertThat(verdict).isIn(MirrorAssembly.Verdict.INCOMPLETE, MirrorAssembly.Verdict.IMPOSSIBLE);
        }
        return verdict;
    }

    /** Nobody but the metadata device knows of the legs: it goes through the same, and counts. */
    @ParameterizedTest
    @ValueSource(longs = {21, 22})
    void metadataBesideTheLegs(long seed) throws BlockException {
        CrashRun run = CrashRun.createBeside(2, seed);
        run.some(14);
        FaultyDevice.Fault silent = run.legs.get(1).fail(Kind.TIMEOUT);
        run.some(6);
        silent.repair();
        run.time.advance(Duration.ofSeconds(6));
        run.some(4);
        run.legs.get(0).fail(Kind.TIMEOUT, FaultyDevice.Op.FLUSH).times(1);
        run.flush();
        run.some(4);
        run.time.advance(Duration.ofSeconds(20));
        run.some(3);
        assertThat(run.time.run(run.mirror::close)).isNull();
        assertThat(run.mirror.snapshot().isHealthy()).isTrue();
        int[] looked = new int[1];
        run.power.forEachCrash(new SplittableRandom(99), 2, crash -> {
            if (crash.marks().contains(CrashRun.Start.HERE)) {
                looked[0]++;
                CrashRun.checkTogether(crash.images(), true, Expected.NOTHING.with(crash.marks()));
            }
        });
        assertThat(looked[0]).isGreaterThan(500);
    }

    @Test
    void aSecondCrashDuringTheRecovery() throws BlockException {
        secondCrash(CrashRun.create(2, 31), false);
    }

    @Test
    void aSecondCrashDuringTheRecoveryOfThree() throws BlockException {
        secondCrash(CrashRun.create(3, 32), false);
    }

    @Test
    void aSecondCrashDuringTheRecoveryWithTheMetadataBeside() throws BlockException {
        secondCrash(CrashRun.createBeside(2, 33), true);
    }

    /** Some of the first cuts, and every moment of the recovery from each. */
    private static void secondCrash(CrashRun run, boolean beside) throws BlockException {
        run.some(8);
        FaultyDevice.Fault silent = run.legs.get(1).fail(Kind.TIMEOUT);
        run.some(3);
        silent.repair();
        run.time.advance(Duration.ofSeconds(6));
        run.some(3);
        int[] first = new int[1];
        int[] second = new int[1];
        run.power.forEachCrash(new SplittableRandom(98), 1, crash -> {
            if (crash.marks().contains(CrashRun.Start.HERE) && first[0]++ % 29 == 0) {
                Expected before = Expected.NOTHING.with(crash.marks());
                CrashRun recovery = CrashRun.after(crash.images(), beside, first[0]);
                // What is read of the first crash's leavings is not taken back by a second one; users write meanwhile.
                recovery.see();
                recovery.some(3);
                recovery.time.settle();
                recovery.some(2);
                recovery.power.forEachCrash(new SplittableRandom(97), 1, again -> {
                    if (again.marks().contains(CrashRun.Start.HERE)) {
                        second[0]++;
                        CrashRun.checkTogether(again.images(), beside, before.with(again.marks()));
                    }
                });
            }
        });
        assertThat(second[0]).isGreaterThan(1000);
    }
}
