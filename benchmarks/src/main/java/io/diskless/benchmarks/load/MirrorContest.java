package io.diskless.benchmarks.load;

import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.cluster.block.mirror.InitialSync;
import io.diskless.cluster.block.mirror.Mirror;
import io.diskless.cluster.block.mirror.MirrorOptions;
import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A mirror over two targets on veth, each a process of its own. First against one such target, where each of them takes a
 * seeded time per request, so that it is the disks that limit and not the processors; then without service time against
 * the same two disks read without the mirror, for what the mirror itself costs: processor time per read of the client and
 * both targets together. In turn; ratios burst by burst, and of those the median.
 */
@Command(
        name = "mirror-contest",
        mixinStandardHelpOptions = true,
        description = "Measures a mirror over two targets against one target, and its own cost per read.")
public final class MirrorContest implements Callable<Integer> {
    private static final int MTU = 9000;
    private static final int BYTES = 8192;
    /** A thread that looks for frames before it sleeps would count as the cost of whatever it waits for. */
    private static final InitiatorOptions NO_SPIN =
            InitiatorOptions.builder().spin(Duration.ZERO).build();

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "Where the images lie (default: ${DEFAULT-VALUE}).")
    private Path directory = Path.of("/dev/shm");

    @Option(names = "--size", paramLabel = "MIB", description = "Image size in MiB (default: ${DEFAULT-VALUE}).")
    private int mib = 64;

    @Option(names = "--rounds", description = "Counted rounds of bursts (default: ${DEFAULT-VALUE}).")
    private int rounds = 7;

    @Option(names = "--burst", paramLabel = "MS", description = "Length of a burst (default: ${DEFAULT-VALUE}).")
    private int burstMillis = 700;

    @Option(names = "--depth", description = "Requests under way (default: ${DEFAULT-VALUE}).")
    private int depth = 32;

    @Option(
            names = "--service",
            paramLabel = "US",
            description = "Mean service time of each target, microseconds (default: ${DEFAULT-VALUE}).")
    private int serviceMicros = 500;

    @Option(names = "--warm-up", paramLabel = "N", description = "Requests before (default: ${DEFAULT-VALUE}).")
    private int warmUp = 200_000;

    /**
     * Runs the contest.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new MirrorContest()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        System.out.printf(
                Locale.ROOT,
                "Requests of %d bytes, depth %d, MTU %d; service time %d us in the mean, one request at a time.%n%n",
                BYTES,
                depth,
                MTU,
                serviceMicros);
        System.out.println("| what | ratio | mirror | other | resent |");
        System.out.println("|---|---|---|---|---|");
        try (Site site = new Site(serviceMicros)) {
            site.throughput("reads, mirror : one target, IOPS", false);
            site.throughput("writes, mirror : one target, IOPS", true);
        }
        try (Site site = new Site(0)) {
            site.ownCost();
        }
        return 0;
    }

    /** Three targets on wires of their own, a client with a disk on each, a mirror over the first two. */
    private final class Site implements AutoCloseable {
        private final List<AutoCloseable> toClose = new ArrayList<>();
        private final List<TargetProcess> targets = new ArrayList<>();
        private final List<AoeDisk> disks = new ArrayList<>();
        private final Mirror mirror;

        Site(int service) throws Exception {
            try {
                List<EthernetLink> links = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    Wire wire = Wire.make("mir" + i, MTU);
                    toClose.add(wire::delete);
                    Path image = Images.random(
                            directory.resolve("diskless-mirror-" + i + "-"
                                    + ProcessHandle.current().pid() + ".img"),
                            mib);
                    toClose.add(() -> Files.deleteIfExists(image));
                    TargetProcess target = TargetProcess.ours(
                            wire.far(),
                            image,
                            List.of(
                                    "--device=mapped_writes",
                                    "--slot=" + i,
                                    "--service=" + service,
                                    "--seed=" + (i + 1)));
                    toClose.add(target);
                    targets.add(target);
                    EthernetLink link = ClientLinks.open(wire.near());
                    toClose.add(link);
                    links.add(link);
                }
                AoeInitiator initiator = AoeInitiator.open(links, NO_SPIN).start();
                toClose.add(initiator);
                for (int i = 0; i < 3; i++) {
                    AoeDisk disk = initiator.disk(new AoeAddress(0, i), DiskOptions.defaults());
                    toClose.add(disk);
                    disks.add(disk);
                }
                mirror = Mirror.create(
                        disks.subList(0, 2),
                        MirrorOptions.remote().toBuilder()
                                .initialSync(InitialSync.ASSUME_IDENTICAL)
                                .closeLegs(false)
                                .build());
                toClose.add(mirror);
            } catch (Exception e) {
                close(e);
                throw e;
            }
        }

        void throughput(String what, boolean writes) throws Exception {
            DeviceLoad two = new DeviceLoad(List.of(mirror));
            DeviceLoad one = new DeviceLoad(disks.subList(2, 3));
            warmUp(two, writes, 2000);
            warmUp(one, writes, 2000);
            double[] ratios = new double[rounds];
            double[] mirrors = new double[rounds];
            double[] others = new double[rounds];
            long resent = resent();
            for (int i = 0; i < rounds; i++) {
                others[i] = burst(one, writes).perSecond();
                mirrors[i] = burst(two, writes).perSecond();
                ratios[i] = mirrors[i] / others[i];
            }
            print(what, ratios, "%.0f IOPS", mirrors, others, resent() - resent);
        }

        void ownCost() throws Exception {
            DeviceLoad with = new DeviceLoad(List.of(mirror));
            DeviceLoad without = new DeviceLoad(disks.subList(0, 2));
            warmUp(with, false, warmUp);
            warmUp(without, false, warmUp);
            double[] ratios = new double[rounds];
            double[] mirrors = new double[rounds];
            double[] others = new double[rounds];
            long resent = resent();
            for (int i = 0; i < rounds; i++) {
                others[i] = cpuPerRead(without);
                mirrors[i] = cpuPerRead(with);
                ratios[i] = mirrors[i] / others[i];
            }
            print(
                    "CPU per read, mirror : the same disks without",
                    ratios,
                    "%.2f us",
                    mirrors,
                    others,
                    resent() - resent);
        }

        private double cpuPerRead(DeviceLoad load) throws Exception {
            long before = cpu();
            DeviceLoad.Burst burst = burst(load, false);
            return (cpu() - before) / 1000.0 / burst.requests();
        }

        /** Of the client, whose threads do not spin, and of the mirror's two targets. */
        private long cpu() throws IOException {
            return CpuTime.of(ProcessHandle.current().pid())
                    + targets.get(0).cpuNanos()
                    + targets.get(1).cpuNanos();
        }

        private long resent() {
            return disks.stream()
                    .flatMap(disk -> disk.snapshot().paths().stream())
                    .mapToLong(path -> path.retransmissions())
                    .sum();
        }

        private void warmUp(DeviceLoad load, boolean writes, long requests) throws InterruptedException {
            for (long done = 0; done < requests; ) {
                done += load.burst(depth, BYTES, writes, 200_000_000L).requests();
            }
        }

        private DeviceLoad.Burst burst(DeviceLoad load, boolean writes) throws Exception {
            DeviceLoad.Burst burst = load.burst(depth, BYTES, writes, burstMillis * 1_000_000L);
            if (burst.failed() > 0) {
                throw new IOException(burst.failed() + " requests failed");
            }
            return burst;
        }

        @Override
        public void close() throws IOException {
            Exception first = close(null);
            if (first != null) {
                throw new IOException("the site could not be taken down: " + first, first);
            }
        }

        private @Nullable Exception close(@Nullable Exception already) {
            Exception first = already;
            for (int i = toClose.size() - 1; i >= 0; i--) {
                try {
                    toClose.get(i).close();
                } catch (Exception e) {
                    if (e instanceof InterruptedException) {
                        Thread.currentThread().interrupt();
                    }
                    if (first == null) {
                        first = e;
                    } else {
                        first.addSuppressed(e);
                    }
                }
            }
            return first;
        }
    }

    private static void print(
            String what, double[] ratios, String unit, double[] mirrors, double[] others, long resent) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %.2f [%.2f-%.2f] | " + unit + " | " + unit + " | %d |%n",
                what,
                Median.of(ratios),
                Median.quantile(ratios, 0.25),
                Median.quantile(ratios, 0.75),
                Median.of(mirrors),
                Median.of(others),
                resent);
    }
}
