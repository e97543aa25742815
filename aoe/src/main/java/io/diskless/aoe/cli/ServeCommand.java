package io.diskless.aoe.cli;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.target.Access;
import io.diskless.aoe.target.AccessRule;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.FileSettingsStore;
import io.diskless.aoe.target.TargetEvent;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.aoe.target.WritePolicy;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Serves files and block devices until it is ended. */
@Command(
        name = "serve",
        description = "Serve a file or block device as an AoE disk until interrupted; several with --config.",
        footer = {
            "",
            "--sync says when a write is on the medium for clients that never flush, as the Linux kernel:",
            "  through   before it is answered (default, the safe one)",
            "  flush     within 200 ms, and when a client flushes",
            "  buffered  when a client flushes, or when the system writes back; a power cut loses answered writes",
            "",
            "--access says how the image is reached:",
            "  buffered       through the page cache by pread and pwrite (default, the fewest hazards)",
            "  mapped         reads from a mapping of the file, writes by pwrite: for images that fit in memory,",
            "                 since all exports may wait where a page has to come from a disk",
            "  mapped_writes  both through the mapping: the fastest, for images that fit in memory",
            "  direct         past the page cache (O_DIRECT)",
            "",
            "--config takes a JSON file:",
            "  { \"interfaces\": [\"eth1\"], \"exports\": [",
            "      { \"address\": \"e0.1\", \"file\": \"/srv/ruby.img\" },",
            "      { \"address\": \"e0.2\", \"file\": \"/srv/base.img\", \"overlay\": \"/srv/crystal.cow\",",
            "        \"sync\": \"flush\", \"readOnly\": false, \"allow\": [\"52:54:00:aa:00:01\"] } ] }",
            "Each of its exports has its own options there; those of the command line are for SHELF.SLOT FILE.",
            "",
            "A restart loses what peers have set (config string, mask list, reservation) unless --settings names a",
            "folder for it; then config strings are kept, and the others as --persist says."
        })
final class ServeCommand implements Callable<Integer> {
    /** The rhythm of {@code --sync flush}. */
    private static final Duration FLUSH_INTERVAL = Duration.ofMillis(200);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private LinkArgs linkArgs = new LinkArgs();

    @Parameters(index = "0", arity = "0..1", paramLabel = "SHELF.SLOT", description = "Such as e0.1.")
    private @Nullable AoeAddress address;

    @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "Regular file or block device.")
    private @Nullable Path image;

    @Option(names = "--config", paramLabel = "JSON", description = "Several exports, see below.")
    private @Nullable Path config;

    @Option(names = "--read-only", description = "Refuse writes.")
    private boolean readOnly;

    @Option(
            names = "--overlay",
            paramLabel = "FILE",
            description = "Keep the image as it is and write to this file instead; made if it does not exist.")
    private @Nullable Path overlay;

    @Option(
            names = "--sync",
            paramLabel = "POLICY",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Sync sync = Sync.THROUGH;

    @Option(
            names = "--access",
            paramLabel = "HOW",
            description = "${COMPLETION-CANDIDATES}: how the image is reached. Default: ${DEFAULT-VALUE}.")
    private FileOptions.Mode access = FileOptions.Mode.BUFFERED;

    @Option(
            names = "--allow",
            paramLabel = "MAC",
            description = "Serve only these addresses, and let them change config string, mask and reservation.")
    private List<MacAddress> allow = new ArrayList<>();

    @Option(
            names = "--settings",
            paramLabel = "DIR",
            description = "Where config strings are kept over restarts. Default: nowhere.")
    private @Nullable Path settings;

    @Option(
            names = "--persist",
            split = ",",
            paramLabel = "WHAT",
            description =
                    "${COMPLETION-CANDIDATES}: what else is kept in --settings, of all exports; several with commas.")
    private List<Persist> persist = new ArrayList<>();

    @Option(
            names = "--rate-limit",
            paramLabel = "REQUESTS",
            description = "Most requests per second from one source; what comes beyond is dropped. Default: no limit.")
    private int rateLimit;

    /** What peers set and a target may forget. */
    enum Persist {
        MASK,
        RESERVE
    }

    @Override
    public Integer call() throws Exception {
        checkCombination();
        List<ServeExport> exports = new ArrayList<>();
        List<String> interfaces = List.of();
        if (config != null) {
            ServeFile file = ServeFile.read(config);
            exports.addAll(file.exports());
            interfaces = file.interfaces();
        }
        if (address != null && image != null) {
            exports.add(new ServeExport(address, image, readOnly, overlay, access, sync, allow));
        }
        if (exports.isEmpty()) {
            throw new IllegalArgumentException("nothing to serve: give SHELF.SLOT FILE, or --config JSON");
        }
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            end.countDown();
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
        List<String> names = interfaces;
        return toEnd(() -> serve(exports, names, end), spec.commandLine().getErr(), ended::countDown);
    }

    /** Serves until it ends. */
    interface Service {
        void run() throws IOException, InterruptedException;
    }

    /**
     * Runs a service, and tells what went wrong before the last action: that may let the process end, and nobody would
     * hear that answered writes are lost.
     */
    static int toEnd(Service service, PrintWriter err, Runnable last) throws InterruptedException {
        try {
            service.run();
            return ExitCode.OK.code;
        } catch (IOException | RuntimeException e) {
            err.println("diskless-aoe: " + ExitCode.line(e));
            return ExitCode.of(e).code;
        } finally {
            err.flush();
            last.run();
        }
    }

    private void checkCombination() {
        if (address != null && image == null) {
            throw new IllegalArgumentException("what is to be served as " + address + "? Give SHELF.SLOT FILE");
        }
        for (String option : List.of("--read-only", "--overlay", "--sync", "--access", "--allow")) {
            if (image == null && spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw new IllegalArgumentException(
                        option + " is for SHELF.SLOT FILE; in the file of --config each export has its own options");
            }
        }
        if (!persist.isEmpty() && settings == null) {
            throw new IllegalArgumentException("--persist needs --settings, the folder where it is kept");
        }
        if (rateLimit < 0 || rateLimit > 1_000_000_000) {
            throw new IllegalArgumentException("--rate-limit is 0 to 1000000000 requests per second, got " + rateLimit);
        }
    }

    private void serve(List<ServeExport> exports, List<String> interfaces, CountDownLatch end)
            throws IOException, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        TargetOptions.Builder options = TargetOptions.builder().listener(event -> say(err, event));
        if (rateLimit > 0) {
            // A tenth of a second's requests at once: a window of a busy initiator, and no more than a moment.
            options.rateLimit(rateLimit, Math.max(1, rateLimit / 10));
        }
        if (settings != null) {
            options.settings(FileSettingsStore.open(settings));
        }
        List<EthernetLink> links = linkArgs.open(LinkOptions.Role.TARGET, interfaces);
        List<BlockDevice> devices = new ArrayList<>();
        try (AoeTarget target = AoeTarget.create(options.build())) {
            LinkArgs.describe(links, err);
            for (ServeExport export : exports) {
                BlockDevice device = Devices.open(export.image(), export.readOnly(), export.overlay(), export.access());
                devices.add(device);
                allow(target, export);
                target.export(
                        export.address(),
                        device,
                        ExportOptions.builder()
                                .readOnly(export.readOnly())
                                .writePolicy(policy(export.sync()))
                                .persistMask(persist.contains(Persist.MASK))
                                .persistReservations(persist.contains(Persist.RESERVE))
                                .build());
                err.printf(
                        "%s: %s, %s%s, sync %s%n",
                        export.address(),
                        export.image(),
                        Size.of(device.geometry().size()),
                        export.readOnly() ? ", read-only" : export.overlay() != null ? " over " + export.overlay() : "",
                        export.sync().name().toLowerCase(Locale.ROOT));
            }
            for (EthernetLink link : links) {
                target.attach(link);
            }
            target.start();
            spec.commandLine().getOut().println("serving");
            end.await();
        } finally {
            close(devices, links, err);
        }
    }

    private static void allow(AoeTarget target, ServeExport export) {
        if (export.allow().isEmpty()) {
            return;
        }
        target.access().put(AccessRule.ofAnyone(export.address(), Access.NONE));
        for (MacAddress mac : export.allow()) {
            target.access()
                    .put(AccessRule.of(
                            mac, export.address(), export.readOnly() ? Access.READ_ONLY : Access.READ_WRITE));
        }
    }

    private static WritePolicy policy(Sync sync) {
        return switch (sync) {
            case THROUGH -> WritePolicy.WRITE_THROUGH;
            case FLUSH -> WritePolicy.flushEvery(FLUSH_INTERVAL);
            case BUFFERED -> WritePolicy.BUFFERED;
        };
    }

    private static void say(PrintWriter err, TargetEvent event) {
        err.println(sentence(event));
        err.flush();
    }

    /** An event as a person reads it, on one line. */
    static String sentence(TargetEvent event) {
        if (event instanceof TargetEvent.PortState e) {
            return e.port() + ": the interface is " + e.state().name().toLowerCase(Locale.ROOT);
        } else if (event instanceof TargetEvent.PortMtu e) {
            return e.port() + ": the MTU is " + e.mtu() + " now";
        } else if (event instanceof TargetEvent.PortFailed e) {
            return e.port() + ": an unexpected error, service goes on: " + e.cause();
        } else if (event instanceof TargetEvent.DeviceThrew e) {
            return e.address() + ": the device threw, the request has failed: " + e.cause();
        } else if (event instanceof TargetEvent.ExportAdded e) {
            return e.address() + ": exported";
        } else if (event instanceof TargetEvent.ExportRemoved e) {
            return e.address() + ": no longer exported";
        } else if (event instanceof TargetEvent.ExportChanged e) {
            return e.address() + ": " + Size.of(e.geometry().size())
                    + (e.geometry().readOnly() ? ", read-only now" : " now");
        } else if (event instanceof TargetEvent.Identified e) {
            return e.address() + ": " + e.source() + " asks what it is, to attach it";
        } else if (event instanceof TargetEvent.SettingsChanged e) {
            return e.address() + ": " + e.source() + " has set config string \""
                    + Text.printable(new String(e.settings().config(), StandardCharsets.ISO_8859_1)) + "\", mask list "
                    + e.settings().mask() + ", reservation " + e.settings().reservation();
        } else if (event instanceof TargetEvent.SettingsNotSaved e) {
            return e.address() + ": a change of settings was refused, since it could not be saved: "
                    + ExitCode.line(e.cause());
        } else if (event instanceof TargetEvent.FlushFailed e) {
            return e.address() + ": a flush failed and will be tried again, answered writes may not be durable: "
                    + ExitCode.line(e.cause());
        }
        return String.valueOf(event);
    }

    /** The target is closed by now and has flushed; what fails here is told, and the rest is closed all the same. */
    static void close(List<? extends BlockDevice> devices, List<? extends EthernetLink> links, PrintWriter err) {
        List<AutoCloseable> all = new ArrayList<>(devices);
        all.addAll(links);
        for (AutoCloseable one : all) {
            try {
                one.close();
            } catch (Exception e) {
                err.println("diskless-aoe: " + ExitCode.line(e));
            }
        }
    }
}
