package io.diskless.benchmarks.load.boot;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Our TFTP server against dnsmasq in lock-step and against atftpd with a window: one file out of the page cache, fetched one
 * time after the other by one client.
 */
final class TftpContest {
    static final int PORT = 69;
    static final String FILE = "kernel";
    /** What fits into an Ethernet frame with room for a tunnel's headers; edk2 and others ask for it. */
    private static final int BLOCK = 1428;

    private static final int WINDOW = 8;
    private static final double MEGA = 1e6;
    /** There are two chances in a second. */
    private static final int CHANCES_PER_LOOK = 8;

    private final Results results;
    private final Rivals rivals;
    private final Path root;
    private final int rounds;
    private final long burstNanos;
    private final int warmUp;

    /**
     * A contest.
     *
     * @param results where figures go
     * @param rivals the others
     * @param root a folder with {@value #FILE} in it
     * @param rounds counted ones
     * @param burstMillis how long each server is asked in a round
     * @param warmUp transfers of ours before, so that the compiler is done
     */
    TftpContest(Results results, Rivals rivals, Path root, int rounds, int burstMillis, int warmUp) {
        this.results = results;
        this.rivals = rivals;
        this.root = root;
        this.rounds = rounds;
        this.burstNanos = burstMillis * 1_000_000L;
        this.warmUp = warmUp;
    }

    private record Sample(double megabytesPerSecond, double cpuPerMegabyte, long again) {}

    void lockStep() throws IOException, InterruptedException {
        run("TFTP, blocks of 1428, lock-step", 1, "dnsmasq", 1.0, 0.8);
    }

    void window() throws IOException, InterruptedException {
        run("TFTP, blocks of 1428, windows of 8", WINDOW, "atftpd", 1.1, Double.NaN);
    }

    private void run(String name, int window, String rival, double goal, double cpuGoal)
            throws IOException, InterruptedException {
        try (Room here = Room.open(0, false);
                Room there = Room.open(1, false);
                Served ours = rivals.ours(here, "tftp", "--root", root.toString());
                Served theirs =
                        rival.equals("dnsmasq") ? rivals.dnsmasqTftp(there, root) : rivals.atftpd(there, root)) {
            Fetch fromOurs = new Fetch(new InetSocketAddress(here.server(), PORT));
            Fetch fromTheirs = new Fetch(new InetSocketAddress(there.server(), PORT));
            for (int i = 0; i < warmUp; i++) {
                fromOurs.one(FILE, BLOCK, window);
            }
            ours.settle();
            long wanted = fromTheirs.one(FILE, BLOCK, window).sum();
            List<Sample> as = new ArrayList<>();
            List<Sample> bs = new ArrayList<>();
            for (int i = 0; i < rounds; i++) {
                // Each goes first as often as the other.
                if (i % 2 == 0) {
                    as.add(burst(ours, fromOurs, window, wanted));
                    bs.add(burst(theirs, fromTheirs, window, wanted));
                } else {
                    bs.add(burst(theirs, fromTheirs, window, wanted));
                    as.add(burst(ours, fromOurs, window, wanted));
                }
            }
            results.add(new Results.Row(
                    name,
                    "MB/s",
                    goal,
                    true,
                    rival,
                    as.stream().map(Sample::megabytesPerSecond).toList(),
                    bs.stream().map(Sample::megabytesPerSecond).toList()));
            if (!rival.equals("atftpd")) {
                // Threads of atftpd end with their transfer and take what they used along.
                results.add(new Results.Row(
                        name + ", CPU",
                        "ms/MB",
                        cpuGoal,
                        false,
                        rival,
                        as.stream().map(Sample::cpuPerMegabyte).toList(),
                        bs.stream().map(Sample::cpuPerMegabyte).toList()));
            }
            results.say(String.format(
                    Locale.ROOT,
                    "  packets again: ours %d, %s %d",
                    as.stream().mapToLong(Sample::again).sum(),
                    rival,
                    bs.stream().mapToLong(Sample::again).sum()));
        }
    }

    private Sample burst(Served server, Fetch client, int window, long wanted) throws IOException {
        long cpu = server.cpuNanos();
        long start = System.nanoTime();
        long octets = 0;
        long again = 0;
        do {
            Receiver got = client.one(FILE, BLOCK, window);
            if (got.sum() != wanted) {
                throw new IOException("what " + server.name() + " sent is not the file");
            }
            octets += got.octets();
            again += got.again();
        } while (System.nanoTime() - start < burstNanos);
        double seconds = (System.nanoTime() - start) / 1e9;
        cpu = server.cpuNanos() - cpu;
        return new Sample(octets / MEGA / seconds, cpu / 1e6 / (octets / MEGA), again);
    }

    /** Many transfers at once; all must end, with the right content, and none may cost more at its end than at its start. */
    void crowd(int count, int window) throws IOException, InterruptedException {
        try (Room room = Room.open(0, false);
                Served ours = rivals.ours(room, "tftp", "--root", root.toString())) {
            Fetch client = new Fetch(new InetSocketAddress(room.server(), PORT));
            long wanted = client.one(FILE, BLOCK, window).sum();
            Memory before = Memory.of(ours);
            List<Memory> during = new ArrayList<>();
            long cpu = ours.cpuNanos();
            long start = System.nanoTime();
            AtomicInteger chances = new AtomicInteger();
            List<Receiver> all = client.many(FILE, BLOCK, window, count, octets -> {
                // A look collects garbage first, which costs time.
                if (chances.getAndIncrement() % CHANCES_PER_LOOK == 0) {
                    during.add(Memory.of(ours));
                }
            });
            double seconds = (System.nanoTime() - start) / 1e9;
            cpu = ours.cpuNanos() - cpu;
            long good =
                    all.stream().filter(r -> r.isDone() && r.sum() == wanted).count();
            long octets = all.stream().mapToLong(Receiver::octets).sum();
            long again = all.stream().mapToLong(Receiver::again).sum();
            results.say(String.format(
                    Locale.ROOT,
                    "  %d transfers at once, windows of %d: %d complete and right, %.0f MB in %.1f s (%.0f MB/s), %.2f ms CPU/MB,"
                            + " %d packets again",
                    count,
                    window,
                    good,
                    octets / MEGA,
                    seconds,
                    octets / MEGA / seconds,
                    cpu / 1e6 / (octets / MEGA),
                    again));
            if (good != count) {
                throw new IOException(count - good + " transfers did not bring the file");
            }
            List<Memory> full =
                    during.stream().filter(m -> m.running() == count).toList();
            if (full.isEmpty()) {
                results.say("  too short to look at its memory while all were under way");
                return;
            }
            Memory first = full.get(0);
            Memory last = full.get(full.size() - 1);
            results.say(String.format(
                    Locale.ROOT,
                    "  memory for each while all %d were under way, first and last look of %d: heap %.1f and %.1f KB,"
                            + " buffers %.1f and %.1f KB; the process had %.0f MB before, %.0f and %.0f MB then",
                    count,
                    full.size(),
                    (first.heap() - before.heap()) / 1e3 / count,
                    (last.heap() - before.heap()) / 1e3 / count,
                    (first.direct() - before.direct()) / 1e3 / count,
                    (last.direct() - before.direct()) / 1e3 / count,
                    before.resident() / 1e3,
                    first.resident() / 1e3,
                    last.resident() / 1e3));
        }
    }

    private record Memory(long running, long heap, long direct, long resident) {
        static Memory of(Served server) throws IOException {
            var report = server.report();
            return new Memory(
                    report.getOrDefault("running", 0L),
                    report.getOrDefault("heap", 0L),
                    report.getOrDefault("direct", 0L),
                    server.residentKib());
        }
    }
}
