package io.diskless.cluster.block.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.PowerCut;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The power goes at every single write of a recorded run, on all legs at once, and takes any part of what was not flushed
 * with it. The run has failing and returning legs, so it also goes in the middle of every verdict, join and resync.
 */
class MirrorCrashTest {
    private static final int SECTOR = 512;
    private static final int DATA = 32 << 10;
    private static final int META = 4096;
    private static final int REGION = 4096;

    /** What the test wrote: every sector tells its own number and version. */
    private record Issued(int sector, int count, int version) {}

    /** From here on, older versions of these sectors must not be seen. */
    private record Durable(Map<Integer, Integer> versions) {
        Durable {
            versions = Map.copyOf(versions);
        }
    }

    private enum Start {
        CREATED
    }

    private static MirrorOptions options(ManualScheduler time) {
        return MirrorOptions.builder()
                .regionSize(REGION)
                .resyncChunk(4096)
                .initialSync(InitialSync.ASSUME_IDENTICAL)
                .random(new SplittableRandom(1))
                .scheduler(time)
                .clock(time)
                .closeLegs(false)
                .build();
    }

    /** One run under a mirror of this many legs, recorded. */
    private static final class Run {
        final ManualScheduler time = new ManualScheduler();
        final PowerCut power = new PowerCut();
        final List<FaultyDevice> legs = new ArrayList<>();
        final Map<Integer, Integer> acknowledged = new HashMap<>();
        final SplittableRandom random;
        final Mirror mirror;
        int version;

        Run(int count, long seed) throws BlockException {
            random = new SplittableRandom(seed);
            for (int i = 0; i < count; i++) {
                legs.add(FaultyDevice.of(power.device(DATA + META)));
            }
            mirror = Mirror.create(legs, options(time));
            assertThat(mirror.geometry().size()).isEqualTo(DATA);
            power.mark(Start.CREATED);
        }

        void write(boolean fua) {
            int count = 1 + random.nextInt(12);
            int sector = random.nextInt(DATA / SECTOR - count);
            version++;
            ByteBuffer bytes = ByteBuffer.allocate(count * SECTOR);
            for (int i = 0; i < count; i++) {
                bytes.putInt(i * SECTOR, sector + i).putInt(i * SECTOR + SECTOR - 4, version);
            }
            power.mark(new Issued(sector, count, version));
            long offset = (long) sector * SECTOR;
            BlockException failure = time.run(done -> mirror.write(offset, bytes, fua ? BlockDevice.FUA : 0, done));
            if (failure == null) {
                Map<Integer, Integer> now = new HashMap<>();
                for (int i = 0; i < count; i++) {
                    acknowledged.put(sector + i, version);
                    now.put(sector + i, version);
                }
                if (fua) {
                    power.mark(new Durable(now));
                }
            }
        }

        void flush() {
            Map<Integer, Integer> before = new HashMap<>(acknowledged);
            if (time.run(mirror::flush) == null) {
                power.mark(new Durable(before));
            }
        }

        void some(int operations) {
            for (int i = 0; i < operations; i++) {
                switch (random.nextInt(8)) {
                    case 0 -> flush();
                    case 1 -> write(true);
                    case 2 -> time.advance(Duration.ofSeconds(6));
                    default -> write(false);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void twoLegs(long seed) throws BlockException {
        Run run = new Run(2, seed);
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
        Run run = new Run(3, seed);
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

    private static void check(Run run, int chances) {
        assertThat(run.mirror.snapshot().isHealthy()).isTrue();
        int[] looked = new int[1];
        Set<MirrorAssembly.Verdict> alone = new HashSet<>();
        run.power.forEachCrash(new SplittableRandom(99), chances, crash -> {
            if (crash.marks().contains(Start.CREATED)) {
                looked[0]++;
                Map<Integer, Integer> oldest = new TreeMap<>();
                Map<Integer, Integer> newest = new TreeMap<>();
                expectations(crash, oldest, newest);
                for (int i = 0; i < crash.images().size(); i++) {
                    alone.add(aloneIsGoodOrRefused(copy(crash.images().get(i)), oldest, newest));
                }
                allTogether(crash.images(), oldest, newest);
            }
        });
        assertThat(looked[0]).isGreaterThan(500);
        assertThat(alone)
                .as("both answers were seen")
                .contains(MirrorAssembly.Verdict.INCOMPLETE, MirrorAssembly.Verdict.DEGRADED);
    }

    private static void expectations(PowerCut.Crash crash, Map<Integer, Integer> oldest, Map<Integer, Integer> newest) {
        for (Object mark : crash.marks()) {
            if (mark instanceof Issued issued) {
                for (int i = 0; i < issued.count; i++) {
                    newest.put(issued.sector + i, issued.version);
                }
            } else if (mark instanceof Durable durable) {
                durable.versions.forEach((sector, version) -> oldest.merge(sector, version, Math::max));
            }
        }
    }

    private static MemoryDevice copy(MemoryDevice from) throws BlockException {
        ByteBuffer all = ByteBuffer.allocate((int) from.geometry().size());
        from.read(0, all);
        MemoryDevice to = MemoryDevice.create(from.geometry());
        to.write(0, all);
        return to;
    }

    private static byte[] readAll(ManualScheduler time, Mirror mirror) {
        ByteBuffer all = ByteBuffer.allocate(DATA);
        assertThat(time.run(done -> mirror.read(0, all, done))).isNull();
        return all.array();
    }

    private static void allTogether(
            List<MemoryDevice> images, Map<Integer, Integer> oldest, Map<Integer, Integer> newest)
            throws BlockException {
        ManualScheduler time = new ManualScheduler();
        Mirror mirror = Mirror.open(images, options(time));
        byte[] seen = readAll(time, mirror);
        assertVersions(seen, oldest, newest);
        time.settle();
        assertThat(mirror.snapshot().isHealthy()).as("%s", mirror.snapshot()).isTrue();
        assertThat(mirror.snapshot().resync().active()).isFalse();
        for (int i = 0; i < images.size(); i++) {
            ByteBuffer leg = ByteBuffer.allocate(DATA);
            images.get(i).read(META, leg);
            assertThat(leg.mismatch(ByteBuffer.wrap(seen)))
                    .as("leg %d against what was read first", i)
                    .isEqualTo(-1);
        }
    }

    /** Whoever opens one leg without an explicit choice either sees every durable write, or is refused. */
    private static MirrorAssembly.Verdict aloneIsGoodOrRefused(
            MemoryDevice image, Map<Integer, Integer> oldest, Map<Integer, Integer> newest) throws BlockException {
        ManualScheduler time = new ManualScheduler();
        MirrorAssembly.Verdict verdict =
                Mirror.assess(List.of(image), options(time)).verdict();
        if (verdict == MirrorAssembly.Verdict.DEGRADED) {
            Mirror mirror = Mirror.open(List.of(image), options(time));
            assertVersions(readAll(time, mirror), oldest, newest);
        } else {
            assertThat(verdict).isIn(MirrorAssembly.Verdict.INCOMPLETE, MirrorAssembly.Verdict.IMPOSSIBLE);
        }
        return verdict;
    }

    private static void assertVersions(byte[] data, Map<Integer, Integer> oldest, Map<Integer, Integer> newest) {
        ByteBuffer all = ByteBuffer.wrap(data);
        for (int sector = 0; sector < DATA / SECTOR; sector++) {
            int version = all.getInt(sector * SECTOR + SECTOR - 4);
            assertThat(version)
                    .as("version of sector %d", sector)
                    .isBetween(oldest.getOrDefault(sector, 0), newest.getOrDefault(sector, 0));
            assertThat(all.getInt(sector * SECTOR)).isEqualTo(version == 0 ? 0 : sector);
        }
    }
}
