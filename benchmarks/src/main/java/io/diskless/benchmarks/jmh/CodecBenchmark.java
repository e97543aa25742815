package io.diskless.benchmarks.jmh;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.aoe.wire.FrameValidator;
import io.diskless.aoe.wire.Verdict;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What does it cost to build an ATA read request, and to judge it and take it apart? */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {
    private static final long TARGET = 0x0200_0000_000AL;
    private static final long CLIENT = 0x0200_0000_0001L;
    private static final int AT = AoeHeader.AT;

    private final ByteBuffer frame = ByteBuffer.allocateDirect(1514);
    private int tag;
    private int length;

    /** A frame to decode. */
    public CodecBenchmark() {
        length = encode();
    }

    /**
     * Builds a request.
     *
     * @return its length
     */
    @Benchmark
    public final int encode() {
        tag++;
        EthernetHeader.write(frame, 0, TARGET, CLIENT);
        AoeHeader.write(frame, AT, 0, 0, 1, 2, AoeHeader.CMD_ATA, tag);
        AtaFields.write(frame, AT, AtaFields.FLAG_EXTENDED, 0, 2, AtaCommand.READ_EXT, tag & 0xFFFFL);
        length = EthernetHeader.pad(frame, 0, AtaFields.DATA_AT);
        return length;
    }

    /**
     * Judges a request and reads all its fields.
     *
     * @return something of each
     */
    @Benchmark
    public long decode() {
        Verdict verdict = FrameValidator.request(frame, 0, length);
        return (verdict.isAccepted() ? 1 : 0)
                + EthernetHeader.destination(frame, 0)
                + EthernetHeader.source(frame, 0)
                + AoeHeader.shelf(frame, AT)
                + AoeHeader.slot(frame, AT)
                + AoeHeader.tag(frame, AT)
                + AtaFields.flags(frame, AT)
                + AtaFields.count(frame, AT)
                + AtaFields.command(frame, AT)
                + AtaFields.lba(frame, AT);
    }
}
