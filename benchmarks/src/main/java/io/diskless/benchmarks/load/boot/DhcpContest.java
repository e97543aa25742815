package io.diskless.benchmarks.load.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Our DHCP server against Kea or dnsmasq: clients that are all new, some thousand at a time in turn with the other server, so that
 * what a lease costs can be seen while they grow in number.
 */
final class DhcpContest {
    private static final double GOAL = 1.5;
    private static final int WARM_CLIENTS = 2000;
    private static final int WARM_RATE = 3000;

    private final Results results;
    private final Rivals rivals;
    private final Path folder;
    private final Plan plan;

    /**
     * How it goes.
     *
     * @param rival kea or dnsmasq
     * @param keaThreads 0 for Kea's default
     * @param rates exchanges offered in a second; each has servers and lease files of its own
     * @param steps of new clients
     * @param clients in each step
     * @param warmUp exchanges before the first step, with both servers, of a few clients that come again and again
     * @param unforced whether ours does not wait for the disk either
     */
    record Plan(
            String rival, int keaThreads, List<Integer> rates, int steps, int clients, int warmUp, boolean unforced) {}

    DhcpContest(Results results, Rivals rivals, Path folder, Plan plan) {
        this.results = results;
        this.rivals = rivals;
        this.folder = folder;
        this.plan = plan;
    }

    private record Side(
            Room room, Served server, Perfdhcp client, List<Perfdhcp.Count> counts, List<Double> cpu, List<Long> lost) {
        static Side of(Room room, Served server, Path perfdhcp) {
            return new Side(
                    room,
                    server,
                    new Perfdhcp(perfdhcp, room),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>());
        }

        void warmUp(int exchanges) throws IOException, InterruptedException {
            // The same few clients again and again: the lease file is as good as empty afterwards.
            client.run(1 << 24, WARM_CLIENTS, exchanges, WARM_RATE);
        }

        void step(int first, int clients, int rate) throws IOException, InterruptedException {
            long before = server.cpuNanos();
            long atServer = room.overflows();
            long atClient = Room.clientOverflows();
            Perfdhcp.Count count = client.run(first, clients, clients, rate);
            counts.add(count);
            lost.add(room.overflows() - atServer);
            lost.add(Room.clientOverflows() - atClient);
            cpu.add((server.cpuNanos() - before) / 1e3 / Math.max(1, count.completed()));
        }

        List<Double> rates() {
            return counts.stream().map(Perfdhcp.Count::rate).toList();
        }

        /** At the server, 0, or at the client, 1. */
        long lost(int where) {
            long sum = 0;
            for (int i = where; i < lost.size(); i += 2) {
                sum += lost.get(i);
            }
            return sum;
        }

        long completed() {
            return counts.stream().mapToLong(Perfdhcp.Count::completed).sum();
        }
    }

    void run() throws IOException, InterruptedException {
        String durability = plan.unforced ? "lease file not forced" : "lease file forced";
        double best = 0;
        double theirBest = 0;
        for (int rate : plan.rates) {
            Side[] sides = fill(rate);
            Side ours = sides[0];
            Side theirs = sides[1];
            String name = "DHCP, " + rate + "/s offered, " + durability;
            results.add(new Results.Row(
                    name, "exchanges/s", Double.NaN, true, theirs.server.name(), ours.rates(), theirs.rates()));
            results.add(new Results.Row(
                    name + ", CPU", "us/exchange", Double.NaN, false, theirs.server.name(), ours.cpu, theirs.cpu));
            results.say("  by each " + plan.clients + " leases: ours " + text(ours.rates()) + " (" + ours.completed()
                    + " of " + plan.steps * plan.clients + " completed), " + theirs.server.name() + " "
                    + text(theirs.rates()) + " (" + theirs.completed()
                    + "). Datagrams lost in full buffers, at the server and at perfdhcp: ours " + ours.lost(0) + " and "
                    + ours.lost(1) + ", " + theirs.server.name() + " " + theirs.lost(0) + " and " + theirs.lost(1));
            best = Math.max(best, Results.median(ours.rates()));
            theirBest = Math.max(theirBest, Results.median(theirs.rates()));
        }
        results.add(new Results.Row(
                "DHCP, the best of these, " + durability,
                "exchanges/s",
                plan.rival.equals("kea") ? GOAL : Double.NaN,
                true,
                plan.rival,
                List.of(best),
                List.of(theirBest)));
    }

    private static String text(List<Double> rates) {
        return String.join(
                " ",
                rates.stream().map(r -> String.format(Locale.ROOT, "%.0f", r)).toList());
    }

    private Side[] fill(int rate) throws IOException, InterruptedException {
        Path perfdhcp = rivals.program("perfdhcp");
        List<String> words = new ArrayList<>(
                List.of("dhcp", "--leases", folder.resolve("ours-" + rate).toString()));
        if (plan.unforced) {
            words.add("--unforced");
        }
        Path leases = folder.resolve(plan.rival + "-" + rate);
        try (Room here = Room.open(0, false);
                Room there = Room.open(1, false);
                Served our = rivals.ours(here, words.toArray(String[]::new));
                Served their = plan.rival.equals("kea")
                        ? rivals.kea(there, leases, plan.keaThreads)
                        : rivals.dnsmasqDhcp(there, leases)) {
            Side ours = Side.of(here, our, perfdhcp);
            Side theirs = Side.of(there, their, perfdhcp);
            if (plan.warmUp > 0) {
                ours.warmUp(plan.warmUp);
                ours.server.settle();
                theirs.warmUp(plan.warmUp);
            }
            for (int i = 0; i < plan.steps; i++) {
                // Each goes first as often as the other.
                Side first = i % 2 == 0 ? ours : theirs;
                first.step(i * plan.clients, plan.clients, rate);
                (first.equals(ours) ? theirs : ours).step(i * plan.clients, plan.clients, rate);
            }
            return new Side[] {ours, theirs};
        }
    }
}
