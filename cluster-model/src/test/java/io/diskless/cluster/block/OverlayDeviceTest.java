package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.testkit.CrashDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.OnceCompletion;
import io.diskless.cluster.block.testkit.PowerCut;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverlayDeviceTest {
    private static final int SIZE = 1 << 18;
    private static final OverlayOptions OPTIONS = OverlayOptions.defaults();

    @TempDir
    private Path folder;

    private static ByteBuffer filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }

    private static MemoryDevice base() throws BlockException {
        MemoryDevice base = MemoryDevice.create(SIZE);
        base.write(0, filled(SIZE, 0xBA));
        return base;
    }

    private static ByteBuffer read(BlockDevice device, long offset, int length) throws BlockException {
        ByteBuffer back = ByteBuffer.allocate(length);
        device.read(offset, back);
        return back;
    }

    private static void fails(Kind kind, ThrowableAssert.ThrowingCallable call, String... words) {
        assertThatThrownBy(call).isInstanceOfSatisfying(BlockException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            for (String word : words) {
                assertThat(e).hasMessageContaining(word);
            }
        });
    }

    @Test
    void manyMachinesFromOneImage() throws BlockException {
        MemoryDevice base = base();
        Path a = folder.resolve("a");
        Path b = folder.resolve("b");
        try (OverlayDevice one = OverlayDevice.open(base, a, OPTIONS);
                OverlayDevice two = OverlayDevice.open(base, b, OPTIONS)) {
            one.write(1024, filled(512, 1));
            two.write(1024, filled(512, 2));
            assertThat(one.overlaidBytes()).isEqualTo(4096);
        }
        // An orderly close keeps what was never flushed.
        try (OverlayDevice one = OverlayDevice.open(base, a, OPTIONS);
                OverlayDevice two = OverlayDevice.open(base, b, OPTIONS)) {
            assertThat(read(one, 1024, 512)).isEqualTo(filled(512, 1));
            assertThat(read(two, 1024, 512)).isEqualTo(filled(512, 2));
            assertThat(read(one, 512, 512)).as("the rest of the cluster").isEqualTo(filled(512, 0xBA));
            assertThat(read(one, 1536, 512)).isEqualTo(filled(512, 0xBA));
        }
        assertThat(read(base, 0, SIZE)).as("the base is not touched").isEqualTo(filled(SIZE, 0xBA));
    }

    @Test
    void zeroesHideTheBase() throws BlockException {
        try (OverlayDevice device = OverlayDevice.open(base(), folder.resolve("o"), OPTIONS)) {
            device.writeZeroes(512, 20_480);
            assertThat(read(device, 0, 512)).isEqualTo(filled(512, 0xBA));
            assertThat(read(device, 512, 20_480)).isEqualTo(filled(20_480, 0));
            assertThat(read(device, 20_992, 512)).isEqualTo(filled(512, 0xBA));
        }
    }

    @Test
    void aWholeClusterIsWrittenWithoutReadingTheBase() throws BlockException {
        FaultyDevice base = FaultyDevice.of(base());
        OverlayDevice device = OverlayDevice.on(
                base, MemoryDevice.create(2 * SIZE), OPTIONS.withBaseCheck(OverlayOptions.BaseCheck.SIZE));
        base.fail(Kind.MEDIUM, FaultyDevice.Op.READ);
        device.write(8192, filled(8192, 3));
        assertThat(read(device, 8192, 8192)).isEqualTo(filled(8192, 3));
        fails(Kind.MEDIUM, () -> device.write(512, filled(512, 3)));
        fails(Kind.MEDIUM, () -> device.write(4096, filled(512, 3)));
        device.write(8704, filled(512, 4));
        assertThat(device.overlaidBytes()).isEqualTo(8192);
        device.close();
    }

    @Test
    void aFailedCopyLeavesTheClusterAsItWasAndLocksNothing() throws BlockException {
        FaultyDevice store = FaultyDevice.of(MemoryDevice.create(2 * SIZE));
        OverlayDevice device = OverlayDevice.on(base(), store, OPTIONS);
        store.fail(Kind.NO_SPACE, FaultyDevice.Op.WRITE).times(1);
        fails(Kind.NO_SPACE, () -> device.write(512, filled(1024, 3)));
        assertThat(read(device, 0, 4096)).isEqualTo(filled(4096, 0xBA));
        device.write(512, filled(1024, 3));
        assertThat(read(device, 512, 1024)).isEqualTo(filled(1024, 3));
        store.fail(Kind.MEDIUM, FaultyDevice.Op.FLUSH).times(1);
        fails(Kind.MEDIUM, device::flush);
        device.flush();
        OnceCompletion fua = new OnceCompletion();
        store.fail(Kind.MEDIUM, 0, 8192, FaultyDevice.Op.WRITE).times(1);
        device.write(16384, filled(512, 1), BlockDevice.FUA, fua);
        assertThat(fua.outcome(Duration.ZERO).kind())
                .as("the map was not written")
                .isEqualTo(Kind.MEDIUM);
        device.close();
    }

    @Test
    void tellsWhichWritesMayWaitForAnotherThread() throws BlockException {
        try (OverlayDevice device = OverlayDevice.on(base(), MemoryDevice.create(2 * SIZE), OPTIONS);
                SliceDevice slice = SliceDevice.of(device, 4096, 8192)) {
            assertThat(device.completesInline()).isTrue();
            assertThat(device.writesInline(4096, 512, 0))
                    .as("its cluster is copied first")
                    .isFalse();
            device.write(4096, filled(512, 1));
            assertThat(device.writesInline(4096, 512, 0)).isTrue();
            assertThat(device.writesInline(7680, 512, 0)).isTrue();
            assertThat(device.writesInline(7680, 1024, 0)).isFalse();
            assertThat(device.writesInline(4096, 512, BlockDevice.FUA))
                    .as("its map may be on its way")
                    .isFalse();
            device.flush();
            assertThat(device.writesInline(4096, 512, BlockDevice.FUA)).isTrue();
            assertThat(slice.writesInline(0, 4096, BlockDevice.FUA)).isTrue();
            assertThat(slice.writesInline(4096, 4096, 0)).isFalse();
        }
    }

    @Test
    void neighboursInOneClusterDoNotUndoEachOther() throws BlockException {
        FaultyDevice base = FaultyDevice.of(base());
        OverlayDevice device = OverlayDevice.on(
                base, MemoryDevice.create(2 * SIZE), OPTIONS.withBaseCheck(OverlayOptions.BaseCheck.SIZE));
        base.hold(FaultyDevice.Op.READ);
        List<OnceCompletion> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            OnceCompletion done = new OnceCompletion();
            all.add(done);
            device.write(512L * i, filled(512, i), 0, done);
        }
        assertThat(base.held()).as("one fills the cluster, the others wait").isEqualTo(1);
        base.releaseAll();
        for (int i = 0; i < 8; i++) {
            assertThat(all.get(i).outcome(Duration.ZERO)).isNull();
            assertThat(read(device, 512L * i, 512)).isEqualTo(filled(512, i));
        }
    }

    @Test
    void anotherBaseIsRefused() throws BlockException {
        Path path = folder.resolve("o");
        OverlayDevice.open(base(), path, OPTIONS).close();
        fails(
                Kind.STALE,
                () -> OverlayDevice.open(MemoryDevice.create(SIZE), path, OPTIONS),
                "fingerprint",
                "own base");
        fails(
                Kind.STALE,
                () -> OverlayDevice.open(MemoryDevice.create(2 * SIZE), path, OPTIONS),
                Integer.toString(SIZE),
                Integer.toString(2 * SIZE));
        OverlayDevice.open(base(), path, OPTIONS.withCluster(65536)).close();
    }

    @Test
    void damageIsFound() throws Exception {
        Path path = folder.resolve("o");
        try (OverlayDevice device = OverlayDevice.open(base(), path, OPTIONS)) {
            device.write(0, filled(512, 1));
            device.flush();
            fails(Kind.STALE, () -> OverlayDevice.open(base(), path, OPTIONS), "in use");
        }
        byte[] good = Files.readAllBytes(path);
        for (int at : new int[] {0, 9, 17, 50, 509, 4096, 4097, 4600, 4607}) {
            byte[] bad = good.clone();
            bad[at] ^= 0x10;
            Files.write(path, bad);
            fails(Kind.MEDIUM, () -> OverlayDevice.open(base(), path, OPTIONS), "overlay");
        }
        Files.write(path, Arrays.copyOf(good, 8192));
        fails(Kind.NO_SPACE, () -> OverlayDevice.open(base(), path, OPTIONS), "bytes");
        Files.write(path, good);
        try (OverlayDevice device = OverlayDevice.open(base(), path, OPTIONS)) {
            assertThat(read(device, 0, 512)).isEqualTo(filled(512, 1));
        }
    }

    @Test
    void anEmptyFileBecomesAnOverlay() throws Exception {
        Path path = Files.createFile(folder.resolve("o"));
        try (OverlayDevice device = OverlayDevice.open(base(), path, OPTIONS)) {
            device.write(0, filled(512, 1));
        }
        try (OverlayDevice device = OverlayDevice.open(base(), path, OPTIONS)) {
            assertThat(read(device, 0, 512)).isEqualTo(filled(512, 1));
        }
    }

    @Test
    void allocatesNothingOnceAClusterIsThere() throws BlockException {
        OverlayDevice device = OverlayDevice.on(base(), MemoryDevice.create(2 * SIZE), OPTIONS);
        ByteBuffer bytes = ByteBuffer.allocateDirect(8192);
        device.write(4096, bytes);
        Completion ignore = new OnceCompletion();
        assertThat(Allocations.bytesPerCall(10_000, () -> {
                    device.write(4096, bytes, 0, ignore);
                    device.read(4096, bytes, ignore);
                    device.read(16384, bytes, ignore);
                }))
                .isZero();
    }

    /** What a write did: for every sector the value from then on. */
    private record Step(int sector, int count, int value) {}

    /**
     * The power goes after every single write of the store, with every kind of loss. After the restart each sector shows
     * what the last flush promised, or one of the values written to it since.
     */
    @Test
    void aPowerCutAtAnyMomentLosesNothingThatWasPromised() throws BlockException {
        for (long seed = 1; seed <= 6; seed++) {
            crashTest(seed);
        }
    }

    private static void crashTest(long seed) throws BlockException {
        int sectors = 64;
        MemoryDevice base = MemoryDevice.create(512L * sectors);
        base.write(0, filled(512 * sectors, 0x7F));
        OverlayOptions options = OPTIONS.withCluster(2048).withBaseCheck(OverlayOptions.BaseCheck.SIZE);
        PowerCut power = new PowerCut();
        CrashDevice store = power.device(65536);
        SplittableRandom random = new SplittableRandom(seed);
        OverlayDevice device = OverlayDevice.on(base, store, options);
        for (int i = 1; i <= 40; i++) {
            int sector = random.nextInt(sectors);
            int count = 1 + random.nextInt(Math.min(9, sectors - sector));
            switch (random.nextInt(6)) {
                case 0 -> {
                    device.flush();
                    power.mark("flushed");
                }
                case 1 -> {
                    power.mark(new Step(sector, count, 0));
                    device.writeZeroes(512L * sector, 512L * count);
                }
                case 2 -> {
                    power.mark(new Step(sector, count, i));
                    OnceCompletion done = new OnceCompletion();
                    device.write(512L * sector, filled(512 * count, i), BlockDevice.FUA, done);
                    assertThat(done.outcome(Duration.ZERO)).isNull();
                    power.mark(new Durable(sector, count, i));
                }
                default -> {
                    power.mark(new Step(sector, count, i));
                    device.write(512L * sector, filled(512 * count, i));
                }
            }
        }
        int[] crashes = new int[1];
        power.forEachCrash(new SplittableRandom(seed), 2, crash -> {
            crashes[0]++;
            List<List<Integer>> legal = legal(sectors, crash.marks());
            try (OverlayDevice again = OverlayDevice.on(base, crash.images().get(0), options)) {
                for (int s = 0; s < sectors; s++) {
                    ByteBuffer found = read(again, 512L * s, 512);
                    int value = found.get(0);
                    assertThat(found).isEqualTo(filled(512, value));
                    assertThat(legal.get(s)).as("seed %d, sector %d", seed, s).contains(value);
                }
            }
        });
        assertThat(crashes[0]).isGreaterThan(200);
    }

    /** A write with FUA has completed. */
    private record Durable(int sector, int count, int value) {}

    private static List<List<Integer>> legal(int sectors, List<Object> marks) {
        List<List<Integer>> legal = new ArrayList<>();
        for (int s = 0; s < sectors; s++) {
            legal.add(new ArrayList<>(List.of(0x7F)));
        }
        for (Object mark : marks) {
            for (int s = 0; s < sectors; s++) {
                List<Integer> values = legal.get(s);
                if (mark instanceof Step step && s >= step.sector && s < step.sector + step.count) {
                    values.add(step.value);
                } else if (mark.equals("flushed")
                        || (mark instanceof Durable d && s >= d.sector && s < d.sector + d.count)) {
                    // Only the newest may show from now on.
                    values.subList(0, values.size() - 1).clear();
                }
            }
        }
        return legal;
    }
}
