package io.diskless.benchmarks.lab.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.benchmarks.lab.load.Pattern;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Long transfers: every byte, in order, once, and the progress adds up. */
class StreamTest {
    /** More chunks than are under way at a time, and no whole number of them. */
    private static final int LENGTH = 21 * (128 << 10) + 3 * Pattern.BLOCK;

    private static final int OFFSET = 5 * Pattern.BLOCK;

    @TempDir
    Path folder;

    private final byte[] content = new byte[LENGTH];
    private final AtomicLong progress = new AtomicLong();
    private MemoryDevice device;
    private Path file;

    @BeforeEach
    void make() throws Exception {
        new Random(4).nextBytes(content);
        file = Files.write(folder.resolve("file"), content);
        device = MemoryDevice.create(OFFSET + LENGTH + Pattern.BLOCK);
    }

    private void write(Path from, long length) throws Exception {
        try (FileChannel channel = FileChannel.open(from)) {
            new Stream().write(channel, device, OFFSET, length, progress::addAndGet);
        }
    }

    @Test
    void whatIsWrittenIsReadHashedAndCopied() throws Exception {
        write(file, LENGTH);
        assertThat(progress).hasValue(LENGTH);
        ByteBuffer all = ByteBuffer.allocate(LENGTH);
        device.read(OFFSET, all);
        assertThat(all.array()).isEqualTo(content);

        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        Path copy = folder.resolve("copy");
        try (FileChannel to = FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            new Stream().digest(device, OFFSET, LENGTH, digest, to, progress::addAndGet);
        }
        assertThat(progress).hasValue(2L * LENGTH);
        assertThat(Files.readAllBytes(copy)).isEqualTo(content);
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
        assertThat(digest.digest()).isEqualTo(hash);

        new Stream().digest(device, OFFSET, LENGTH, digest, progress::addAndGet);
        assertThat(digest.digest()).isEqualTo(hash);
    }

    @Test
    void aFileThatEndsWithinItsLastBlockIsFilledUpAndAShorterOneIsAnError() throws Exception {
        Path odd = Files.write(folder.resolve("odd"), Arrays.copyOf(content, Pattern.BLOCK + 7));
        ByteBuffer two = ByteBuffer.allocate(2 * Pattern.BLOCK);
        device.write(OFFSET, ByteBuffer.wrap(content, 0, 2 * Pattern.BLOCK));
        write(odd, 2 * Pattern.BLOCK);
        device.read(OFFSET, two);
        assertThat(two.array()).isEqualTo(Arrays.copyOf(Arrays.copyOf(content, Pattern.BLOCK + 7), 2 * Pattern.BLOCK));

        assertThatThrownBy(() -> write(odd, 4 * Pattern.BLOCK))
                .isInstanceOf(IOException.class)
                .hasMessage("the file ends at byte " + (Pattern.BLOCK + 7) + ", expected " + 4 * Pattern.BLOCK);
    }

    @Test
    void theErrorOfTheDeviceComesThrough() throws Exception {
        device.close();
        assertThatThrownBy(() -> write(file, LENGTH))
                .isInstanceOf(IOException.class)
                .hasRootCauseInstanceOf(BlockException.class);
    }
}
