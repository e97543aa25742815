package io.diskless.aoe.cli;

import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.PathSnapshot;
import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Load on one disk. */
@Command(name = "bench", description = "Load a disk and print throughput, latency and retransmissions.")
final class BenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private Session session = new Session();

    @Parameters(paramLabel = "SHELF.SLOT", description = "Such as e0.1.")
    private AoeAddress address = new AoeAddress(0, 0);

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            converter = Size.class,
            description = "Bytes per request. Default: 4k.")
    private Long size = 4096L;

    @Option(names = "--depth", description = "Requests under way. Default: ${DEFAULT-VALUE}.")
    private int depth = 32;

    @Option(names = "--seconds", description = "How long. Default: ${DEFAULT-VALUE}.")
    private double seconds = 5;

    @Option(
            names = "--write",
            paramLabel = "PERCENT",
            description = "Share of writes, 0 to 100. Writing needs --destroy. Default: ${DEFAULT-VALUE}.")
    private int write;

    @Option(names = "--destroy", description = "Yes, overwrite what is on the disk.")
    private boolean destroy;

    @Option(names = "--sequential", description = "One after the other instead of random places.")
    private boolean sequential;

    @Option(names = "--seed", description = "Of the random places. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Override
    public Integer call() throws Exception {
        if (size < 512 || size > 16 << 20 || size % 512 != 0) {
            throw new IllegalArgumentException("--size is 512 to 16M and a multiple of 512, got " + size);
        }
        if (write < 0 || write > 100 || depth < 1 || depth > 4096 || !(seconds > 0 && seconds <= 86_400)) {
            throw new IllegalArgumentException(
                    "--write is 0 to 100, --depth 1 to 4096, --seconds more than 0 and at most 86400");
        }
        if (write > 0 && !destroy) {
            throw new IllegalArgumentException(
                    "--write overwrites the disk " + address + "; add --destroy if you mean it");
        }
        try (Session.Open open = session.open();
                AoeDisk disk = open.disk(address)) {
            Load.Result result =
                    new Load(disk, size.intValue(), write, sequential).run(depth, (long) (seconds * 1e9), seed);
            print(result, disk);
        }
        return ExitCode.OK.code;
    }

    private void print(Load.Result result, AoeDisk disk) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Histogram latency = result.latency();
        long repeated = disk.snapshot().paths().stream()
                .mapToLong(PathSnapshot::retransmissions)
                .sum();
        if (session.json()) {
            Json.print(out, json -> {
                json.writeStringField("target", address.toString());
                json.writeNumberField("requests", result.requests());
                json.writeNumberField("nanos", result.nanos());
                json.writeNumberField("requestBytes", size);
                json.writeNumberField("depth", depth);
                json.writeNumberField("writePercent", write);
                for (double p : new double[] {50, 90, 99, 99.9}) {
                    json.writeNumberField(
                            "p" + (p == 99.9 ? "999" : (int) p) + "Nanos", latency.getValueAtPercentile(p));
                }
                json.writeNumberField("maxNanos", latency.getMaxValue());
                json.writeNumberField("retransmissions", repeated);
            });
            return;
        }
        out.printf(
                Locale.ROOT,
                "%d requests of %s in %.1f s: %.0f/s, %s/s%n",
                result.requests(),
                Size.of(size),
                result.nanos() / 1e9,
                result.perSecond(),
                Size.of(result.perSecond() * size));
        out.printf(
                Locale.ROOT,
                "latency us: p50 %.1f, p90 %.1f, p99 %.1f, p99.9 %.1f, max %.1f; %d retransmissions%n",
                latency.getValueAtPercentile(50) / 1e3,
                latency.getValueAtPercentile(90) / 1e3,
                latency.getValueAtPercentile(99) / 1e3,
                latency.getValueAtPercentile(99.9) / 1e3,
                latency.getMaxValue() / 1e3,
                repeated);
    }
}
