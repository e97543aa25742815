package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.report.Progress;
import io.diskless.benchmarks.lab.report.Stage;
import io.diskless.benchmarks.lab.report.Units;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Message;
import io.diskless.benchmarks.lab.site.NodePlan;
import io.diskless.benchmarks.lab.site.SitePlan;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What happens in a run, in order: disks and mirror, the image, load, a node dies, load, it returns, resync, load, scrub,
 * proof. Not thread-safe.
 *
 * <pre>
 *   a disk:   | image …          | area under load … | metadata of the mirror |
 *             0                  areaOffset           areaOffset + loadBytes
 * </pre>
 */
final class Story {
    private static final long MEBI = 1 << 20;
    private static final long LARGEST_IMAGE = 64 * MEBI;
    private static final long SMALLEST_IMAGE = 16 * MEBI;
    private static final long CALIBRATION = 8 * MEBI;
    private static final double IMAGE_SECONDS = 3;
    /** Room for the superblocks and the bitmap of the mirror; a disk of 80 MiB needs less than a tenth of it. */
    private static final long METADATA = MEBI;

    private final LabOptions options;
    private final Site site;
    private final SitePlan plan;
    private final Workspace workspace;
    private final Progress progress;
    private final Notebook notebook;
    private final Watch watch;
    private final NodePlan victim;
    private final String addresses;

    Story(LabOptions options, Site site, Workspace workspace, Progress progress, Notebook notebook) {
        this.options = options;
        this.site = site;
        this.plan = site.plan();
        this.workspace = workspace;
        this.progress = progress;
        this.notebook = notebook;
        this.watch = new Watch(site, progress);
        this.victim = plan.storageNode(options.victim());
        this.addresses = plan.storage().stream().map(Story::address).collect(Collectors.joining(","));
    }

    static String address(NodePlan storage) {
        return storage.export().orElseThrow().toString();
    }

    private Path disk(NodePlan storage) {
        return workspace.file(storage.name() + ".disk");
    }

    void tell() throws LabException, IOException, InterruptedException {
        describe("not serving yet", false, "did not get to work");
        long capacity = capacity();
        long areaOffset = (capacity + MEBI - 1) / MEBI * MEBI;
        workspace.needs(2 * (areaOffset + options.loadBytes() + METADATA) + 3 * capacity);
        disks(areaOffset);
        describe("serving", true, "the run ended before its work did");
        Image image = image(areaOffset);
        copy(image);
        Path acknowledged = load(areaOffset);
        scrub();
        new Sabotage(options.fault(), options.seed()).strike(disk(victim), areaOffset, options.loadBytes());
        new Proving(options, site, workspace, progress, notebook, watch)
                .prove(image, areaOffset, acknowledged, addresses);
    }

    private long capacity() throws LabException {
        return options.image().isPresent()
                ? Image.of(options.image().get()).bytes()
                : options.imageBytes().orElse(LARGEST_IMAGE);
    }

    /** What a picture of a run that ends early says of nodes that nothing else is known of. */
    private void describe(String storageState, boolean good, String othersState) {
        for (NodePlan storage : plan.storage()) {
            notebook.node(storage.name(), "storage, " + address(storage), true, storageState, good);
        }
        notebook.node(
                plan.writer().name(), "mirror over " + addresses.replace(",", " and "), false, othersState, false);
        notebook.node(plan.reader().name(), "checks from a fresh start", false, othersState, false);
    }

    private void disks(long areaOffset) throws LabException, IOException, InterruptedException {
        for (NodePlan storage : plan.storage()) {
            try (RandomAccessFile file = new RandomAccessFile(disk(storage).toFile(), "rw")) {
                file.setLength(areaOffset + options.loadBytes() + METADATA);
            }
            export(storage);
        }
        site.ask(
                plan.writer(),
                Message.of("discover").with("addresses", addresses).with("millis", 10_000));
        site.ask(
                plan.writer(),
                Message.of("open")
                        .with("addresses", addresses)
                        .with("create", true)
                        .with("deadline", options.deadline().toMillis()));
        progress.update(
                Progress.UNKNOWN,
                site.fabric().isReal()
                        ? "four namespaces, MTU " + plan.mtu() + ", " + site.link(plan.writer())
                        : "in memory, MTU " + plan.mtu());
    }

    private void export(NodePlan storage) throws LabException, InterruptedException {
        site.ask(storage, Message.of("export").with("address", address(storage)).with("file", disk(storage)));
    }

    private Image image(long areaOffset) throws LabException, IOException, InterruptedException {
        Image image;
        if (options.image().isPresent()) {
            image = Image.of(options.image().get());
        } else {
            progress.phase("image");
            image = Image.make(
                    workspace,
                    options.imageBytes().isPresent() ? options.imageBytes().get() : affordable(areaOffset),
                    options.seed());
            progress.update(Progress.UNKNOWN, image.description());
        }
        image.note().ifPresent(progress::note);
        notebook.image(image.description(), image.bytes());
        return image;
    }

    /** How large an image this machine writes in a few seconds; found by writing zeroes where zeroes are. */
    private long affordable(long areaOffset) throws LabException, IOException, InterruptedException {
        Path zeroes = workspace.file("zeroes");
        long bytes = Math.min(CALIBRATION, options.loadBytes());
        try (RandomAccessFile file = new RandomAccessFile(zeroes.toFile(), "rw")) {
            file.setLength(bytes);
        }
        long nanos = watch.work(
                        plan.writer(),
                        Message.of("copy")
                                .with("file", zeroes)
                                .with("offset", areaOffset)
                                .with("length", bytes))
                .number("nanos");
        long affordable = (long) (bytes / (nanos / 1e9) * IMAGE_SECONDS) / (8 * MEBI) * (8 * MEBI);
        return Math.max(SMALLEST_IMAGE, Math.min(LARGEST_IMAGE, affordable));
    }

    private void copy(Image image) throws LabException, InterruptedException {
        progress.phase("copy");
        Message copied = watch.work(
                plan.writer(),
                Message.of("copy").with("file", image.file()).with("offset", 0).with("length", image.bytes()));
        notebook.transfer("image copy", copied.number("nanos"), image.bytes());
    }

    private Path load(long areaOffset) throws LabException, InterruptedException {
        progress.phase("load");
        site.ask(
                plan.writer(),
                Message.of("load")
                        .with("offset", areaOffset)
                        .with("bytes", options.loadBytes())
                        .with("lanes", options.depth())
                        .with("reads", options.readPercent())
                        .with("seed", options.seed()));
        watch.load(options.stage());
        notebook.stage("both legs", mark());

        progress.phase("failover");
        site.ask(plan.writer(), Message.of("watch"));
        long killed = site.node(victim).kill();
        notebook.node(victim.name(), "storage, " + address(victim), true, "killed, not back", false);
        Message first = watch.until(victim.name() + " is dead", status -> status.has("alone"));
        long alone = first.number("alone");
        notebook.failover(alone - killed);
        progress.update(Progress.UNKNOWN, Units.time((alone - killed) / 1e3) + " until the other leg went on alone");
        if (options.fault() == LabOptions.Fault.BOTH_DEAD) {
            site.node(plan.storage().get(plan.storage().get(0).equals(victim) ? 1 : 0))
                    .kill();
        }
        progress.phase("one leg");
        watch.load(options.stage());
        long without = watch.status().number("writes") - first.number("writes");
        Stage dead = notebook.stage("without " + victim.name(), mark());
        notebook.pause(dead);

        progress.phase("resync");
        site.powerOn(victim);
        export(victim);
        long back = System.nanoTime();
        Message settled = watch.resync();
        long bytes = settled.number("resync.bytes");
        notebook.resync(System.nanoTime() - back, bytes);
        progress.update(1, Units.size(bytes) + " copied to " + victim.name());
        notebook.stage("resync", mark());
        notebook.node(victim.name(), "storage, " + address(victim), true, "killed, back, in sync", true);

        progress.phase("both again");
        watch.load(options.stage());
        notebook.stage("both legs again", mark());

        Path acknowledged = workspace.file("acknowledged");
        Message end = site.ask(plan.writer(), Message.of("finish").with("file", acknowledged));
        ended(without, end);
        return acknowledged;
    }

    private Message mark() throws LabException, InterruptedException {
        return site.ask(plan.writer(), Message.of("mark"));
    }

    private void ended(long writesWithoutVictim, Message end) throws LabException, InterruptedException {
        progress.update(1, Units.count(end.number("operations")) + " requests in all");
        Message traffic = watch.status();
        notebook.traffic(traffic.number("frames"), traffic.number("retransmissions"));
        long failures = end.number("failures");
        long wrong = end.number("mismatches");
        notebook.node(
                plan.writer().name(),
                "mirror over " + addresses.replace(",", " and "),
                false,
                failures + wrong == 0 ? "no request failed" : end.text("trouble"),
                failures + wrong == 0,
                Units.count(end.number("operations")) + " requests under load",
                Units.count(end.number("verified")) + " of them reads that were checked");
        notebook.proof("requests of the load that failed", "0", Long.toString(failures));
        notebook.proof("reads that found what was not acknowledged", "0", Long.toString(wrong));
        notebook.proof(
                "writes acknowledged without " + victim.name(), "some", writesWithoutVictim > 0 ? "some" : "none");
    }

    private void scrub() throws LabException, InterruptedException {
        if (!options.scrub()) {
            return;
        }
        progress.phase("scrub");
        Message found = watch.work(plan.writer(), Message.of("scrub"));
        notebook.proof("bytes in which the scrub saw the legs differ", "0", found.text("differing"));
        progress.update(1, String.format(Locale.ROOT, "%s bytes differ", found.text("differing")));
    }
}
