package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.FileOptions.Mode;
import io.diskless.cluster.testkit.peer.Privileges;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What can happen to a file under a device, and to the threads that use it. */
@Timeout(120)
class FileHazardsTest extends FileBench {
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
        Privileges.root("to mount a small file system");
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
        Privileges.root("to make a loop device");
        assumeTrue(Files.exists(Path.of("/dev/loop-control")), "this kernel has no loop devices");
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
