package io.diskless.aoe.cli;

import io.diskless.aoe.AoeException;
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
        if (count < 1 || !(interval >= 0 && interval <= 86_400)) {
            throw new IllegalArgumentException("--count is 1 or more, --interval 0 to 86400 seconds");
        }
        Histogram nanos = new Histogram(TimeUnit.DAYS.toNanos(2), 3);
        Tally tally = new Tally();
        try (Session.Open open = session.open()) {
            TargetControl control = open.control(address);
            for (int i = 0; i < count; i++) {
                if (i > 0) {
                    pause((long) (interval * 1e9));
                }
                ask(control, i + 1, nanos, tally, out);
            }
        }
        print(out, nanos, tally);
        return tally.unanswered == 0 ? ExitCode.OK.code : ExitCode.NO_ANSWER.code;
    }

    /** What became of the queries. */
    private static final class Tally {
        /** Frames that a query took beyond its first, of those that were answered. */
        private int repeated;

        private int unanswered;
    }

    private void ask(TargetControl control, int number, Histogram nanos, Tally tally, PrintWriter out)
            throws IOException {
        long start = System.nanoTime();
        int asked;
        try {
            asked = Session.await(control.ping());
        } catch (AoeException e) {
            if (e.kind() != AoeException.Kind.TIMEOUT && e.kind() != AoeException.Kind.NO_TARGET) {
                throw e;
            }
            tally.unanswered++;
            if (!session.json()) {
                out.printf("%s: no answer %d: %s%n", address, number, ExitCode.line(e));
            }
            return;
        }
        long took = System.nanoTime() - start;
        nanos.recordValue(took);
        tally.repeated += asked - 1;
        if (!session.json()) {
            out.printf(
                    Locale.ROOT,
                    "%s: answer %d, %.3f ms%s%n",
                    address,
                    number,
                    took / 1e6,
                    asked == 1 ? "" : ", asked " + asked + " times");
        }
    }

    private void print(PrintWriter out, Histogram nanos, Tally tally) throws IOException {
        if (session.json()) {
            Json.print(out, json -> {
                json.writeStringField("target", address.toString());
                json.writeNumberField("queries", count);
                json.writeNumberField("answers", nanos.getTotalCount());
                json.writeNumberField("repeated", tally.repeated);
                json.writeNumberField("unanswered", tally.unanswered);
                if (nanos.getTotalCount() > 0) {
                    json.writeNumberField("minNanos", nanos.getMinValue());
                    json.writeNumberField("medianNanos", nanos.getValueAtPercentile(50));
                    json.writeNumberField("maxNanos", nanos.getMaxValue());
                }
            });
        } else {
            out.printf(
                    "%d queries, %d answers, %d unanswered, %d frames sent again%n",
                    count, nanos.getTotalCount(), tally.unanswered, tally.repeated);
        }
        if (!session.json() && nanos.getTotalCount() > 0) {
            out.printf(
                    Locale.ROOT,
                    "min/median/max %.3f/%.3f/%.3f ms%n",
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
