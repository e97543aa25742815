package io.diskless.cluster.block.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.PowerCut;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A mirror on a power supply that may fail at any moment, what is written to it, and what may be seen after a cut. Every
 * sector tells its own number and version.
 */
final class CrashRun {
    static final int SECTOR = 512;
    static final int DATA = 32 << 10;
    static final int META = 4096;
    static final int REGION = 4096;

    /** What the test wrote. */
    record Issued(int sector, int count, int version) {}

    /** From here on, older versions of these sectors must not be seen. */
    record Durable(Map<Integer, Integer> versions) {
        Durable {
            versions = Map.copyOf(versions);
        }
    }

    /** Images before this mean nothing. */
    enum Start {
        HERE
    }

    /** Per sector, the oldest and the newest version that may be seen after a cut. */
    record Expected(Map<Integer, Integer> oldest, Map<Integer, Integer> newest) {
        static final Expected NOTHING = new Expected(Map.of(), Map.of());

        /** What the marks of a run say, on top of what was expected before it. */
        Expected with(List<Object> marks) {
            Expected e = new Expected(new TreeMap<>(oldest), new TreeMap<>(newest));
            for (Object mark : marks) {
                if (mark instanceof Issued issued) {
                    for (int i = 0; i < issued.count; i++) {
                        e.newest.put(issued.sector + i, issued.version);
                    }
                } else if (mark instanceof Durable durable) {
                    durable.versions.forEach((sector, version) -> e.oldest.merge(sector, version, Math::max));
                }
            }
            return e;
        }

        void check(byte[] data) {
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

    final ManualScheduler time;
    final PowerCut power;
    final List<FaultyDevice> legs;
    final Mirror mirror;
    private final Map<Integer, Integer> acknowledged = new HashMap<>();
    private final SplittableRandom random;
    private int version;

    private CrashRun(
            ManualScheduler time,
            PowerCut power,
            List<FaultyDevice> legs,
            Mirror mirror,
            SplittableRandom random,
            int version) {
        this.time = time;
        this.power = power;
        this.legs = legs;
        this.mirror = mirror;
        this.random = random;
        this.version = version;
    }

    static MirrorOptions.Builder options(ManualScheduler time) {
        return MirrorOptions.builder()
                .regionSize(REGION)
                .resyncChunk(4096)
                .initialSync(InitialSync.ASSUME_IDENTICAL)
                .random(new SplittableRandom(1))
                .scheduler(time)
                .clock(time)
                .closeLegs(false);
    }

    /** A new mirror of this many legs, which carry its metadata. */
    static CrashRun create(int count, long seed) throws BlockException {
        PowerCut power = new PowerCut();
        return create(power, legs(power, count, DATA + META), null, seed);
    }

    /** A new mirror with the metadata beside the legs: on the device behind them. */
    static CrashRun createBeside(int count, long seed) throws BlockException {
        PowerCut power = new PowerCut();
        List<FaultyDevice> legs = legs(power, count, DATA);
        return create(power, legs, power.device(META), seed);
    }

    private static List<FaultyDevice> legs(PowerCut power, int count, long size) {
        List<FaultyDevice> legs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            legs.add(FaultyDevice.of(power.device(size)));
        }
        return legs;
    }

    private static CrashRun create(
            PowerCut power, List<FaultyDevice> legs, @org.jspecify.annotations.Nullable BlockDevice beside, long seed)
            throws BlockException {
        ManualScheduler time = new ManualScheduler();
        MirrorOptions.Builder options = options(time);
        if (beside != null) {
            options.metadataDevice(beside);
        }
        Mirror mirror = Mirror.create(legs, options.build());
        assertThat(mirror.geometry().size()).isEqualTo(DATA);
        power.mark(Start.HERE);
        return new CrashRun(time, power, legs, mirror, new SplittableRandom(seed), 0);
    }

    /** The mirror that is found after a cut, on a power supply of its own; opening it is part of the run. */
    static CrashRun after(List<MemoryDevice> images, boolean beside, long seed) throws BlockException {
        PowerCut power = new PowerCut();
        List<BlockDevice> devices = new ArrayList<>();
        for (MemoryDevice image : images) {
            BlockDevice device = power.device(image.geometry().size());
            device.write(0, all(image, 0, (int) image.geometry().size()));
            device.flush();
            devices.add(device);
        }
        power.mark(Start.HERE);
        ManualScheduler time = new ManualScheduler();
        MirrorOptions.Builder options = options(time);
        int legs = devices.size();
        if (beside) {
            legs--;
            options.metadataDevice(devices.get(legs));
        }
        List<FaultyDevice> faulty =
                devices.subList(0, legs).stream().map(FaultyDevice::of).toList();
        Mirror mirror = Mirror.open(faulty, options.build());
        // Beyond all that the first run wrote.
        return new CrashRun(time, power, faulty, mirror, new SplittableRandom(seed), 1_000_000);
    }

    static ByteBuffer all(BlockDevice device, long offset, int length) throws BlockException {
        ByteBuffer all = ByteBuffer.allocate(length);
        device.read(offset, all);
        return all;
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

    /** Reads everything: nobody may see anything older from here on. */
    void see() {
        ByteBuffer all = ByteBuffer.wrap(readAll(time, mirror));
        Map<Integer, Integer> seen = new HashMap<>();
        for (int sector = 0; sector < DATA / SECTOR; sector++) {
            seen.put(sector, all.getInt(sector * SECTOR + SECTOR - 4));
        }
        power.mark(new Durable(seen));
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

    static byte[] readAll(ManualScheduler time, Mirror mirror) {
        ByteBuffer all = ByteBuffer.allocate(DATA);
        assertThat(time.run(done -> mirror.read(0, all, done))).isNull();
        return all.array();
    }

    /** Opens what is found after a cut: nothing older and nothing newer than expected, and in the end all legs alike. */
    static void checkTogether(List<MemoryDevice> images, boolean beside, Expected expected) throws BlockException {
        CrashRun found = after(images, beside, 0);
        byte[] seen = readAll(found.time, found.mirror);
        expected.check(seen);
        found.time.settle();
        assertThat(found.mirror.snapshot().isHealthy())
                .as("%s", found.mirror.snapshot())
                .isTrue();
        assertThat(found.mirror.snapshot().resync().active()).isFalse();
        for (int i = 0; i < found.legs.size(); i++) {
            assertThat(all(found.legs.get(i), beside ? 0 : META, DATA).mismatch(ByteBuffer.wrap(seen)))
                    .as("leg %d against what was read first", i)
                    .isEqualTo(-1);
        }
    }
}
