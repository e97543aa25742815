package io.diskless.benchmarks.jmh;

import io.diskless.drbd.meta.DirtyBitmap;
import io.diskless.drbd.wire.BitmapReceiver;
import io.diskless.drbd.wire.BitmapSender;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How fast is a bitmap of out-of-sync blocks cut into packets, and how fast are its bits set from them? One operation is a
 * byte of bitmap: operations per nanosecond are gigabytes per second.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BitmapBenchmark {
    private static final int WORDS = 1 << 20;
    private static final int BYTES = WORDS * Long.BYTES;
    private static final int HEADER = HeaderFormat.H100.length();

    /** What is dirty: nothing, everything, a block in a thousand, each by chance, or runs of so many blocks on average. */
    @Param({"empty", "full", "sparse", "random", "runs8", "runs12", "runs32", "runs256"})
    public String fill = "empty";

    private final Dialect dialect = new Dialect(Dialect.MAX_VERSION, 0);
    private final DirtyBitmap from = new DirtyBitmap(WORDS * 64L * 8);
    private final DirtyBitmap to = new DirtyBitmap(WORDS * 64L * 8);
    private final ByteBuf packet = Unpooled.directBuffer(8192);
    private final List<ByteBuf> packets = new ArrayList<>();

    /** Fills the bitmap, and cuts it. */
    @Setup
    public void fill() {
        SplittableRandom random = new SplittableRandom(1);
        switch (fill) {
            case "empty" -> {}
            case "full" -> from.setAll();
            case "random" -> {
                for (int i = 0; i < WORDS; i++) {
                    from.or(i, random.nextLong());
                }
            }
            case "sparse" -> {
                for (int i = 0; i < WORDS; i += 16) {
                    from.or(i, 1L << random.nextInt(64));
                }
            }
            default -> runs(random, Integer.parseInt(fill.substring("runs".length())));
        }
        BitmapSender sender = new BitmapSender(dialect, from, true);
        while (!sender.isDone()) {
            ByteBuf b = Unpooled.directBuffer(4096);
            sender.append(0, b);
            packets.add(b);
        }
    }

    private void runs(SplittableRandom random, int mean) {
        boolean set = false;
        for (long bit = 0; bit < from.bits(); set = !set) {
            long end = Math.min(from.bits(), bit + 1 + (long) (-Math.log(1 - random.nextDouble()) * (mean - 0.5)));
            if (set) {
                from.setBits(bit, end);
            }
            bit = end;
        }
    }

    /** Gives the packets back. */
    @TearDown
    public void release() {
        packets.forEach(ByteBuf::release);
        packet.release();
    }

    /**
     * Cuts the bitmap into packets.
     *
     * @return how many bytes they have
     */
    @Benchmark
    @OperationsPerInvocation(BYTES)
    public long send() {
        BitmapSender sender = new BitmapSender(dialect, from, true);
        while (!sender.isDone()) {
            packet.clear();
            sender.append(0, packet);
        }
        return sender.bytes();
    }

    /**
     * Sets the bits of all packets in a bitmap that has them already, as that of a peer has most of them.
     *
     * @return how many packets were received
     */
    @Benchmark
    @OperationsPerInvocation(BYTES)
    public long receive() {
        BitmapReceiver receiver = new BitmapReceiver(dialect, to);
        for (ByteBuf b : packets) {
            PacketType type = PacketType.of(HeaderFormat.H100.command(b, 0));
            Verdict verdict = receiver.accept(type, b, HEADER, b.readableBytes() - HEADER);
            if (!verdict.isAccepted()) {
                throw new IllegalStateException("expected ACCEPTED, got " + verdict);
            }
        }
        return receiver.packets();
    }
}
