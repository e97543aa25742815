package io.diskless.benchmarks.load;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Our target against vblade: one neutral client, the two in turn, short bursts after a warm-up; ratios pair by pair, and
 * of those the median, because the machines we measure on are shared and drift. CPU time is the target process's own.
 *
 * <p>Runs in a network namespace of its own ({@code .ci/bench} makes one): it makes and deletes interfaces.
 */
@Command(
        name = "contest",
        mixinStandardHelpOptions = true,
        description = "Measures our target against vblade in turn and prints ratios (medians of pairs).")
public final class Contest implements Callable<Integer> {
    private static final long SETTLE_MILLIS = 3000;
    private static final long WARM_UP_BURST = 250_000_000L;
    private static final AoeAddress ADDRESS = new AoeAddress(0, 1);

    private static final List<Shape> SHAPES = List.of(
            new Shape("1 KiB reads, depth 32", 1500, 2, 32, false),
            new Shape("1 KiB writes, depth 32", 1500, 2, 32, true),
            new Shape("8 KiB reads, depth 32, MTU 9000", 9000, 16, 32, false),
            new Shape("8 KiB writes, depth 32, MTU 9000", 9000, 16, 32, true),
            new Shape("1 KiB reads, depth 1", 1500, 2, 1, false));

    @Option(names = "--vblade", required = true, paramLabel = "FILE", description = "The vblade binary.")
    private Path vblade = Path.of("vblade");

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "Where the images lie (default: ${DEFAULT-VALUE}).")
    private Path directory = Path.of("/dev/shm");

    @Option(names = "--size", paramLabel = "MIB", description = "Image size in MiB (default: ${DEFAULT-VALUE}).")
    private int mib = 256;

    @Option(names = "--pairs", description = "Counted pairs of bursts (default: ${DEFAULT-VALUE}).")
    private int pairs = 9;

    @Option(names = "--burst", paramLabel = "MS", description = "Length of a burst (default: ${DEFAULT-VALUE}).")
    private int burstMillis = 1000;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Requests before the first pair, so that the compiler is done (default: ${DEFAULT-VALUE}).")
    private int warmUp = 600_000;

    @Option(names = "--sync", description = "through, flush or buffered, ours only (default: ${DEFAULT-VALUE}).")
    private String sync = "buffered";

    @Option(
            names = "--device",
            description = "buffered, mapped, mapped_writes or memory, ours only (default: ${DEFAULT-VALUE}).")
    private String device = "buffered";

    @Option(names = "--spin", paramLabel = "US", description = "Longest spin of ours (default: ${DEFAULT-VALUE}).")
    private int spinMicros = 50;

    @Option(names = "--receive-slots", description = "Of ours; 0 for the link's default.")
    private int receiveSlots;

    @Option(names = "--send-slots", description = "Of ours; 0 for the link's default.")
    private int sendSlots;

    @Option(names = "--link", description = "ring or socket, ours only (default: the best).")
    private String link = "best";

    @Option(names = "--bypass", description = "Ours sends past the queue discipline.")
    private boolean bypass;

    @Option(names = "--sockets", description = "Of ours, each with a thread (default: ${DEFAULT-VALUE}).")
    private int sockets = 1;

    @Option(
            names = "--interfaces",
            description = "Of ours, each with a thread; the client divides its requests among them (default:"
                    + " ${DEFAULT-VALUE}).")
    private int interfaces = 1;

    @Option(names = "--soak", paramLabel = "S", description = "Then so many seconds of full load of ours.")
    private int soakSeconds;

    @Option(names = "--idle", paramLabel = "S", description = "Then so many seconds without load.")
    private int idleSeconds;

    @Option(names = "--only", paramLabel = "TEXT", description = "Only scenarios whose name contains this.")
    private String only = "";

    /**
     * Runs the contest.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Contest()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        System.out.printf(
                Locale.ROOT,
                "Ours: %s device, sync %s, spin up to %d us, link %s%s, interfaces %d, sockets on each %d. vblade: page cache, -b 64. Images of %d MiB in %s.%n%n",
                device,
                sync,
                spinMicros,
                link,
                bypass ? " past the queue discipline" : "",
                interfaces,
                sockets,
                mib,
                directory);
        System.out.println("| scenario | CPU/op, ours : vblade | IOPS, ours : vblade | p50, ours : vblade"
                + " | ours | vblade | resent, ours / vblade per burst |");
        System.out.println("|---|---|---|---|---|---|---|");
        Path ourImage = Images.random(
                directory.resolve("diskless-ours-" + ProcessHandle.current().pid() + ".img"), mib);
        Path theirImage = Images.random(
                directory.resolve("diskless-vblade-" + ProcessHandle.current().pid() + ".img"), mib);
        try {
            for (Shape shape : SHAPES) {
                if (shape.name().contains(only)) {
                    run(shape, ourImage, theirImage);
                }
            }
        } finally {
            Files.deleteIfExists(ourImage);
            Files.deleteIfExists(theirImage);
        }
        return 0;
    }

    private void run(Shape shape, Path ourImage, Path theirImage) throws Exception {
        List<Wire> ourWires = new ArrayList<>();
        for (int i = 0; i < interfaces; i++) {
            ourWires.add(Wire.make("ours" + i, shape.mtu()));
        }
        String ourEnds = ourWires.stream().map(Wire::far).collect(Collectors.joining(","));
        Wire theirWire = Wire.make("vbl", shape.mtu());
        List<String> options = List.of(
                "--link=" + link,
                "--bypass=" + bypass,
                "--sockets=" + sockets,
                "--sync=" + sync,
                "--device=" + device,
                "--spin=" + spinMicros,
                "--receive-slots=" + receiveSlots,
                "--send-slots=" + sendSlots);
        try (TargetProcess ours = TargetProcess.ours(ourEnds, ourImage, options);
                TargetProcess theirs = TargetProcess.vblade(vblade.toString(), theirWire.far(), theirImage);
                Ways ourWays = Ways.open(ourWires);
                EthernetLink theirLink = ClientLinks.open(theirWire.near())) {
            Side a = new Side(ours, new BareRequester(ourWays.ways, ADDRESS, mib * 2048L));
            Side b = new Side(theirs, new BareRequester(theirLink, theirWire.farAddress(), ADDRESS, mib * 2048L));
            a.warmUp(shape, warmUp);
            b.warmUp(shape, warmUp / 10);
            List<Sample> as = new ArrayList<>();
            List<Sample> bs = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                as.add(a.burst(shape, burstMillis));
                bs.add(b.burst(shape, burstMillis));
            }
            print(shape, as, bs);
            TargetProcess.Report before = ours.report();
            if (soakSeconds > 0) {
                a.burst(shape, soakSeconds * 1000);
                System.out.println(
                        "  " + soakSeconds + " s of full load: " + ours.report().since(before));
            }
            if (idleSeconds > 0) {
                // What the compiler still had to do belongs to the load before.
                Thread.sleep(SETTLE_MILLIS);
                long cpu = ours.cpuNanos();
                Thread.sleep(idleSeconds * 1000L);
                cpu = ours.cpuNanos() - cpu;
                System.out.printf(Locale.ROOT, "  %d s idle: %.2f %% CPU%n", idleSeconds, cpu / 1e7 / idleSeconds);
            }
        } finally {
            for (Wire wire : ourWires) {
                wire.delete();
            }
            theirWire.delete();
        }
    }

    /** The client's ends of some wires. */
    private record Ways(List<BareRequester.Way> ways) implements AutoCloseable {
        static Ways open(List<Wire> wires) throws IOException, InterruptedException {
            Ways ways = new Ways(new ArrayList<>());
            for (Wire wire : wires) {
                ways.ways.add(new BareRequester.Way(ClientLinks.open(wire.near()), wire.farAddress()));
            }
            return ways;
        }

        @Override
        public void close() throws AoeException {
            for (BareRequester.Way way : ways) {
                way.link().close();
            }
        }
    }

    private record Sample(double iops, double cpuNanosPerOp, double p50, long repeated) {}

    private record Side(TargetProcess target, BareRequester client) {
        /** By count, not by time: on a busy machine time says nothing about what the compiler has seen. */
        void warmUp(Shape shape, int requests) {
            for (long done = 0; done < requests; ) {
                done += client.burst(shape.depth(), shape.sectors(), shape.writes(), WARM_UP_BURST)
                        .requests();
            }
        }

        Sample burst(Shape shape, int millis) throws IOException {
            long cpu = target.cpuNanos();
            BareRequester.Burst burst =
                    client.burst(shape.depth(), shape.sectors(), shape.writes(), millis * 1_000_000L);
            cpu = target.cpuNanos() - cpu;
            if (burst.failed() > 0) {
                throw new IOException(burst.failed() + " requests failed at " + target.name());
            }
            return new Sample(burst.perSecond(), (double) cpu / burst.requests(), burst.p50(), burst.repeated());
        }
    }

    private interface Figure {
        double of(Sample sample);
    }

    private static void print(Shape shape, List<Sample> ours, List<Sample> theirs) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %s | %s | %.0f IOPS, %.2f us CPU/op, p50 %.1f us | %.0f IOPS, %.2f us CPU/op, p50 %.1f us"
                        + " | %.1f / %.1f |%n",
                shape.name(),
                ratio(ours, theirs, Sample::cpuNanosPerOp),
                ratio(ours, theirs, Sample::iops),
                ratio(ours, theirs, Sample::p50),
                median(ours, Sample::iops),
                median(ours, Sample::cpuNanosPerOp) / 1000,
                median(ours, Sample::p50) / 1000,
                median(theirs, Sample::iops),
                median(theirs, Sample::cpuNanosPerOp) / 1000,
                median(theirs, Sample::p50) / 1000,
                ours.stream().mapToLong(Sample::repeated).average().orElse(0),
                theirs.stream().mapToLong(Sample::repeated).average().orElse(0));
    }

    private static double median(List<Sample> samples, Figure figure) {
        return Median.of(samples.stream().mapToDouble(figure::of).toArray());
    }

    /** Median of the ratios of neighbours, with the quartiles in brackets. */
    private static String ratio(List<Sample> ours, List<Sample> theirs, Figure figure) {
        double[] ratios = new double[ours.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = figure.of(ours.get(i)) / figure.of(theirs.get(i));
        }
        return String.format(
                Locale.ROOT,
                "%.2f [%.2f-%.2f]",
                Median.of(ratios),
                Median.quantile(ratios, 0.25),
                Median.quantile(ratios, 0.75));
    }
}
