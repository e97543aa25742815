package io.diskless.benchmarks.jmh;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.link.FrameHandler;
import io.diskless.aoe.link.SegmentPort;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.aoe.target.WritePolicy;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What does a target's whole path cost, from a client's slot to the answer in it, without a kernel? */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TargetBenchmark {
    private static final MacAddress TARGET = MacAddress.parse("02:00:00:00:00:0a");
    private static final MacAddress CLIENT = MacAddress.parse("02:00:00:00:00:01");
    private static final AoeAddress ADDRESS = new AoeAddress(1, 2);
    private static final int AT = AoeHeader.AT;
    private static final int SECTORS = 2;
    private static final long SIZE = 1 << 20;

    private final EthernetSegment segment = EthernetSegment.virtual();
    private final SegmentPort port = segment.attach("p0", TARGET, 1500);
    private final SegmentPort client = segment.attach("c0", CLIENT, 1500);
    private final AoeTarget target =
            AoeTarget.create(TargetOptions.builder().clock(segment.clock()).build());
    private long answered;
    private final FrameHandler answers = frame -> answered += frame.length();
    private int tag;

    /** A target on a virtual segment. */
    public TargetBenchmark() {}

    /**
     * Exports memory that was written once.
     *
     * @throws AoeException if the port cannot be attached
     */
    @Setup
    public void open() throws AoeException {
        target.attach(port);
        target.export(
                ADDRESS,
                MemoryDevice.create(SIZE),
                ExportOptions.builder().writePolicy(WritePolicy.BUFFERED).build());
        for (int i = 0; i < SIZE / 512 / SECTORS; i++) {
            write();
        }
    }

    /**
     * Ends the target.
     *
     * @throws AoeException if the port cannot be closed
     */
    @TearDown
    public void close() throws AoeException {
        target.close();
    }

    /**
     * A read of 1 KiB.
     *
     * @return bytes answered so far
     */
    @Benchmark
    public long read() {
        return ask(0, AtaCommand.READ_EXT, 0);
    }

    /**
     * A write of 1 KiB.
     *
     * @return bytes answered so far
     */
    @Benchmark
    public long write() {
        return ask(AtaFields.FLAG_WRITE, AtaCommand.WRITE_EXT, SECTORS * 512);
    }

    private long ask(int flags, int opcode, int data) {
        @Nullable Frame frame = client.claim();
        if (frame == null) {
            throw new IllegalStateException("the client's slots are all under way");
        }
        tag++;
        EthernetHeader.write(frame.bytes(), 0, TARGET.value(), CLIENT.value());
        AoeHeader.write(frame.bytes(), AT, 0, 0, ADDRESS.shelf(), ADDRESS.slot(), AoeHeader.CMD_ATA, tag);
        long lba = Integer.toUnsignedLong(tag) * SECTORS % (SIZE / 512);
        AtaFields.write(frame.bytes(), AT, AtaFields.FLAG_EXTENDED | flags, 0, SECTORS, opcode, lba);
        client.commit(EthernetHeader.pad(frame.bytes(), 0, AtaFields.DATA_AT + data));
        client.flush();
        target.poll();
        client.receive(answers, 4);
        return answered;
    }
}
