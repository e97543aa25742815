package io.diskless.drbd.robust;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.testkit.PowerCut;
import io.diskless.drbd.session.ReplicationProtocol;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The power of one side or of both goes at any write of any device, and takes any sector with it that was not flushed. Behind
 * the resync that follows both replicas are alike, and hold what was promised: with a Primary that lived, all that was
 * acknowledged; else all that was flushed. And the other side alone holds all that protocol C has acknowledged.
 */
class PairCrashTest {
    private static final List<PairCrashRun.Victim> VICTIMS = List.of(PairCrashRun.Victim.values());
    /** Whose power, times what becomes of what was not flushed. */
    private static final int KINDS = 9;

    private static int look(PairCrashRun run, SplittableRandom random, int point, int kind) throws Exception {
        PairCrashRun.Victim victim = VICTIMS.get(kind % 3);
        boolean looked = switch (kind / 3) {
            case 0 -> run.check(point, victim, PowerCut.Survival.LOST, "loss");
            case 1 -> run.check(point, victim, PowerCut.Survival.random(random), "chance");
            default -> run.check(point, victim, PowerCut.Survival.KEPT, "kill");
        };
        return looked ? 1 : 0;
    }

    @ParameterizedTest
    @EnumSource
    void bothAreAlikeAndHoldWhatWasPromised(ReplicationProtocol protocol) throws Exception {
        long seed = 3;
        SplittableRandom random = new SplittableRandom(seed);
        try (PairCrashRun run = new PairCrashRun(seed, protocol)) {
            run.record();
            int looked = 0;
            // A moment apart each, and of the nine kinds of loss each has its turn.
            int step = Math.max(1, run.events() / (protocol == ReplicationProtocol.C ? 160 : 60));
            for (int point = 0, n = 0; point <= run.events(); point += step, n++) {
                looked += look(run, random, point, n % KINDS);
            }
            assertThat(looked).isGreaterThan(30);
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void atEveryWrite(ReplicationProtocol protocol) throws Exception {
        boolean all = Boolean.getBoolean("diskless.long");
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        try (PairCrashRun run = new PairCrashRun(seed, protocol)) {
            run.record();
            int looked = 0;
            for (int point = 0; point <= run.events(); point += all ? 1 : run.events()) {
                for (int kind = 0; kind < KINDS; kind++) {
                    looked += look(run, random, point, kind);
                }
            }
            assertThat(looked).as("seed " + seed).isPositive();
        }
    }
}
