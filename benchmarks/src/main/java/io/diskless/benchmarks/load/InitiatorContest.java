package io.diskless.benchmarks.load;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Our initiator against a bare requester, both at our target, and our pair against vblade with our initiator; in turn,
 * ratios burst by burst and of those the median.
 */
@Command(
        name = "initiator-contest",
        mixinStandardHelpOptions = true,
        description = "Measures our initiator against a bare requester, and our pair against vblade's.")
public final class InitiatorContest implements Callable<Integer> {
    private static final AoeAddress ADDRESS = new AoeAddress(0, 1);

    private static final List<Shape> SHAPES = List.of(
            new Shape("1 KiB reads, depth 32", 1500, 2, 32, false),
            new Shape("1 KiB writes, depth 32", 1500, 2, 32, true),
            new Shape("8 KiB reads, depth 32, MTU 9000", 9000, 16, 32, false));

    @Option(names = "--vblade", required = true, paramLabel = "FILE", description = "The vblade binary.")
    private Path vblade = Path.of("vblade");

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "Where the images lie (default: ${DEFAULT-VALUE}).")
    private Path directory = Path.of("/dev/shm");

    @Option(names = "--size", paramLabel = "MIB", description = "Image size in MiB (default: ${DEFAULT-VALUE}).")
    private int mib = 128;

    @Option(names = "--rounds", description = "Counted rounds of bursts (default: ${DEFAULT-VALUE}).")
    private int rounds = 9;

    @Option(names = "--burst", paramLabel = "MS", description = "Length of a burst (default: ${DEFAULT-VALUE}).")
    private int burstMillis = 500;

    @Option(names = "--warm-up", paramLabel = "N", description = "Requests before (default: ${DEFAULT-VALUE}).")
    private int warmUp = 600_000;

    @Option(names = "--device", description = "buffered, mapped or mapped_writes (default: ${DEFAULT-VALUE}).")
    private String device = "mapped_writes";

    @Option(names = "--spin", paramLabel = "US", description = "Longest spin of ours (default: ${DEFAULT-VALUE}).")
    private int spinMicros;

    @Option(names = "--only", paramLabel = "TEXT", description = "Only scenarios whose name contains this.")
    private String only = "";

    private interface Load {
        BareRequester.Burst burst(int depth, int sectors, boolean writes, long nanos);
    }

    /**
     * Runs the contest.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new InitiatorContest()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        System.out.println("| scenario | our initiator : bare requester, IOPS | our pair : vblade + our initiator, IOPS"
                + " | bare | our pair | vblade pair | resent, ours / vblade |");
        System.out.println("|---|---|---|---|---|---|---|");
        List<Path> images = List.of(
                Images.random(
                        directory.resolve(
                                "diskless-bare-" + ProcessHandle.current().pid() + ".img"),
                        mib),
                Images.random(
                        directory.resolve(
                                "diskless-ours-" + ProcessHandle.current().pid() + ".img"),
                        mib),
                Images.random(
                        directory.resolve(
                                "diskless-vblade-" + ProcessHandle.current().pid() + ".img"),
                        mib));
        try {
            for (Shape shape : SHAPES) {
                if (shape.name().contains(only)) {
                    run(shape, images);
                }
            }
        } finally {
            for (Path image : images) {
                Files.deleteIfExists(image);
            }
        }
        return 0;
    }

    private void run(Shape shape, List<Path> images) throws Exception {
        Wire bareWire = Wire.make("bare", shape.mtu());
        Wire ourWire = Wire.make("ours", shape.mtu());
        Wire theirWire = Wire.make("vbl", shape.mtu());
        List<String> options = List.of("--device=" + device, "--spin=" + spinMicros);
        try (TargetProcess bare = TargetProcess.ours(bareWire.far(), images.get(0), options);
                TargetProcess ours = TargetProcess.ours(ourWire.far(), images.get(1), options);
                TargetProcess theirs = TargetProcess.vblade(vblade.toString(), theirWire.far(), images.get(2));
                EthernetLink bareLink = ClientLinks.open(bareWire.near());
                EthernetLink ourLink = ClientLinks.open(ourWire.near());
                EthernetLink theirLink = ClientLinks.open(theirWire.near());
                InitiatorLoad ourLoad = new InitiatorLoad(ourLink, ADDRESS);
                InitiatorLoad theirLoad = new InitiatorLoad(theirLink, ADDRESS)) {
            BareRequester requester = new BareRequester(bareLink, bareWire.farAddress(), ADDRESS, mib * 2048L);
            warmUp(shape, requester::burst, warmUp);
            warmUp(shape, ourLoad::burst, warmUp);
            warmUp(shape, theirLoad::burst, warmUp / 10);
            double[] toBare = new double[rounds];
            double[] toTheirs = new double[rounds];
            double[][] iops = new double[3][rounds];
            long ourResent = 0;
            long theirResent = 0;
            for (int i = 0; i < rounds; i++) {
                BareRequester.Burst a = burst(shape, requester::burst);
                BareRequester.Burst b = burst(shape, ourLoad::burst);
                BareRequester.Burst c = burst(shape, theirLoad::burst);
                iops[0][i] = a.perSecond();
                iops[1][i] = b.perSecond();
                iops[2][i] = c.perSecond();
                toBare[i] = b.perSecond() / a.perSecond();
                toTheirs[i] = b.perSecond() / c.perSecond();
                ourResent += b.repeated();
                theirResent += c.repeated();
            }
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %s | %.0f | %.0f | %.0f | %d / %d |%n",
                    shape.name(),
                    quartiles(toBare),
                    quartiles(toTheirs),
                    Median.of(iops[0]),
                    Median.of(iops[1]),
                    Median.of(iops[2]),
                    ourResent,
                    theirResent);
            System.out.println("  " + bare.name() + ": " + bare.report() + "; " + ours.report() + "; no report of "
                    + theirs.name());
        } finally {
            bareWire.delete();
            ourWire.delete();
            theirWire.delete();
        }
    }

    private static String quartiles(double[] ratios) {
        return String.format(
                Locale.ROOT,
                "%.2f [%.2f-%.2f]",
                Median.of(ratios),
                Median.quantile(ratios, 0.25),
                Median.quantile(ratios, 0.75));
    }

    private static void warmUp(Shape shape, Load load, long requests) {
        for (long done = 0; done < requests; ) {
            done += load.burst(shape.depth(), shape.sectors(), shape.writes(), 250_000_000L)
                    .requests();
        }
    }

    private BareRequester.Burst burst(Shape shape, Load load) throws IOException {
        BareRequester.Burst burst =
                load.burst(shape.depth(), shape.sectors(), shape.writes(), burstMillis * 1_000_000L);
        if (burst.failed() > 0) {
            throw new IOException(burst.failed() + " requests failed");
        }
        return burst;
    }
}
