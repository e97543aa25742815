package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.FileOptions.Mode;
import io.diskless.cluster.block.testkit.OnceCompletion;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class FileDeviceTest {
    private static final int MIB = 1 << 20;

    private static final Completion IGNORE = new Completion() {
        @Override
        public void completed() {}

        @Override
        public void failed(BlockException cause) {
            throw new AssertionError(cause);
        }
    };

    @TempDir
    private Path folder;

    private Path image() {
        return folder.resolve("image");
    }

    private static ByteBuffer filled(int length, int value) {
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(length + 8192).alignedSlice(4096).slice(0, length);
        for (int i = 0; i < length; i++) {
            buffer.put(i, (byte) value);
        }
        return buffer;
    }

    private static void fails(Kind kind, ThrowableAssert.ThrowingCallable call, String... words) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        BlockException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .message()
                .contains(words);
    }

    private FileDevice open(Mode mode, long size) throws Exception {
        if (mode == Mode.DIRECT) {
            FileDeviceContractTest.assumeDirect();
        }
        return FileDevice.open(
                image(), FileOptions.builder().mode(mode).create(size).build());
    }

    // ---- opening ----------------------------------------------------------------------------------------------------

    @Test
    void aMissingFileIsAnErrorWithARemedy() {
        fails(
                Kind.MEDIUM,
                () -> FileDevice.open(image(), FileOptions.defaults()),
                image().toString(),
                "FileOptions.create(size)");
    }

    @Test
    void aNewFileIsSparseAndAnOldOneKeepsItsSize() throws Exception {
        FileDevice.open(image(), FileOptions.create(1L << 40)).close();
        assertThat(Files.size(image())).isEqualTo(1L << 40);
        try (FileDevice again = FileDevice.open(image(), FileOptions.create(MIB))) {
            assertThat(again.geometry().size()).isEqualTo(1L << 40);
        }
    }

    @Test
    void aFileIsUsedUpToItsLastWholeBlockAndTheRestIsZeroedWhenItGrows() throws Exception {
        Files.write(image(), bytes(1300, 7));
        try (FileDevice device = FileDevice.open(image(), FileOptions.defaults())) {
            assertThat(device.geometry().size()).isEqualTo(1024);
            device.resize(2048);
            ByteBuffer back = filled(2048, 1);
            device.read(0, back);
            assertThat(back.slice(0, 1024)).isEqualTo(filled(1024, 7));
            assertThat(back.slice(1024, 1024)).isEqualTo(filled(1024, 0));
        }
        assertThat(Files.size(image())).isEqualTo(2048);
    }

    private static byte[] bytes(int length, int value) {
        byte[] bytes = new byte[length];
        filled(length, value).get(bytes);
        return bytes;
    }

    @Test
    void optionsAreCheckedTogether() {
        assertThatThrownBy(() -> FileOptions.builder().logicalBlock(500).build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FileOptions.create(1000)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () -> FileOptions.builder().readOnly(true).create(1024).build())
                .isInstanceOf(IllegalArgumentException.class);
        FileOptions options = FileOptions.builder()
                .mode(Mode.MAPPED)
                .sync(FileOptions.Sync.EVERY_WRITE)
                .lock(false)
                .fallback(true)
                .logicalBlock(4096)
                .create(8192)
                .executor(Runnable::run)
                .build();
        FileOptions same = options.toBuilder().build();
        assertThat(same).usingRecursiveComparison().isEqualTo(options);
    }

    // ---- locks ------------------------------------------------------------------------------------------------------

    @Test
    void oneWriterOrManyReadersInThisProcess() throws Exception {
        FileOptions reading = FileOptions.builder().readOnly(true).build();
        try (FileDevice writer = FileDevice.open(image(), FileOptions.create(MIB))) {
            fails(Kind.STALE, () -> FileDevice.open(image(), FileOptions.defaults()), "this process", "read-only");
            fails(Kind.STALE, () -> FileDevice.open(image(), reading), "this process");
            assertThat(writer.geometry().readOnly()).isFalse();
        }
        try (FileDevice one = FileDevice.open(image(), reading);
                FileDevice two = FileDevice.open(image(), reading)) {
            assertThat(one.geometry()).isEqualTo(two.geometry());
            fails(Kind.STALE, () -> FileDevice.open(image(), FileOptions.defaults()), "this process");
        }
        FileDevice.open(image(), FileOptions.defaults()).close();
    }

    @Test
    void anotherProcessIsKeptOutEvenAfterOneReaderHereHasClosed() throws Exception {
        FileDevice.open(image(), FileOptions.create(MIB)).close();
        FileOptions reading = FileOptions.builder().readOnly(true).build();
        FileDevice one = FileDevice.open(image(), reading);
        FileDevice two = FileDevice.open(image(), reading);
        one.close();
        assertThat(other("read-write"))
                .as("closing one reader must not lose the lock")
                .contains("another process");
        assertThat(other("read-only")).isEqualTo("open " + MIB);
        two.close();
        assertThat(other("read-write")).isEqualTo("open " + MIB);
    }

    @Test
    void anImageOpenElsewhereIsRefused() throws Exception {
        FileDevice.open(image(), FileOptions.create(MIB)).close();
        Process holder = start("read-write");
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(out.readLine()).isEqualTo("open " + MIB);
            fails(Kind.STALE, () -> FileDevice.open(image(), FileOptions.defaults()), "another process", "close it");
            FileOptions unlocked = FileOptions.builder().lock(false).build();
            assertThatCode(() -> FileDevice.open(image(), unlocked).close()).doesNotThrowAnyException();
        } finally {
            holder.getOutputStream().close();
            holder.waitFor();
        }
        FileDevice.open(image(), FileOptions.defaults()).close();
    }

    /** What another process says that opens the image: its greeting or its error. */
    private String other(String how) throws Exception {
        Process process = start(how);
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        String error = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return out.isEmpty() ? error : out;
    }

    private Process start(String how) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockHolder.class.getName(),
                        image().toString(),
                        how)
                .start();
    }

    // ---- hot paths --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Mode.class)
    void readsAndWritesAllocateNothing(Mode mode) throws Exception {
        try (FileDevice device = open(mode, MIB)) {
            ByteBuffer bytes = filled(8192, 1);
            assertThat(Allocations.bytesPerCall(mode == Mode.DIRECT ? 500 : 3_000, () -> {
                        device.write(4096, bytes, 0, IGNORE);
                        device.read(4096, bytes, IGNORE);
                    }))
                    .isZero();
        }
    }

    @Test
    void directIoCopiesNothingFromAnAlignedBufferAndCountsWhatItMustCopy() throws Exception {
        try (FileDevice device = open(Mode.DIRECT, 4 * MIB)) {
            assertThat(device.geometry().memoryAlignment()).isBetween(1, 4096);
            ByteBuffer aligned = filled(2 * MIB, 3);
            device.write(MIB, aligned);
            device.read(MIB, aligned);
            OnceCompletion fua = new OnceCompletion();
            device.write(0, aligned.asReadOnlyBuffer(), BlockDevice.FUA, fua);
            assertThat(fua.outcome(Duration.ZERO)).isNull();
            aligned.position(4096).limit(12288);
            device.read(MIB, aligned);
            aligned.clear();
            assertThat(device.copies()).isZero();
            ByteBuffer heap = ByteBuffer.allocate(2 * MIB);
            device.read(MIB, heap);
            assertThat(heap).isEqualTo(aligned);
            device.write(0, heap);
            assertThat(device.copies()).isEqualTo(2);
        }
    }

    @Test
    void directIoThatIsNotPossibleFallsBackOnlyWhenAllowed() throws Exception {
        // A file system without direct I/O is rare; a path that cannot be opened shows the same way out.
        FileOptions direct = FileOptions.builder().mode(Mode.DIRECT).build();
        fails(
                Kind.NOT_SUPPORTED,
                () -> FileDevice.open(image(), direct),
                "direct I/O is not possible",
                "fallback(true)");
    }

    // ---- interrupts -------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Mode.class)
    void interruptsInTheMiddleOfTransfersHurtNobody(Mode mode) throws Exception {
        try (FileDevice device = open(mode, 4L * MIB)) {
            AtomicBoolean stop = new AtomicBoolean();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                int mine = t;
                Thread thread = new Thread(() -> {
                    ByteBuffer bytes = filled(4096, mine + 1);
                    ByteBuffer back = filled(4096, 0);
                    while (!stop.get() && failure.get() == null) {
                        for (Completion done : new Completion[] {IGNORE}) {
                            try {
                                device.write(mine * 4096L, bytes, 0, done);
                                device.read(mine * 4096L, back, done);
                                device.flush(done);
                                assertThat(back).isEqualTo(bytes);
                            } catch (Throwable e) {
                                failure.compareAndSet(null, e);
                            }
                        }
                    }
                });
                thread.start();
                threads.add(thread);
            }
            for (int i = 0; i < 300; i++) {
                threads.get(i % 2).interrupt();
                ByteBuffer mine = filled(4096, 9);
                device.write(MIB, mine);
                device.read(MIB, mine);
            }
            stop.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failure.get()).isNull();
            fails(Kind.STALE, () -> FileDevice.open(image(), FileOptions.defaults()), "this process");
        }
    }

    // ---- what can go wrong under a device
    // ----------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Mode.class)
    void aFileThatIsCutOffBecomesAnErrorAndTheJvmLives(Mode mode) throws Exception {
        try (FileDevice device = open(mode, 4L * MIB)) {
            device.write(0, filled(4 * MIB, 5));
            ByteBuffer back = filled(8192, 0);
            // Long enough for the compiler: compiled and interpreted code fault in different ways.
            for (int i = 0; i < (mode == Mode.DIRECT ? 10 : 30_000); i++) {
                device.read(2L * MIB, back, IGNORE);
                device.write(3L * MIB, back, 0, IGNORE);
            }
            try (FileChannel other = FileChannel.open(image(), StandardOpenOption.WRITE)) {
                other.truncate(MIB);
            }
            for (int i = 0; i < 100; i++) {
                int at = MIB + i * 8192;
                fails(Kind.MEDIUM, () -> device.read(at, back), "cut off");
            }
            fails(Kind.MEDIUM, () -> device.read(0, filled(2 * MIB, 0)), "byte " + MIB);
            device.read(MIB - 8192, back);
            assertThat(back).isEqualTo(filled(8192, 5));
            device.write(3L * MIB, filled(8192, 6));
            device.read(3L * MIB, back);
            assertThat(back).as("a write extends it again").isEqualTo(filled(8192, 6));
        }
    }

    @Test
    void aMappedFileMayContainAnythingAndBeLargerThanTwoGigabytes() throws Exception {
        largerThanTwoGigabytes(Mode.MAPPED);
    }

    @Test
    void soMayOneThatIsWrittenThroughItsMapping() throws Exception {
        largerThanTwoGigabytes(Mode.MAPPED_WRITES);
    }

    private void largerThanTwoGigabytes(Mode mode) throws Exception {
        try (FileDevice device = open(mode, (3L << 30) + 4096)) {
            for (long border : new long[] {1L << 30, 2L << 30, (3L << 30)}) {
                device.write(border - 4096, filled(8192, (int) (border >> 30)));
                ByteBuffer back = filled(8192, 0);
                device.read(border - 4096, back);
                assertThat(back).isEqualTo(filled(8192, (int) (border >> 30)));
            }
            ByteBuffer tail = filled(4096, 9);
            device.read(3L << 30, tail);
            assertThat(tail).isEqualTo(filled(4096, 3));
            device.resize(5L << 30);
            device.read((5L << 30) - 4096, tail);
            assertThat(tail).isEqualTo(filled(4096, 0));
        }
    }

    @Test
    void aFullDiskIsNoSpace() throws Exception {
        assumeTrue(run("id", "-u").equals("0"), "needs root to mount a small file system");
        Path mount = Files.createDirectory(folder.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=256k", "none", mount.toString());
        try {
            for (Mode mode : new Mode[] {Mode.BUFFERED, Mode.MAPPED, Mode.MAPPED_WRITES}) {
                Path file = mount.resolve(mode.name());
                FileOptions options =
                        FileOptions.builder().mode(mode).create(MIB).build();
                try (FileDevice device = FileDevice.open(file, options)) {
                    assertThatThrownBy(() -> device.write(0, filled(MIB, 1)))
                            .isInstanceOfSatisfying(BlockException.class, e -> {
                                assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
                                assertThat(e.offset()).isBetween(4096L, 256L * 1024);
                            });
                    device.discard(0, MIB);
                    device.write(0, filled(4096, 1));
                }
                Files.delete(file);
            }
        } finally {
            run("umount", "--lazy", mount.toString());
        }
    }

    @Test
    void anExecutorThatIsShutDownEndsOperations() throws Exception {
        FileOptions options = FileOptions.builder()
                .create(MIB)
                .executor(task -> {
                    throw new java.util.concurrent.RejectedExecutionException("no more");
                })
                .build();
        try (FileDevice device = FileDevice.open(image(), options)) {
            assertThat(device.completesInline()).isFalse();
            fails(Kind.CLOSED, () -> device.read(0, filled(512, 0)), "no more");
            fails(Kind.CLOSED, device::flush, "no more");
        }
    }

    @Test
    void discardGivesRoomBack() throws Exception {
        try (FileDevice device = FileDevice.open(image(), FileOptions.create(8L * MIB))) {
            assumeTrue(device.geometry().discardGranularity() > 0, "no holes on this file system, or no JNA");
            device.write(0, filled(4 * MIB, 1));
            device.flush();
            long before = allocated();
            device.discard(0, 4L * MIB);
            device.flush();
            assertThat(before - allocated()).isGreaterThanOrEqualTo(3L * MIB);
            ByteBuffer back = filled(MIB, 1);
            device.read(MIB, back);
            assertThat(back).isEqualTo(filled(MIB, 0));
        }
    }

    private long allocated() throws Exception {
        return Long.parseLong(run("stat", "-c", "%b", image().toString())) * 512;
    }

    // ---- block devices ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Mode.class)
    void aBlockDeviceHasItsOwnSizeAndTakesZeroesAndDiscards(Mode mode) throws Exception {
        assumeTrue(
                run("id", "-u").equals("0") && Files.exists(Path.of("/dev/loop-control")),
                "needs root and loop devices");
        Path backing = folder.resolve("backing");
        FileDevice.open(backing, FileOptions.create(8L * MIB)).close();
        Path loop = Path.of(run("losetup", "--find", "--show", backing.toString()));
        try {
            FileOptions options = FileOptions.builder().mode(mode).build();
            try (FileDevice device = FileDevice.open(loop, options)) {
                assertThat(device.geometry().size()).isEqualTo(8L * MIB);
                device.write(4L * MIB, filled(MIB, 4));
                device.writeZeroes(4L * MIB + 8192, 8192);
                ByteBuffer back = filled(32768, 1);
                device.read(4L * MIB, back);
                assertThat(back.slice(0, 8192)).isEqualTo(filled(8192, 4));
                assertThat(back.slice(8192, 8192)).isEqualTo(filled(8192, 0));
                assertThat(back.slice(16384, 16384)).isEqualTo(filled(16384, 4));
                if (device.geometry().discardGranularity() > 0) {
                    device.discard(5L * MIB, MIB);
                }
                device.flush();
                fails(Kind.NOT_SUPPORTED, () -> device.resize(MIB), "block device");
                List<Long> sizes = new ArrayList<>();
                device.onGeometryChange(g -> sizes.add(g.size()));
                try (FileDevice grow = FileDevice.open(
                        backing, FileOptions.builder().lock(false).build())) {
                    grow.resize(16L * MIB);
                }
                run("losetup", "-c", loop.toString());
                device.refresh();
                assertThat(sizes).containsExactly(16L * MIB);
                device.write(16L * MIB - 4096, filled(4096, 7));
                back.limit(4096);
                device.read(16L * MIB - 4096, back);
                assertThat(back).isEqualTo(filled(4096, 7));
            }
        } finally {
            run("losetup", "-d", loop.toString());
        }
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        assertThat(process.waitFor()).as("%s: %s", List.of(command), out).isZero();
        return out;
    }

    // ---- without JNA ------------------------------------------------------------------------------------------------

    @Test
    void everythingButDirectIoWorksWithoutJna() throws Exception {
        URL classes = FileDevice.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader bare = new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
            Class<?> device = bare.loadClass(FileDevice.class.getName());
            Class<?> options = bare.loadClass(FileOptions.class.getName());
            Object opened = device.getMethod("open", Path.class, options)
                    .invoke(
                            null,
                            image(),
                            options.getMethod("create", long.class).invoke(null, (long) MIB));
            device.getMethod("write", long.class, ByteBuffer.class).invoke(opened, 512L, filled(512, 4));
            device.getMethod("writeZeroes", long.class, long.class).invoke(opened, 0L, 512L);
            Object geometry = device.getMethod("geometry").invoke(opened);
            assertThat(geometry.getClass().getMethod("discardGranularity").invoke(geometry))
                    .isEqualTo(0);
            device.getMethod("close").invoke(opened);
            assertThat(device.getMethod("whyNoDirect", Path.class).invoke(null, image()))
                    .asString()
                    .contains("net.java.dev.jna:jna");

            Class<?> builderType = bare.loadClass(FileOptions.Builder.class.getName());
            Class<?> mode = bare.loadClass(Mode.class.getName());
            Object builder = options.getMethod("builder").invoke(null);
            builderType
                    .getMethod("mode", mode)
                    .invoke(builder, mode.getField("DIRECT").get(null));
            Object direct = builderType.getMethod("build").invoke(builder);
            assertThatThrownBy(
                            () -> device.getMethod("open", Path.class, options).invoke(null, image(), direct))
                    .isInstanceOf(InvocationTargetException.class)
                    .cause()
                    .hasMessageContaining("net.java.dev.jna:jna")
                    .hasMessageContaining("fallback(true)");
            builderType.getMethod("fallback", boolean.class).invoke(builder, true);
            Object fallen = device.getMethod("open", Path.class, options)
                    .invoke(null, image(), builderType.getMethod("build").invoke(builder));
            assertThat(device.getMethod("mode").invoke(fallen)).hasToString("BUFFERED");
            assertThat(device.getMethod("fallbackReason").invoke(fallen))
                    .asString()
                    .contains("JNA");
            device.getMethod("close").invoke(fallen);
        }
    }
}
