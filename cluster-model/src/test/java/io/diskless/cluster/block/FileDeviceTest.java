package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.FileOptions.Mode;
import io.diskless.cluster.block.testkit.OnceCompletion;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Opening, locking, and the hot paths. */
@Timeout(120)
class FileDeviceTest extends FileBench {
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
}
