package io.diskless.benchmarks.load.boot;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Our boot servers against Kea, dnsmasq, atftpd and nginx: the same client for both sides, sides in turn, medians of the
 * ratios of neighbours, because the machines we measure on are shared and drift. CPU time is the server process's own.
 *
 * <p>Runs in a network namespace of its own ({@code .ci/netns/bin/java} makes one): it makes and deletes interfaces.
 */
@Command(
        name = "boot-contest",
        mixinStandardHelpOptions = true,
        description = "Measures our boot servers against others in turn and prints ratios (medians of rounds).")
public final class BootContest implements Callable<Integer> {
    /** A file as small as a script. */
    static final String SMALL_FILE = "script";

    private static final int MIB = 1 << 20;

    enum What {
        DHCP,
        TFTP,
        WINDOW,
        CROWD,
        HTTP,
        BOOT
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--peers",
            required = true,
            paramLabel = "DIR",
            description = "What .ci/peers --where says; the other servers are in its group \"contest\".")
    private Path peers = Path.of("");

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "WHAT",
            description = "Of ${COMPLETION-CANDIDATES}; all unless given.")
    private List<What> only = List.of(What.values());

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "Where files and leases lie, in a folder of their own (default: ${DEFAULT-VALUE}).")
    private Path directory = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--rounds", description = "Counted rounds (default: ${DEFAULT-VALUE}).")
    private int rounds = 7;

    @Option(
            names = "--burst",
            paramLabel = "MS",
            description = "Each side's time in a round (default: ${DEFAULT-VALUE}).")
    private int burstMillis = 1000;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "TFTP transfers before, and 200 times as many HTTP requests (default: ${DEFAULT-VALUE}).")
    private int warmUp = 200;

    @Option(names = "--size", paramLabel = "OCTETS", description = "Of the file (default: ${DEFAULT-VALUE}).")
    private int size = 8 * MIB;

    @Option(names = "--rival", description = "Of DHCP: kea or dnsmasq (default: ${DEFAULT-VALUE}).")
    private String rival = "kea";

    @Option(names = "--kea-threads", description = "0 for its default, one thread (default: ${DEFAULT-VALUE}).")
    private int keaThreads;

    @Option(
            names = "--rates",
            split = ",",
            description = "DHCP exchanges offered in a second (default: ${DEFAULT-VALUE}).")
    private List<Integer> rates = List.of(4000, 8000, 12_000, 16_000);

    @Option(names = "--steps", description = "DHCP: how often clients are added (default: ${DEFAULT-VALUE}).")
    private int steps = 6;

    @Option(names = "--clients", description = "DHCP: how many each time (default: ${DEFAULT-VALUE}).")
    private int clients = 5000;

    @Option(names = "--warm-up-exchanges", description = "DHCP: before the first step (default: ${DEFAULT-VALUE}).")
    private int warmUpExchanges = 30_000;

    @Option(names = "--unforced", description = "Our lease file does not wait for the disk either.")
    private boolean unforced;

    @Option(names = "--transfers", description = "TFTP: how many at once (default: ${DEFAULT-VALUE}).")
    private int transfers = 1000;

    @Option(names = "--crowd-window", description = "TFTP: their windows (default: ${DEFAULT-VALUE}).")
    private int crowdWindow = 1;

    @Option(names = "--jvm", paramLabel = "OPTION", description = "For the JVM of ours, as often as wanted.")
    private List<String> jvm = List.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures of all rounds, too.")
    private @Nullable Path json;

    /**
     * Runs the contest.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new BootContest()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() throws Exception {
        CommandSpec own = spec;
        if (own == null) {
            throw new IllegalStateException("run by picocli only");
        }
        PrintWriter out = own.commandLine().getOut();
        Results results = new Results(out);
        Path folder = Rivals.open(Files.createTempDirectory(directory, "diskless-contest"));
        try {
            Path root = Rivals.open(Files.createDirectory(folder.resolve("root")));
            random(root.resolve(TftpContest.FILE), size);
            random(root.resolve(SMALL_FILE), 1000);
            Rivals rivals = new Rivals(peers.toAbsolutePath(), folder, jvm);
            results.say("Load before: " + Results.load()
                    + String.format(Locale.ROOT, ". Files and leases in %s.%n", directory));
            results.head();
            for (What what : only) {
                run(what, results, rivals, folder, root);
            }
            results.say("\nLoad after: " + Results.load());
            results.write(
                    json, String.join(" ", own.commandLine().getParseResult().originalArgs()));
        } finally {
            delete(folder);
        }
        return 0;
    }

    private void run(What what, Results results, Rivals rivals, Path folder, Path root)
            throws IOException, InterruptedException {
        TftpContest tftp = new TftpContest(results, rivals, root, rounds, burstMillis, warmUp);
        switch (what) {
            case DHCP ->
                new DhcpContest(
                                results,
                                rivals,
                                folder,
                                new DhcpContest.Plan(
                                        rival, keaThreads, rates, steps, clients, warmUpExchanges, unforced))
                        .run();
            case TFTP -> tftp.lockStep();
            case WINDOW -> tftp.window();
            case CROWD -> tftp.crowd(transfers, crowdWindow);
            case HTTP -> new HttpContest(results, rivals, root, rounds, burstMillis, warmUp * 200).run();
            case BOOT -> {
                Files.copy(rivals.kernel(), root.resolve("vmlinuz"));
                // As large as a small system's; nobody gets as far as to look at it.
                random(root.resolve("initrd.img"), 8 * MIB);
                new BootTimes(results, rivals, root, rounds).run();
            }
        }
    }

    /** A file without holes, always the same. */
    static void random(Path file, int octets) throws IOException {
        byte[] all = new byte[octets];
        new Random(1).nextBytes(all);
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(all);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
