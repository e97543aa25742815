package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.cloud.CloudReport;
import io.diskless.benchmarks.lab.cloud.CloudResult;
import io.diskless.benchmarks.lab.cloud.CloudStory;
import io.diskless.benchmarks.lab.live.LiveLab;
import io.diskless.benchmarks.lab.report.Glyphs;
import io.diskless.benchmarks.lab.report.JsonReport;
import io.diskless.benchmarks.lab.report.LabResult;
import io.diskless.benchmarks.lab.report.LineProgress;
import io.diskless.benchmarks.lab.report.Progress;
import io.diskless.benchmarks.lab.report.SitePicture;
import io.diskless.benchmarks.lab.report.Table;
import io.diskless.benchmarks.lab.site.LabException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command of the lab. Confined to the main thread. */
@Command(
        name = "diskless-lab",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Builds a small cloud on this machine and shows it working: the guest boots from the network with its root"
                        + " on replicated storage, the storage node that it reads from is killed and comes back, a bit that flipped is found"
                        + " and repaired, the guest moves to another host while it runs, and the boot server fails over. Every claim is"
                        + " proved, by SHA-256 where there are bytes to compare.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all proofs hold",
            "1:a proof does not hold, or the run ended early",
            "2:the command line is wrong",
            "3:the site could not be built here; the message has the remedy"
        })
public final class Main implements Callable<Integer> {
    static final int PROVEN = 0;
    static final int NOT_PROVEN = 1;
    static final int NOT_POSSIBLE = 3;

    private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";
    private static final long MEBI = 1 << 20;

    private static final List<String> MIRROR_ONLY = List.of(
            "--link",
            "--mtu",
            "--image",
            "--size",
            "--load-size",
            "--seconds",
            "--depth",
            "--reads",
            "--deadline",
            "--kill",
            "--no-scrub",
            "--json",
            "--fault");

    /** Which story. */
    enum Told {
        /** A file system on a mirror over both storage nodes, one of which dies. */
        MIRROR,
        /** A whole cloud out of its model, in memory. */
        CLOUD
    }

    @Option(
            names = "--story",
            paramLabel = "STORY",
            description =
                    "cloud (boot servers, replicated storage and a guest out of one model, changed by plans while the guest"
                            + " works; takes --seed, --limit, --keep and --picture) or mirror (a file system on a mirror over two storage"
                            + " nodes, one of which dies). Default: ${DEFAULT-VALUE}.",
            defaultValue = "cloud")
    private Told story = Told.CLOUD;

    @Option(
            names = "--simulated",
            description =
                    "Tells the story of the cloud with simulated machines on an Ethernet in memory, whatever is here.")
    private boolean simulated;

    @Option(
            names = "--short",
            description = "Tells the story of the cloud up to the loss of a storage node and its return.")
    private boolean shortForm;

    @Option(
            names = "--link",
            paramLabel = "LINK",
            description = "auto, veth (real Ethernet or nothing) or memory. Default: ${DEFAULT-VALUE}.",
            defaultValue = "auto")
    private LabOptions.Link link = LabOptions.Link.AUTO;

    @Option(
            names = "--mtu",
            paramLabel = "BYTES",
            description = "MTU of all ports. Default: ${DEFAULT-VALUE}.",
            defaultValue = "9000")
    private int mtu;

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "Writes this file instead of a fresh ext4 file system.")
    private @Nullable Path image;

    @Option(
            names = "--size",
            paramLabel = "MIB",
            description = "Size of the file system. Default: what this machine writes in about 3 seconds, 16 to 64.")
    private @Nullable Integer size;

    @Option(
            names = "--load-size",
            paramLabel = "MIB",
            description = "Size of the area under load. Default: ${DEFAULT-VALUE}.",
            defaultValue = "16")
    private int loadSize;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Length of the load: a third before the kill, a third without the victim, a third after its"
                    + " return. Default: ${DEFAULT-VALUE}.",
            defaultValue = "9")
    private double seconds;

    @Option(
            names = "--depth",
            paramLabel = "N",
            description = "Requests under way. Default: ${DEFAULT-VALUE}.",
            defaultValue = "8")
    private int depth;

    @Option(
            names = "--reads",
            paramLabel = "PERCENT",
            description = "Share of reads. Default: ${DEFAULT-VALUE}.",
            defaultValue = "30")
    private int reads;

    @Option(
            names = "--deadline",
            paramLabel = "MS",
            description =
                    "How long a disk may be silent before the mirror goes on without it. Default: ${DEFAULT-VALUE}.",
            defaultValue = "1000")
    private int deadline;

    @Option(
            names = "--kill",
            paramLabel = "NODE",
            description = "glouton or jade. Default: ${DEFAULT-VALUE}.",
            defaultValue = "jade")
    private String victim = "jade";

    @Option(
            names = "--no-scrub",
            description = "Leaves out the comparison of both legs by the mirror.",
            negatable = false)
    private boolean noScrub;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of everything random. Default: ${DEFAULT-VALUE}.",
            defaultValue = "1")
    private long seed;

    @Option(
            names = "--picture",
            paramLabel = "FILE",
            description =
                    "Where the SVG picture, or the page of the cloud, goes. Default: diskless-lab.svg or diskless-cloud.html in"
                            + " benchmarks/target, or here if that is not there.")
    private @Nullable Path picture;

    @Option(names = "--json", description = "Prints the result of the mirror as JSON; progress goes to standard error.")
    private boolean json;

    @Option(names = "--keep", description = "Keeps disks, image and logs, and says where they are.")
    private boolean keep;

    @Option(
            names = "--fault",
            paramLabel = "FAULT",
            description = "Breaks something on purpose, to see the lab notice it: none, bitrot (a bit of a disk flips),"
                    + " lost_write (an acknowledged write is undone), both_dead (no storage node is left). Default:"
                    + " ${DEFAULT-VALUE}.",
            defaultValue = "none")
    private LabOptions.Fault fault = LabOptions.Fault.NONE;

    @Option(
            names = "--limit",
            paramLabel = "S",
            description = "Gives up after this time. Default: 180, for the cloud 600.")
    private @Nullable Integer limit;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Prints this.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    @Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    private final PrintStream out;
    private final PrintStream err;
    private final Glyphs glyphs;

    Main(PrintStream out, PrintStream err, Glyphs glyphs) {
        this.out = out;
        this.err = err;
        this.glyphs = glyphs;
    }

    /**
     * Runs the lab and ends the JVM with its exit code.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        // Before the first logger is made: what the initiator logs of a leg that dies is the display's to tell.
        if (System.getProperty(LOG_LEVEL) == null) {
            System.setProperty(LOG_LEVEL, "error");
        }
        Glyphs glyphs = Glyphs.of(System.getenv());
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, glyphs.charset());
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, glyphs.charset());
        System.exit(run(arguments, out, err, glyphs));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err, Glyphs glyphs) {
        CommandLine command = new CommandLine(new Main(out, err, glyphs))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out, true, glyphs.charset()))
                .setErr(new PrintWriter(err, true, glyphs.charset()));
        command.setParameterExceptionHandler((failure, wrong) -> {
            err.println("diskless-lab: " + failure.getMessage() + ". Remedy: see --help");
            return CommandLine.ExitCode.USAGE;
        });
        return command.execute(arguments);
    }

    @Override
    public Integer call() throws Exception {
        if (story == Told.CLOUD) {
            return cloud();
        }
        LabOptions options;
        try {
            options = options();
        } catch (IllegalArgumentException e) {
            err.println("diskless-lab: " + e.getMessage() + ". Remedy: see --help");
            return CommandLine.ExitCode.USAGE;
        }
        PrintStream shown = json ? err : out;
        try (Progress progress = new LineProgress(
                shown,
                Terminal.is(json ? Terminal.STANDARD_ERROR : Terminal.STANDARD_OUTPUT),
                glyphs,
                System::nanoTime)) {
            LabResult result = Lab.run(options, progress);
            if (json) {
                out.print(JsonReport.of(result) + "\n");
                out.flush();
            }
            new Table(result, glyphs).lines().forEach(shown::println);
            return draw(result, shown) && result.good() ? PROVEN : NOT_PROVEN;
        } catch (LabException e) {
            err.println("diskless-lab: " + e.getMessage());
            return NOT_POSSIBLE;
        }
    }

    private int cloud() throws IOException, InterruptedException {
        for (String name : MIRROR_ONLY) {
            if (spec != null && spec.commandLine().getParseResult().hasMatchedOption(name)) {
                err.println("diskless-lab: " + name
                        + " belongs to another story. Remedy: add --story mirror, or leave it out");
                return CommandLine.ExitCode.USAGE;
            }
        }
        Workspace workspace;
        try {
            workspace = Workspace.make(keep);
        } catch (LabException e) {
            err.println("diskless-lab: " + e.getMessage());
            return NOT_POSSIBLE;
        }
        try (workspace;
                Cleanup cleanup = Cleanup.of(workspace);
                Progress progress =
                        new LineProgress(out, Terminal.is(Terminal.STANDARD_OUTPUT), glyphs, System::nanoTime)) {
            CloudResult result = cloud(workspace, cleanup, progress);
            CloudReport.lines(result).forEach(out::println);
            Path file = output("diskless-cloud.html");
            Files.writeString(file, CloudReport.page(result), StandardCharsets.UTF_8);
            out.println("page: " + file);
            return result.good() ? PROVEN : NOT_PROVEN;
        } catch (LabException e) {
            err.println("diskless-lab: " + e.getMessage());
            return NOT_PROVEN;
        }
    }

    private CloudResult cloud(Workspace workspace, Cleanup cleanup, Progress progress)
            throws LabException, InterruptedException {
        Optional<String> whyNot = simulated ? Optional.of("it was asked for by --simulated") : LiveLab.whyNot();
        if (whyNot.isEmpty()) {
            try (Watchdog watchdog = Watchdog.after(Duration.ofSeconds(limit == null ? 600 : limit))) {
                CloudResult result = LiveLab.tell(workspace.folder(), seed, !shortForm, progress, cleanup::first);
                watchdog.dismiss();
                return result;
            } finally {
                cleanup.unlessEnding();
            }
        }
        progress.note("simulated: " + whyNot.get());
        progress.note("not real: " + CloudStory.REMARK);
        return CloudStory.tell(workspace.folder(), seed, progress);
    }

    private Path output(String name) {
        Path build = Path.of("benchmarks", "target");
        return picture != null ? picture : (Files.isDirectory(build) ? build : Path.of("")).resolve(name);
    }

    private LabOptions options() {
        return new LabOptions(
                link,
                mtu,
                seed,
                Optional.ofNullable(image),
                Optional.ofNullable(size).map(mebi -> mebi * MEBI),
                loadSize * MEBI,
                Duration.ofMillis((long) (seconds * 1000 / 3)),
                depth,
                reads,
                Duration.ofMillis(deadline),
                victim.toLowerCase(Locale.ROOT),
                !noScrub,
                fault,
                Duration.ofSeconds(limit == null ? 180 : limit),
                keep);
    }

    private boolean draw(LabResult result, PrintStream shown) {
        Path file = output("diskless-lab.svg");
        try {
            Files.writeString(file, SitePicture.of(result), StandardCharsets.UTF_8);
            shown.println("picture: " + file);
            return true;
        } catch (IOException e) {
            err.println("diskless-lab: cannot write the picture " + file + ": " + e
                    + ". Remedy: name another file by --picture");
            return false;
        }
    }
}
