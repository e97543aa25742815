package io.diskless.benchmarks.load.boot;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Our HTTP server against nginx with one worker: the same files out of the page cache, the same client. */
final class HttpContest {
    static final int PORT = 8080;
    private static final double GOAL = 0.8;
    private static final double MEGA = 1e6;

    private final Results results;
    private final Rivals rivals;
    private final Path root;
    private final int rounds;
    private final long burstNanos;
    private final int warmUp;

    private record Shape(String name, String file, int connections, boolean small) {}

    private static final List<Shape> SHAPES = List.of(
            new Shape("HTTP, 8 MB, 1 connection", TftpContest.FILE, 1, false),
            new Shape("HTTP, 8 MB, 8 connections", TftpContest.FILE, 8, false),
            new Shape("HTTP, 1 KB, 8 connections", BootContest.SMALL_FILE, 8, true));

    /**
     * A contest.
     *
     * @param results where figures go
     * @param rivals the others
     * @param root a folder with the files in it
     * @param rounds counted ones
     * @param burstMillis how long each server is asked in a round
     * @param warmUp requests for the small file before, and a hundredth of it for the large one, of ours
     */
    HttpContest(Results results, Rivals rivals, Path root, int rounds, int burstMillis, int warmUp) {
        this.results = results;
        this.rivals = rivals;
        this.root = root;
        this.rounds = rounds;
        this.burstNanos = burstMillis * 1_000_000L;
        this.warmUp = warmUp;
    }

    void run() throws IOException, InterruptedException {
        try (Room here = Room.open(0, false);
                Room there = Room.open(1, false);
                Served ours = rivals.ours(here, "http", "--root", root.toString());
                Served theirs = rivals.nginx(there, root, PORT)) {
            InetSocketAddress at = new InetSocketAddress(here.server(), PORT);
            InetSocketAddress atTheirs = new InetSocketAddress(there.server(), PORT);
            warmUp(at, BootContest.SMALL_FILE, warmUp);
            warmUp(at, TftpContest.FILE, warmUp / 100);
            ours.settle();
            for (Shape shape : SHAPES) {
                contest(shape, ours, at, theirs, atTheirs);
            }
        }
    }

    /** By count, not by time: on a busy machine time says nothing about what the compiler has seen. */
    private static void warmUp(InetSocketAddress server, String file, int requests)
            throws IOException, InterruptedException {
        try (HttpLoad load = new HttpLoad(server, file, 8)) {
            for (long done = 0; done < requests; ) {
                done += load.burst(100_000_000L).requests();
            }
        }
    }

    private void contest(Shape shape, Served ours, InetSocketAddress at, Served theirs, InetSocketAddress atTheirs)
            throws IOException, InterruptedException {
        List<Double> as = new ArrayList<>();
        List<Double> bs = new ArrayList<>();
        List<Double> cpuAs = new ArrayList<>();
        List<Double> cpuBs = new ArrayList<>();
        try (HttpLoad a = new HttpLoad(at, shape.file, shape.connections);
                HttpLoad b = new HttpLoad(atTheirs, shape.file, shape.connections)) {
            for (int i = -1; i < rounds; i++) {
                for (boolean first : new boolean[] {true, false}) {
                    boolean our = first == (i % 2 == 0);
                    Served server = our ? ours : theirs;
                    long cpu = server.cpuNanos();
                    HttpLoad.Burst burst = (our ? a : b).burst(burstNanos);
                    cpu = server.cpuNanos() - cpu;
                    double done = shape.small ? burst.requests() : burst.octets() / MEGA;
                    if (i >= 0) {
                        (our ? as : bs).add(done / burst.seconds());
                        (our ? cpuAs : cpuBs).add(cpu / 1e3 / done);
                    }
                }
            }
        }
        String unit = shape.small ? "request" : "MB";
        results.add(new Results.Row(shape.name, unit + "/s", GOAL, true, "nginx", as, bs));
        results.add(new Results.Row(shape.name + ", CPU", "us/" + unit, Double.NaN, false, "nginx", cpuAs, cpuBs));
    }
}
