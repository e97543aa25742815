package io.diskless.benchmarks.load;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.auth.BlockDigest;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.VerifyReport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Replication between two Java sides against a bare pair of Netty that moves frames of the same sizes, both over TCP on the
 * loopback and in this one process; protocol C, disks in memory, activity log warm. In turn; ratios burst by burst, and
 * of those the median.
 */
@Command(
        name = "replication-contest",
        mixinStandardHelpOptions = true,
        description = "Measures replication against a bare Netty pair in turn and prints ratios (medians of pairs).")
public final class ReplicationContest implements Callable<Integer> {
    private static final int BLOCK = 4096;
    private static final int MIB = 1 << 20;
    /** So many bytes are asked for at once by a resync: half of what a kernel's buffers hold by default. */
    private static final int RESYNC_DEPTH = 4;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--size",
            paramLabel = "MIB",
            description = "Size of the volume in MiB (default: ${DEFAULT-VALUE}).")
    private int mib = 256;

    @Option(names = "--rounds", description = "Counted pairs of bursts (default: ${DEFAULT-VALUE}).")
    private int rounds = 7;

    @Option(names = "--burst", paramLabel = "MS", description = "Length of a burst (default: ${DEFAULT-VALUE}).")
    private int burstMillis = 300;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Requests of 4 KiB before, so that the compiler is done (default: ${DEFAULT-VALUE}).")
    private int warmUp = 200_000;

    @Option(names = "--only", paramLabel = "TEXT", description = "Only scenarios whose name contains this.")
    private String only = "";

    @Option(
            names = "--bitmap",
            paramLabel = "GIB",
            description = "Size of the volume whose bitmap is exchanged, in GiB; 16384 is 512 MiB of bitmap a side, and"
                    + " needs 1.2 GiB of memory outside the heap (default: ${DEFAULT-VALUE}).")
    private long bitmapGib = 2048;

    @Option(
            names = "--ping-seconds",
            paramLabel = "S",
            description = "How long pings are watched under load (default: ${DEFAULT-VALUE}).")
    private int pingSeconds = 10;

    @Option(
            names = "--spin",
            paramLabel = "US",
            description = "How long the threads of our data sockets stay awake behind the last thing they had to do, in"
                    + " microseconds; those of the bare pair sleep at once (default: ${DEFAULT-VALUE}).")
    private long spin = TimeUnit.NANOSECONDS.toMicros(DrbdTransport.USUAL_SPIN.toNanos());

    /**
     * Runs the contest.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new ReplicationContest()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        out().printf(
                        Locale.ROOT,
                        "Volume of %d MiB in memory, protocol C, loopback; %d pairs of bursts of %d ms.%n%n",
                        mib,
                        rounds,
                        burstMillis);
        out().println(
                        "| scenario | ours : bare | goal | ours : bare with disks | ours : those, answers apart | ours | bare"
                                + " | CPU, ours : bare | heap per request |");
        out().println("|---|---|---|---|---|---|---|---|---|");
        MemoryDevice near = filled();
        MemoryDevice far = filled();
        try (ReplicaPair ours = new ReplicaPair(near, far, NetOptions.builder(), spin());
                EchoPair bare = new EchoPair(mib * (long) MIB);
                EchoPair disks = new EchoPair(mib * (long) MIB, unaligned(), unaligned(), false);
                EchoPair apart = new EchoPair(mib * (long) MIB, unaligned(), unaligned(), true)) {
            if (wants("write") || wants("KiB") || wants("resync")) {
                warmUp(ours.volume());
                warmUp(bare);
                warmUp(disks);
                warmUp(apart);
            }
            writes("4 KiB writes, depth 1, p50", List.of(ours.volume(), bare, disks, apart), BLOCK, 1, true, "<= 1.3");
            writes(
                    "4 KiB writes, depth 64, IOPS",
                    List.of(ours.volume(), bare, disks, apart),
                    BLOCK,
                    64,
                    false,
                    ">= 0.80");
            writes(
                    "64 KiB writes, depth 16, IOPS",
                    List.of(ours.volume(), bare, disks, apart),
                    16 * BLOCK,
                    16,
                    false,
                    "-");
            writes("1 MiB writes, depth 8, IOPS", List.of(ours.volume(), bare, disks, apart), MIB, 8, false, ">= 0.85");
            resync(ours, bare, disks, near);
            // What was measured has to have been replication.
            ours.settle();
        }
        for (DigestAlgorithm a : List.of(DigestAlgorithm.CRC32C, DigestAlgorithm.MD5, DigestAlgorithm.SHA1)) {
            verify(a, near, far);
        }
        if (wants("pings")) {
            new PingContest(mib * (long) MIB, pingSeconds).run(out());
        }
        if (wants("bitmap")) {
            new BitmapExchangeContest(bitmapGib << 30, rounds).run(out());
        }
        out().flush();
        return 0;
    }

    private Duration spin() {
        return Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(spin));
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private boolean wants(String scenario) {
        return scenario.contains(only) || only.contains(scenario);
    }

    /** A disk that takes the pieces in which a stream comes. */
    private BlockDevice unaligned() {
        return MemoryDevice.create(new BlockGeometry(mib * (long) MIB, 1, 1, 1, MIB, 0, false));
    }

    /** With what no digest and no compression has seen before, the same at each call. */
    private MemoryDevice filled() throws IOException {
        MemoryDevice disk = MemoryDevice.create(mib * (long) MIB);
        SplittableRandom random = new SplittableRandom(1);
        ByteBuffer block = ByteBuffer.allocateDirect(MIB);
        for (int i = 0; i < mib; i++) {
            for (int at = 0; at < MIB; at += Long.BYTES) {
                block.putLong(at, random.nextLong());
            }
            disk.write(i * (long) MIB, block.clear());
        }
        return disk;
    }

    private void warmUp(BlockDevice device) throws Exception {
        DeviceLoad load = new DeviceLoad(List.of(device));
        for (long done = 0; done < warmUp; ) {
            done += burst(load, BLOCK, 64, true, 200).requests();
            done += burst(load, BLOCK, 1, true, 50).requests();
        }
        burst(load, MIB, 8, true, 300);
        burst(load, MIB, 4, false, 300);
    }

    private static DeviceLoad.Burst burst(DeviceLoad load, int bytes, int depth, boolean writes, int millis)
            throws Exception {
        DeviceLoad.Burst b = load.burst(depth, bytes, writes, millis * 1_000_000L);
        if (b.failed() > 0) {
            throw new IOException(b.failed() + " requests failed");
        }
        return b;
    }

    /** A burst, and what the loops used per request. */
    private record Sample(double perSecond, double p50, double cpu, double allocated) {}

    private Sample sample(DeviceLoad load, String threads, int bytes, int depth, boolean writes) throws Exception {
        LoopThreads.Use before = LoopThreads.of(threads);
        DeviceLoad.Burst b = burst(load, bytes, depth, writes, burstMillis);
        LoopThreads.Use use = LoopThreads.of(threads).since(before);
        return new Sample(
                b.perSecond(),
                b.latency().getValueAtPercentile(50),
                (double) use.cpuNanos() / b.requests(),
                (double) use.allocated() / b.requests());
    }

    /** Our volume, the bare pair, one with disks, and one of those whose answers go another way. */
    private void writes(String name, List<BlockDevice> four, int bytes, int depth, boolean latency, String goal)
            throws Exception {
        if (!name.contains(only)) {
            return;
        }
        List<DeviceLoad> loads = new ArrayList<>();
        List<List<Sample>> samples = new ArrayList<>();
        for (BlockDevice device : four) {
            loads.add(new DeviceLoad(List.of(device)));
            samples.add(new ArrayList<>());
        }
        for (int i = -1; i < rounds; i++) {
            // Ours last: whoever comes first finds the processor cool.
            for (int d = four.size() - 1; d >= 0; d--) {
                Sample s = sample(loads.get(d), d == 0 ? "drbd-" : "echo-", bytes, depth, true);
                if (i >= 0) {
                    samples.get(d).add(s);
                }
            }
        }
        List<Sample> ours = samples.get(0);
        List<Sample> bare = samples.get(1);
        Figure figure = latency ? Sample::p50 : Sample::perSecond;
        out().printf(
                        Locale.ROOT,
                        "| %s | %s | %s | %s | %s | %s | %s | %s | %.0f B |%n",
                        name,
                        ratio(ours, bare, figure),
                        goal,
                        ratio(ours, samples.get(2), figure),
                        ratio(ours, samples.get(3), figure),
                        shown(latency, bytes, median(ours, figure)),
                        shown(latency, bytes, median(bare, figure)),
                        ratio(ours, bare, Sample::cpu),
                        median(ours, Sample::allocated));
    }

    private static String shown(boolean latency, int bytes, double value) {
        return latency
                ? String.format(Locale.ROOT, "%.1f us", value / 1000)
                : String.format(Locale.ROOT, "%.0f/s, %.0f MB/s", value, value * bytes / 1e6);
    }

    /** Everything is fetched anew; the bare pair answers reads of 1 MiB at the depth of a resync. */
    private void resync(ReplicaPair ours, EchoPair bare, EchoPair disks, MemoryDevice disk) throws Exception {
        String name = "full resync, MB/s";
        if (!name.contains(only)) {
            return;
        }
        DeviceLoad load = new DeviceLoad(List.of(bare));
        DeviceLoad full = new DeviceLoad(List.of(disks));
        ours.resyncAll();
        List<Sample> as = new ArrayList<>();
        List<Sample> bs = new ArrayList<>();
        List<Sample> cs = new ArrayList<>();
        double[] device = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            bs.add(sample(load, "echo-", MIB, RESYNC_DEPTH, false));
            cs.add(sample(full, "echo-", MIB, RESYNC_DEPTH, false));
            device[i] = copy(disk);
            LoopThreads.Use before = LoopThreads.of("drbd-");
            long nanos = ours.resyncAll();
            LoopThreads.Use use = LoopThreads.of("drbd-").since(before);
            as.add(new Sample(mib * 1e9 / nanos, 0, (double) use.cpuNanos() / mib, (double) use.allocated() / mib));
        }
        out().printf(
                        Locale.ROOT,
                        "| %s | %s | >= 0.85 | %s | | %.0f MB/s | %.0f MB/s (device %.0f MB/s) | %s | %.0f B per MiB |%n",
                        name,
                        ratio(as, bs, Sample::perSecond),
                        ratio(as, cs, Sample::perSecond),
                        median(as, Sample::perSecond) * MIB / 1e6,
                        median(bs, Sample::perSecond) * MIB / 1e6,
                        Median.of(device),
                        ratio(as, bs, Sample::cpu),
                        median(as, Sample::allocated));
    }

    /** How fast the disk alone is read and written again, in pieces of 1 MiB, by one thread: MB/s. */
    private double copy(MemoryDevice disk) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(MIB);
        long start = System.nanoTime();
        for (int i = 0; i < mib; i++) {
            disk.read(i * (long) MIB, block.clear());
            disk.write(i * (long) MIB, block.clear());
        }
        return mib * (double) MIB * 1000 / (System.nanoTime() - start);
    }

    private void verify(DigestAlgorithm algorithm, MemoryDevice near, MemoryDevice far) throws Exception {
        String name = "verify, " + algorithm.kernelName();
        if (!name.contains(only)) {
            return;
        }
        try (ReplicaPair ours = new ReplicaPair(near, far, NetOptions.builder().verifyAlg(algorithm), spin())) {
            long sectors = (mib * (long) MIB) >> 9;
            double[] ratios = new double[rounds];
            double[] speeds = new double[rounds];
            double[] digests = new double[rounds];
            double[] walls = new double[rounds];
            for (int i = -2; i < rounds; i++) {
                double alone = digest(algorithm);
                LoopThreads.Use before = LoopThreads.of("drbd-");
                long start = System.nanoTime();
                VerifyReport report = ours.near().verify(0, 0, sectors).get(2, TimeUnit.MINUTES);
                long nanos = System.nanoTime() - start;
                LoopThreads.Use use = LoopThreads.of("drbd-").since(before);
                ours.settle();
                if (!report.differing().isEmpty()) {
                    throw new IOException("the disks differ: " + report);
                }
                if (i >= 0) {
                    // Both sides digest each byte.
                    speeds[i] = 2.0 * mib * MIB * 1000 / use.cpuNanos();
                    digests[i] = alone;
                    ratios[i] = speeds[i] / alone;
                    walls[i] = mib * (double) MIB * 1000 / nanos;
                }
            }
            out().printf(
                            Locale.ROOT,
                            "| %s, MB/s per core used | %s | >= 0.85 | | | %.0f MB/s (volume: %.0f MB/s)"
                                    + " | %.0f MB/s, the digest alone | | |%n",
                            name,
                            quartiles(ratios),
                            Median.of(speeds),
                            Median.of(walls),
                            Median.of(digests));
        }
    }

    /** MB/s of processor time for blocks of 4 KiB outside the heap. */
    private static double digest(DigestAlgorithm algorithm) {
        BlockDigest digest = algorithm.newDigest();
        ByteBuf data = Unpooled.directBuffer(16 * MIB);
        byte[] out = new byte[DigestAlgorithm.MAX_BYTES];
        try {
            data.writeZero(16 * MIB);
            long start = LoopThreads.own();
            long bytes = 0;
            do {
                for (int at = 0; at < 16 * MIB; at += BLOCK) {
                    digest.reset();
                    digest.update(data, at, BLOCK);
                    digest.finish(out, 0);
                }
                bytes += 16 * MIB;
            } while (LoopThreads.own() - start < 50_000_000L);
            return bytes * 1000.0 / (LoopThreads.own() - start);
        } finally {
            data.release();
        }
    }

    private interface Figure {
        double of(Sample sample);
    }

    private static double median(List<Sample> samples, Figure figure) {
        return Median.of(samples.stream().mapToDouble(figure::of).toArray());
    }

    private static String ratio(List<Sample> ours, List<Sample> theirs, Figure figure) {
        double[] ratios = new double[ours.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = figure.of(ours.get(i)) / figure.of(theirs.get(i));
        }
        return quartiles(ratios);
    }

    static String quartiles(double[] ratios) {
        return String.format(
                Locale.ROOT,
                "%.2f [%.2f-%.2f]",
                Median.of(ratios),
                Median.quantile(ratios, 0.25),
                Median.quantile(ratios, 0.75));
    }
}
