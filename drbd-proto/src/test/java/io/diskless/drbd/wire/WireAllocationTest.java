package io.diskless.drbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Judging, reading and writing packets in bulk allocates nothing, and no packet of a bitmap does. */
final class WireAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int CALLS = 10_000;
    private static final int WORDS = 4096;

    private final Dialect dialect = new Dialect(101, Dialect.FF_ALL);
    private final ByteBuf b = Unpooled.directBuffer(8192);

    /** Kept, so that nothing is optimised away. */
    private long seen;

    @Test
    void writesAndAcksAllocateNothing() {
        assertThat(least(CALLS, this::write)).isLessThan(CALLS / 10);
        assertThat(least(CALLS, this::ack)).isLessThan(CALLS / 10);
        assertThat(seen).isNotZero();
    }

    private void write() {
        int length = DataFields.LENGTH + 512;
        HeaderFormat.H100.write(b, 0, 1, PacketType.DATA.code(), length);
        DataFields.write(b, 16, 8, 77, 5, DataFields.DP_SEND_WRITE_ACK);
        judge(SocketKind.DATA, length);
        seen += DataFields.sector(b, 16) + DataFields.blockId(b, 16) + DataFields.flags(b, 16);
    }

    private void ack() {
        HeaderFormat.H100.write(b, 0, 1, PacketType.WRITE_ACK.code(), BlockFields.LENGTH);
        BlockFields.write(b, 16, 8, 77, 4096, 5);
        judge(SocketKind.META, BlockFields.LENGTH);
        seen += BlockFields.sector(b, 16) + BlockFields.size(b, 16) + BlockFields.sequence(b, 16);
    }

    private void judge(SocketKind socket, int length) {
        Verdict header = FrameValidator.header(dialect, socket, b, 0);
        HeaderFormat format = FrameValidator.format(dialect, b, 0);
        PacketType type = PacketType.of(format.command(b, 0));
        Verdict payload = FrameValidator.payload(dialect, type, b, format.length(), length, 0);
        Verdict range = FrameValidator.range(8, 4096, 1 << 20);
        seen += header.isAccepted() && payload.isAccepted() && range.isAccepted() ? 1 : 0;
    }

    @Test
    void aBitmapCostsTheSameHoweverManyPacketsItHas() {
        for (long word : new long[] {0, -1, 0x5555555555555555L, 0x00FF_0000_0000_0001L}) {
            LongArrayBitmap from = new LongArrayBitmap(WORDS * 64L);
            Arrays.fill(from.words, word);
            LongArrayBitmap to = new LongArrayBitmap(WORDS * 64L);
            long least = least(1, () -> exchange(from, to));
            // The two ends of the exchange: at either 512 words at a time, and as bytes.
            assertThat(least).as("words %x", word).isLessThan(18_500);
            assertThat(to.words).isEqualTo(from.words);
        }
    }

    private void exchange(LongArrayBitmap from, LongArrayBitmap to) {
        BitmapSender sender = new BitmapSender(dialect, from, true);
        BitmapReceiver receiver = new BitmapReceiver(dialect, to);
        while (!sender.isDone()) {
            b.clear();
            sender.append(0, b);
            PacketType type = PacketType.of(HeaderFormat.H100.command(b, 0));
            Verdict verdict = receiver.accept(type, b, 16, b.readableBytes() - 16);
            seen += verdict.isAccepted() ? 1 : 0;
        }
    }

    /** The least of some rounds counts, because a compilation or a class loaded by the way also allocates. */
    private static long least(int calls, Runnable call) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 12; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < calls; i++) {
                call.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
