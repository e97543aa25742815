package io.diskless.benchmarks.lab.node;

import io.diskless.benchmarks.lab.load.Load;
import io.diskless.benchmarks.lab.load.Pattern;
import io.diskless.benchmarks.lab.load.Reference;
import io.diskless.benchmarks.lab.report.Latency;
import io.diskless.benchmarks.lab.site.Agent;
import io.diskless.benchmarks.lab.site.Message;
import io.diskless.cluster.block.BlockDevice;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The program of an application node: finds the disks of the site, mirrors them, writes, loads, and reads for the proof.
 *
 * <pre>
 *   up                                           opens the port
 *   discover addresses= millis=                  until all are there
 *   open addresses= create= deadline=            the disks and the mirror over them
 *   copy file= offset= length=                   work: a file onto the mirror
 *   digest source= imageBytes= loadOffset= loadBytes= [into=]    work: SHA-256 of both areas, of a disk or the mirror
 *   scrub                                        work: compares the legs
 *   load offset= bytes= lanes= reads= seed=      starts the load; then: watch, mark, finish file=
 *   stat seen= millis=                           waits for the next event; how far everything is
 *   release                                      closes mirror and disks
 * </pre>
 *
 * <p>Confined to the thread that asks it, except {@link #kill}.
 */
public final class ApplicationAgent implements Agent {
    /** The name of the mirror as a source. */
    public static final String MIRROR = "mirror";

    private static final long LOAD_END_SECONDS = 30;

    private final Port port;
    private final Changes changes = new Changes();
    private volatile @Nullable Volumes volumes;
    private @Nullable Work work;
    private @Nullable Load load;
    private @Nullable Reference reference;

    /**
     * A node that is not up yet.
     *
     * @param port its Ethernet
     */
    public ApplicationAgent(Port port) {
        this.port = port;
    }

    @Override
    public Message handle(Message request) throws Exception {
        return switch (request.verb()) {
            case "ping" -> Message.ok().with("interfaces", Interfaces.names());
            case "up" -> up();
            case "discover" -> volumes().discover(request.text("addresses"), request.number("millis"));
            case "open" ->
                volumes()
                        .open(
                                request.text("addresses"),
                                Boolean.parseBoolean(request.text("create")),
                                Duration.ofMillis(request.number("deadline")));
            case "copy" -> begin(copy(request));
            case "digest" -> begin(digest(request));
            case "scrub" -> begin(scrub());
            case "load" -> load(request);
            case "watch" -> {
                running().watch();
                yield Message.ok();
            }
            case "mark" -> mark();
            case "finish" -> finish(Path.of(request.text("file")));
            case "stat" -> stat(request.number("seen"), request.number("millis"));
            case "release" -> release();
            default -> throw new IllegalArgumentException("unknown request \"" + request.verb() + "\"");
        };
    }

    private Message up() throws IOException {
        if (volumes != null) {
            throw new IllegalStateException("the port is open already");
        }
        Volumes opened = Volumes.on(port.open(), changes);
        volumes = opened;
        return Message.ok().with("link", opened.link());
    }

    private Volumes volumes() {
        Volumes open = volumes;
        if (open == null) {
            throw new IllegalStateException("the port is not open: \"up\" comes first");
        }
        return open;
    }

    private Message begin(Work begun) {
        work = begun;
        return Message.ok();
    }

    private Work copy(Message request) {
        long length = request.number("length");
        long offset = request.number("offset");
        Path file = Path.of(request.text("file"));
        BlockDevice mirror = volumes().source(MIRROR);
        return idle().start("copy", length, self -> {
            try (FileChannel from = FileChannel.open(file)) {
                new Stream().write(from, mirror, offset, length, self::advance);
            }
            return Message.ok();
        });
    }

    private Work digest(Message request) {
        BlockDevice source = volumes().source(request.text("source"));
        long imageBytes = request.number("imageBytes");
        long loadOffset = request.number("loadOffset");
        long loadBytes = request.number("loadBytes");
        @Nullable Path into = request.has("into") ? Path.of(request.text("into")) : null;
        return idle().start("digest", imageBytes + loadBytes, self -> {
            Stream stream = new Stream();
            MessageDigest image = MessageDigest.getInstance("SHA-256");
            if (into == null) {
                stream.digest(source, 0, imageBytes, image, self::advance);
            } else {
                try (FileChannel copy =
                        FileChannel.open(into, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                    stream.digest(source, 0, imageBytes, image, copy, self::advance);
                }
            }
            MessageDigest loaded = MessageDigest.getInstance("SHA-256");
            stream.digest(source, loadOffset, loadBytes, loaded, self::advance);
            return Message.ok().with("image", hex(image)).with("load", hex(loaded));
        });
    }

    private Work scrub() {
        Volumes site = volumes();
        return idle().start("scrub", site.source(MIRROR).geometry().size(), site::scrub);
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Starts work where none is under way. */
    @FunctionalInterface
    private interface Starter {
        Work start(String name, long total, Work.Body body);
    }

    private Starter idle() {
        if (work != null && work.isRunning()) {
            throw new IllegalStateException("another piece of work is still under way");
        }
        return (name, total, body) -> Work.start(name, total, body, changes);
    }

    private Message load(Message request) {
        Pattern pattern = new Pattern(request.number("seed"));
        Volumes site = volumes();
        Reference expected = new Reference(pattern, Math.toIntExact(request.number("bytes") / Pattern.BLOCK));
        Load started = new Load(
                site.source(MIRROR),
                request.number("offset"),
                expected,
                pattern,
                Math.toIntExact(request.number("lanes")),
                Math.toIntExact(request.number("reads")),
                site::isDegraded,
                System::nanoTime);
        reference = expected;
        load = started;
        started.start(new SplittableRandom(request.number("seed")));
        return Message.ok();
    }

    private Load running() {
        if (load == null) {
            throw new IllegalStateException("no load was started");
        }
        return load;
    }

    private Message mark() {
        Load.Interval interval = running().mark();
        Message answer = Message.ok()
                .with("nanos", interval.nanos())
                .with("operations", interval.operations())
                .with("bytes", interval.operations() * Pattern.BLOCK);
        answer = Latency.of(interval.reads()).addTo(answer, "read.");
        return Latency.of(interval.writes()).addTo(answer, "write.");
    }

    private Message finish(Path file) throws IOException, InterruptedException {
        Load ending = running();
        ending.stop();
        if (!ending.await(TimeUnit.SECONDS.toNanos(LOAD_END_SECONDS))) {
            throw new IOException("requests of the load did not end within " + LOAD_END_SECONDS + " s");
        }
        volumes().source(MIRROR).flush();
        if (reference != null) {
            reference.save(file);
        }
        return loadStatus(Message.ok(), ending);
    }

    private static Message loadStatus(Message to, Load load) {
        Message status = to.with("operations", load.operations())
                .with("verified", load.verified())
                .with("writes", load.operations() - load.verified())
                .with("failures", load.failures())
                .with("mismatches", load.mismatches())
                .with("trouble", load.firstTrouble().orElse(""));
        return load.firstAlone().isPresent()
                ? status.with("alone", load.firstAlone().get())
                : status;
    }

    private Message stat(long seen, long millis) throws InterruptedException {
        long count = changes.await(seen, millis);
        Message status = (work == null ? Message.ok() : work.status()).with("seen", count);
        status = volumes().status(status);
        return load == null ? status : loadStatus(status, load);
    }

    private Message release() throws IOException, InterruptedException {
        if (work != null) {
            work.cancel();
        }
        volumes().release();
        return Message.ok();
    }

    @Override
    public void kill() {
        Volumes open = volumes;
        if (open != null) {
            open.kill();
        }
    }

    @Override
    public void close() throws IOException {
        if (load != null) {
            load.stop();
        }
        Volumes open = volumes;
        if (open != null) {
            open.close();
        }
    }
}
