package io.diskless.benchmarks.load.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How long an emulated machine takes from iPXE's banner to the first line of its kernel, with our servers as they are, with
 * dnsmasq as it is, and with dnsmasq tuned by hand. Servers and machines start anew for each boot.
 */
final class BootTimes {
    static final String SCRIPT = "boot.ipxe";
    private static final String ARGUMENTS = "console=ttyS0";
    /** What iPXE says first, and what the kernel says first. */
    private static final String BANNER = "iPXE initialising devices";

    private static final String KERNEL = "Linux version";
    /** How much shorter than with dnsmasq's defaults, in seconds. */
    private static final double SHORTER = 10;

    private final Results results;
    private final Rivals rivals;
    private final Path root;
    private final int rounds;

    BootTimes(Results results, Rivals rivals, Path root, int rounds) {
        this.results = results;
        this.rivals = rivals;
        this.root = root;
        this.rounds = rounds;
    }

    @FunctionalInterface
    private interface Opening {
        Served open(Room room) throws IOException, InterruptedException;
    }

    void run() throws IOException, InterruptedException {
        Files.writeString(root.resolve(SCRIPT), "#!ipxe\nkernel vmlinuz " + ARGUMENTS + "\ninitrd initrd.img\nboot\n");
        List<Opening> all = List.of(
                room -> rivals.ours(
                        room, "all", "--root", root.toString(), "--mac", Machine.MAC, "--kernel-arguments", ARGUMENTS),
                room -> rivals.dnsmasqBootTuned(room, root),
                room -> rivals.dnsmasqBoot(room, root));
        List<List<Double>> seconds = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < rounds; i++) {
            for (int k = 0; k < all.size(); k++) {
                int who = (i + k) % all.size();
                seconds.get(who).add(boot(all.get(who)));
            }
        }
        results.add(new Results.Row(
                "boot, iPXE to kernel", "s", 1.0, false, "dnsmasq tuned by hand", seconds.get(0), seconds.get(1)));
        results.add(new Results.Row(
                "boot, iPXE to kernel", "s", Double.NaN, false, "dnsmasq as it is", seconds.get(0), seconds.get(2)));
        List<Double> saved = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            saved.add(seconds.get(2).get(i) - seconds.get(0).get(i));
        }
        double median = Results.median(saved);
        results.say(String.format(
                Locale.ROOT,
                "  shorter than with dnsmasq as it is by %.1f s (goal %.0f s): %s",
                median,
                SHORTER,
                median >= SHORTER ? "reached" : "missed"));
    }

    private double boot(Opening opening) throws IOException, InterruptedException {
        try (Room room = Room.open(0, true);
                Served served = opening.open(room);
                Machine machine = Machine.on(rivals.program("qemu-system-x86_64"))) {
            long begin = machine.await(BANNER);
            long end = machine.await(KERNEL);
            // Whoever booted it must still be there.
            served.cpuNanos();
            return (end - begin) / 1e9;
        }
    }
}
