package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.testkit.BlockDeviceContract;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockChannelsTest {
    @TempDir
    private Path folder;

    /** Hides what a file channel is, so that only the sequential interface is left. */
    private record Sequential(SeekableByteChannel channel) implements SeekableByteChannel {
        @Override
        public int read(ByteBuffer dst) throws IOException {
            return channel.read(dst);
        }

        @Override
        public int write(ByteBuffer src) throws IOException {
            return channel.write(src);
        }

        @Override
        public long position() throws IOException {
            return channel.position();
        }

        @Override
        public SeekableByteChannel position(long newPosition) throws IOException {
            channel.position(newPosition);
            return this;
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public SeekableByteChannel truncate(long size) throws IOException {
            channel.truncate(size);
            return this;
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** A device as a channel as a device again: both adapters keep the contract. */
    @Nested
    class ThereAndBack extends BlockDeviceContract {
        @Override
        protected BlockDevice open(long size) throws Exception {
            MemoryDevice pages = MemoryDevice.create(new BlockGeometry(size, 4096, 4096, 1, 1 << 20, 0, false));
            return BlockChannels.device(BlockChannels.channel(pages), false);
        }

        @Override
        protected int chainLength() {
            return 20_000; // Each write of a sector reads its page first.
        }
    }

    @Nested
    class OverASequentialChannel extends BlockDeviceContract {
        @Override
        protected BlockDevice open(long size) throws Exception {
            return BlockChannels.device(new Sequential(BlockChannels.channel(MemoryDevice.create(size))), false);
        }

        @Override
        protected int chainLength() {
            return 20_000;
        }
    }

    @Test
    void aChannelReadsAndWritesSingleBytes() throws IOException {
        int size = 3 * 65536 + 8192;
        MemoryDevice device = MemoryDevice.create(new BlockGeometry(size, 4096, 4096, 1, 1 << 20, 0, false));
        byte[] model = new byte[size];
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        try (FileChannel channel = BlockChannels.channel(device)) {
            for (int i = 0; i < 300; i++) {
                int from = random.nextInt(size);
                byte[] bytes = new byte[1 + random.nextInt(Math.min(70_000, size - from))];
                random.nextBytes(bytes);
                assertThat(channel.position(from).write(ByteBuffer.wrap(bytes))).isEqualTo(bytes.length);
                assertThat(channel.position()).isEqualTo(from + bytes.length);
                System.arraycopy(bytes, 0, model, from, bytes.length);
                int at = random.nextInt(size);
                ByteBuffer back = ByteBuffer.allocate(random.nextInt(70_000));
                int n = channel.read(back, at);
                assertThat(n).isEqualTo(Math.min(back.capacity(), size - at));
                assertThat(Arrays.mismatch(Arrays.copyOf(back.array(), n), Arrays.copyOfRange(model, at, at + n)))
                        .as("seed %d, step %d", seed, i)
                        .isEqualTo(-1);
            }
        }
        assertThat(device.geometry().size()).isEqualTo(size);
    }

    @Test
    void aChannelBehavesAtItsEdgesAsAFileDoes() throws IOException {
        MemoryDevice device = MemoryDevice.create(4096);
        FileChannel channel = BlockChannels.channel(device);
        assertThat(channel.size()).isEqualTo(4096);
        assertThat(channel.read(ByteBuffer.allocate(1), 4096)).isEqualTo(-1);
        assertThat(channel.read(ByteBuffer.allocate(100), 4090)).isEqualTo(6);
        assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(10), 4090)).isInstanceOf(BlockException.class);
        assertThatThrownBy(() -> channel.truncate(100)).isInstanceOf(BlockException.class);
        assertThat(channel.truncate(5000)).isSameAs(channel);
        assertThatThrownBy(() -> channel.map(FileChannel.MapMode.READ_ONLY, 0, 10))
                .isInstanceOf(UnsupportedOperationException.class);
        ByteBuffer[] many = {ByteBuffer.allocate(4000), ByteBuffer.allocate(200), ByteBuffer.allocate(10)};
        assertThat(channel.position(0).read(many)).isEqualTo(4096);
        assertThat(channel.read(many)).isEqualTo(-1);
        channel.force(true);
        channel.close();
        assertThatThrownBy(channel::size).isInstanceOf(ClosedChannelException.class);
        FileChannel readOnly = BlockChannels.channel(ReadOnlyDevice.of(device));
        assertThatThrownBy(() -> readOnly.write(ByteBuffer.allocate(1), 0))
                .isInstanceOf(NonWritableChannelException.class);
    }

    @Test
    void bytesAreTransferredBothWays() throws IOException {
        MemoryDevice device = MemoryDevice.create(1 << 18);
        FileChannel channel = BlockChannels.channel(device);
        byte[] bytes = new byte[200_001];
        new SplittableRandom(1).nextBytes(bytes);
        assertThat(channel.transferFrom(
                        Channels.newChannel(new java.io.ByteArrayInputStream(bytes)), 777, Long.MAX_VALUE))
                .isEqualTo(bytes.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(channel.transferTo(777, bytes.length, Channels.newChannel(out)))
                .isEqualTo(bytes.length);
        assertThat(out.toByteArray()).isEqualTo(bytes);
        assertThat(channel.transferTo(0, Long.MAX_VALUE, Channels.newChannel(new ByteArrayOutputStream())))
                .isEqualTo(1 << 18);
    }

    @Test
    void aFileChannelThatIsReadOnlyOrClosedSaysSo() throws IOException {
        Path path = folder.resolve("image");
        FileDevice.open(path, FileOptions.create(8192)).close();
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
        BlockDevice device = BlockChannels.device(file, true);
        assertThat(device.geometry().readOnly()).isTrue();
        device.flush();
        BlockDevice wrong = BlockChannels.device(file, false);
        assertThatThrownBy(() -> wrong.write(0, ByteBuffer.allocate(512)))
                .isInstanceOfSatisfying(
                        BlockException.class, e -> assertThat(e.kind()).isEqualTo(BlockException.Kind.MEDIUM));
        file.close();
        assertThatThrownBy(() -> device.read(0, ByteBuffer.allocate(512)))
                .isInstanceOfSatisfying(
                        BlockException.class, e -> assertThat(e.kind()).isEqualTo(BlockException.Kind.CLOSED));
    }
}
