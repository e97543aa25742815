package io.diskless.aoe.cli;

import io.diskless.aoe.initiator.TargetControl;
import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Round trips of config queries. */
@Command(name = "ping", description = "Measure round trips to a target with config queries.")
final class PingCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private Session session = new Session();

    @Parameters(paramLabel = "SHELF.SLOT", description = "Such as e0.1.")
    private AoeAddress address = new AoeAddress(0, 0);

    @Option(
            names = {"-c", "--count"},
            description = "How many. Default: ${DEFAULT-VALUE}.")
    private int count = 4;

    @Option(names = "--interval", paramLabel = "SECONDS", description = "Between them. Default: ${DEFAULT-VALUE}.")
    private double interval = 0.2;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        Histogram nanos = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
        try (Session.Open open = session.open()) {
            TargetControl control = open.control(address, session.patience());
            for (int i = 0; i < count; i++) {
                if (i > 0) {
                    pause((long) (interval * 1e9));
                }
                long start = System.nanoTime();
                byte[] config = Session.await(control.config());
                long took = System.nanoTime() - start;
                nanos.recordValue(took);
                if (!session.json()) {
                    out.printf(
                            Locale.ROOT,
                            "%s: answer %d, %d bytes of config string, %.3f ms%n",
                            address,
                            i + 1,
                            config.length,
                            took / 1e6);
                }
            }
        }
        print(out, nanos);
        return ExitCode.OK.code;
    }

    private void print(PrintWriter out, Histogram nanos) throws IOException {
        if (session.json()) {
            Json.print(out, json -> {
                json.writeStringField("target", address.toString());
                json.writeNumberField("answers", nanos.getTotalCount());
                json.writeNumberField("minNanos", nanos.getMinValue());
                json.writeNumberField("medianNanos", nanos.getValueAtPercentile(50));
                json.writeNumberField("maxNanos", nanos.getMaxValue());
            });
        } else {
            out.printf(
                    Locale.ROOT,
                    "%d answers, min/median/max %.3f/%.3f/%.3f ms%n",
                    nanos.getTotalCount(),
                    nanos.getMinValue() / 1e6,
                    nanos.getValueAtPercentile(50) / 1e6,
                    nanos.getMaxValue() / 1e6);
        }
    }

    private static void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0 && !Thread.currentThread().isInterrupted(); left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
