package io.diskless.cluster.net.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captures: written and read. */
class PcapFileTest {
    private static final long NANOS = 1_700_000_000_123_456_789L;

    @TempDir
    private Path dir;

    private static ByteBuffer frame(int serial, int length) {
        return ByteBuffer.allocate(length).putInt(20, serial);
    }

    private static List<String> read(Path file) throws IOException {
        List<String> seen = new ArrayList<>();
        PcapFile.read(
                file,
                (nanos, b, captured, original) ->
                        seen.add(nanos + " " + b.getInt(20) + " " + captured + "/" + original));
        return seen;
    }

    @Test
    void whatWasWrittenIsRead() throws Exception {
        Path file = dir.resolve("a.pcap");
        try (PcapFile.Writer writer = PcapFile.create(file)) {
            for (int i = 0; i < 200; i++) {
                writer.write(NANOS + i, frame(i, 9014), 60 + i * 40);
            }
        }
        List<String> seen = read(file);
        assertThat(seen).hasSize(200);
        for (int i = 0; i < 200; i++) {
            assertThat(seen.get(i)).isEqualTo((NANOS + i) + " " + i + " " + (60 + i * 40) + "/" + (60 + i * 40));
        }
    }

    @Test
    void bigEndianMicrosecondsAndCutFramesAreRead() throws Exception {
        ByteBuffer b = ByteBuffer.allocate(24 + 16 + 60).order(ByteOrder.BIG_ENDIAN);
        b.putInt(0xA1B2C3D4)
                .putShort((short) 2)
                .putShort((short) 4)
                .putLong(0)
                .putInt(65535)
                .putInt(1);
        b.putInt(7).putInt(5).putInt(60).putInt(9014).put(frame(3, 60));
        Path file = Files.write(dir.resolve("b.pcap"), b.array());
        assertThat(read(file)).containsExactly("7000005000 3 60/9014");
    }

    @Test
    void damageIsSaidWithItsPlace() throws Exception {
        Path file = dir.resolve("c.pcap");
        try (PcapFile.Writer writer = PcapFile.create(file)) {
            writer.write(NANOS, frame(1, 60), 60);
            writer.write(NANOS, frame(2, 60), 60);
        }
        byte[] good = Files.readAllBytes(file);
        Path cut = Files.write(dir.resolve("cut.pcap"), Arrays.copyOf(good, good.length - 1));
        List<Integer> seen = new ArrayList<>();
        assertThatThrownBy(() -> PcapFile.read(cut, (nanos, b, captured, original) -> seen.add(b.getInt(20))))
                .isInstanceOf(PcapFile.FormatException.class)
                .hasMessageContaining("expected 60 bytes at offset 116, got 59");
        assertThat(seen).containsExactly(1);
        good[24 + 8 + 3] = 0x7F;
        Path wild = Files.write(dir.resolve("wild.pcap"), good);
        assertThatThrownBy(() -> read(wild)).hasMessageContaining("frame at offset 24 claims");
        Path other = Files.write(dir.resolve("text"), new byte[64]);
        assertThatThrownBy(() -> read(other)).hasMessageContaining("expected magic");
    }

    @Test
    void aClosedWriterTakesNothing() throws Exception {
        PcapFile.Writer writer = PcapFile.create(dir.resolve("d.pcap"));
        writer.close();
        writer.close();
        assertThatThrownBy(() -> writer.write(NANOS, frame(1, 60), 60)).isInstanceOf(ClosedChannelException.class);
    }
}
