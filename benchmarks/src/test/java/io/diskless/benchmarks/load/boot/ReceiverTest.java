package io.diskless.benchmarks.load.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** The client that judges TFTP servers, packet by packet. */
class ReceiverTest {
    private static ByteBuffer packet(int opcode, String rest) {
        byte[] octets = rest.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(2 + octets.length)
                .putShort((short) opcode)
                .put(octets)
                .flip();
    }

    private static ByteBuffer data(int number, String content) {
        return packet(3, "" + (char) (number >> 8) + (char) (number & 0xFF) + content);
    }

    private static String hex(ByteBuffer packet) {
        byte[] octets = new byte[packet.remaining()];
        packet.get(octets);
        return HexFormat.of().formatHex(octets);
    }

    private static Receiver agreed(int window) throws IOException {
        Receiver receiver = new Receiver("f", 8, window);
        String answer = "blksize\0" + "8\0" + (window > 1 ? "windowsize\0" + window + "\0" : "");
        assertThat(hex(receiver.hear(packet(6, answer)))).isEqualTo("00040000");
        return receiver;
    }

    @Test
    void lockStepAcknowledgesEachBlockAndEndsWithAShortOne() throws IOException {
        Receiver receiver = agreed(1);
        assertThat(hex(receiver.hear(data(1, "01234567")))).isEqualTo("00040001");
        assertThat(hex(receiver.hear(data(1, "01234567")))).as("again").isEqualTo("00040001");
        assertThat(receiver.isDone()).isFalse();
        assertThat(hex(receiver.hear(data(2, "89")))).isEqualTo("00040002");
        assertThat(receiver.isDone()).isTrue();
        assertThat(receiver.octets()).isEqualTo(10);
        assertThat(receiver.again()).isEqualTo(1);
        CRC32C sum = new CRC32C();
        sum.update("0123456789".getBytes(StandardCharsets.US_ASCII));
        assertThat(receiver.sum()).isEqualTo(sum.getValue());
    }

    @Test
    void aWindowIsAcknowledgedAtItsEndAndAGapAtOnceAndOnce() throws IOException {
        Receiver receiver = agreed(3);
        assertThat(receiver.hear(data(1, "........"))).isNull();
        assertThat(hex(receiver.hear(data(3, "........")))).as("2 is missing").isEqualTo("00040001");
        assertThat(receiver.hear(data(4, "........"))).isNull();
        assertThat(receiver.hear(data(2, "........"))).isNull();
        assertThat(receiver.hear(data(3, "........"))).isNull();
        assertThat(hex(receiver.hear(data(4, "........")))).isEqualTo("00040004");
        assertThat(hex(receiver.hear(data(5, "")))).as("the end").isEqualTo("00040005");
        assertThat(receiver.isDone()).isTrue();
    }

    @Test
    void whoGetsOtherThanHeAskedForComplains() {
        assertThatThrownBy(() -> new Receiver("f", 1428, 8).hear(packet(6, "blksize\0001428\0")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a window of 8, got 1428 and 1");
        assertThatThrownBy(() -> new Receiver("f", 1428, 8).hear(packet(5, "\0\1not found\0")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not found");
    }

    @Test
    void theRequestNamesWhatIsWanted() {
        assertThat(hex(new Receiver("f", 8, 3).request()))
                .isEqualTo("0001"
                        + HexFormat.of()
                                .formatHex("f\0octet\0blksize\0008\0windowsize\0003\0"
                                        .getBytes(StandardCharsets.US_ASCII)));
    }
}
