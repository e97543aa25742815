package io.diskless.benchmarks.lab.report;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** A result as a good run would give it, and one of a run that went wrong. */
final class Samples {
    private static final String HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    private static final String OTHER = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";

    private Samples() {}

    static LabResult good() {
        return new LabResult(
                "real Ethernet: veth pairs on a bridge, each node a process in its own network namespace",
                true,
                "",
                9000,
                42,
                "ext4 image of 48 MiB by mkfs.ext4",
                48 << 20,
                16 << 20,
                "jade",
                List.of(
                        new Stage("image copy", 0.8, 384, 48 << 20, Optional.empty(), Optional.empty()),
                        stage("both legs", 3.0, 36_000),
                        stage("jade is dead", 3.1, 40_000),
                        stage("resync", 1.9, 15_000),
                        stage("both legs again", 2.0, 24_500)),
                new LabResult.Figures(
                        OptionalDouble.of(812.4),
                        OptionalDouble.of(811),
                        OptionalDouble.of(1.93),
                        OptionalDouble.of(15.5 * (1 << 20)),
                        OptionalDouble.of(200_123),
                        OptionalDouble.of(37)),
                List.of(
                        node(
                                "glouton",
                                "storage, e0.1",
                                true,
                                "served all along",
                                true,
                                "121 000 reads, 76 000 writes",
                                "pid 101"),
                        node(
                                "jade",
                                "storage, e1.1",
                                true,
                                "killed after 4.1 s, back and in sync",
                                true,
                                "60 000 reads",
                                "pid 107"),
                        node(
                                "ruby",
                                "mirror over e0.1 and e1.1",
                                false,
                                "115 500 requests, none failed",
                                true,
                                "failover 812 ms"),
                        node(
                                "crystal",
                                "checks from a fresh start",
                                false,
                                "6 of 6 hashes are right",
                                true,
                                "192 MiB read")),
                List.of(
                        new Proof("image on e0.1, read by crystal", HASH, HASH),
                        new Proof("image on e1.1, read by crystal", HASH, HASH),
                        new Proof("image on the mirror", HASH, HASH),
                        new Proof("acknowledged writes on e0.1", OTHER, OTHER),
                        new Proof("acknowledged writes on e1.1", OTHER, OTHER),
                        new Proof("requests that failed", "0", "0")),
                Optional.empty(),
                14.2);
    }

    static LabResult bad() {
        LabResult good = good();
        return new LabResult(
                "in-memory segment",
                false,
                "no network namespaces",
                good.mtu(),
                good.seed(),
                "<image> of \"somebody\" & co",
                good.imageBytes(),
                good.loadBytes(),
                good.victim(),
                good.stages().subList(0, 2),
                LabResult.Figures.none(),
                List.of(
                        good.nodes().get(0),
                        node("jade", "storage, e1.1", true, "killed, never came back", false),
                        good.nodes().get(2),
                        good.nodes().get(3)),
                List.of(
                        new Proof("image on e0.1, read by crystal", HASH, HASH),
                        new Proof("image on e1.1, read by crystal", HASH, OTHER)),
                Optional.of("jade did not answer within 20 s"),
                33);
    }

    private static Stage stage(String name, double seconds, long operations) {
        return new Stage(
                name,
                seconds,
                operations,
                operations * 4096,
                Optional.of(new Latency(operations / 3, 181, 640, 1210, 4100)),
                Optional.of(new Latency(operations * 2 / 3, 402, 1320, 2950, 811_000)));
    }

    private static NodeReport node(
            String name, String role, boolean storage, String state, boolean good, String... facts) {
        return new NodeReport(name, role, storage, state, good, List.of(facts));
    }
}
