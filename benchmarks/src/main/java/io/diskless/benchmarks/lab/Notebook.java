package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.report.LabResult;
import io.diskless.benchmarks.lab.report.Latency;
import io.diskless.benchmarks.lab.report.NodeReport;
import io.diskless.benchmarks.lab.report.Proof;
import io.diskless.benchmarks.lab.report.Stage;
import io.diskless.benchmarks.lab.site.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** What a run has found so far; good for a result at any moment, also of a run that ends early. Not thread-safe. */
final class Notebook {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double MICROS_PER_MILLI = 1000;

    private final List<Stage> stages = new ArrayList<>();
    private final List<Proof> proofs = new ArrayList<>();
    private final Map<String, NodeReport> nodes = new LinkedHashMap<>();
    private OptionalDouble failover = OptionalDouble.empty();
    private OptionalDouble pause = OptionalDouble.empty();
    private OptionalDouble resync = OptionalDouble.empty();
    private OptionalDouble resyncBytes = OptionalDouble.empty();
    private OptionalDouble requests = OptionalDouble.empty();
    private OptionalDouble retransmissions = OptionalDouble.empty();
    private String image = "none";
    private long imageBytes;

    void image(String description, long bytes) {
        image = description;
        imageBytes = bytes;
    }

    /** A stretch that moved bytes in order. */
    void transfer(String name, long nanos, long bytes) {
        stages.add(new Stage(name, nanos / NANOS_PER_SECOND, 0, bytes, Optional.empty(), Optional.empty()));
    }

    /** A stretch of load, as the writer tells of it. */
    Stage stage(String name, Message mark) {
        Stage stage = new Stage(
                name,
                mark.number("nanos") / NANOS_PER_SECOND,
                mark.number("operations"),
                mark.number("bytes"),
                latency(mark, "read."),
                latency(mark, "write."));
        stages.add(stage);
        return stage;
    }

    private static Optional<Latency> latency(Message mark, String prefix) {
        Latency latency = Latency.from(mark, prefix);
        return latency.count() == 0 ? Optional.empty() : Optional.of(latency);
    }

    void failover(long nanos) {
        failover = OptionalDouble.of(nanos / NANOS_PER_MILLI);
    }

    /** The longest wait of any request of the stage in which the node died. */
    void pause(Stage stage) {
        double reads = stage.reads().map(Latency::max).orElse(0.0);
        double writes = stage.writes().map(Latency::max).orElse(0.0);
        pause = OptionalDouble.of(Math.max(reads, writes) / MICROS_PER_MILLI);
    }

    void resync(long nanos, long bytes) {
        resync = OptionalDouble.of(nanos / NANOS_PER_SECOND);
        resyncBytes = OptionalDouble.of((double) bytes);
    }

    void traffic(long frames, long repeated) {
        requests = OptionalDouble.of((double) (frames - repeated));
        retransmissions = OptionalDouble.of((double) repeated);
    }

    void proof(String subject, String expected, String actual) {
        proofs.add(new Proof(subject, expected, actual));
    }

    /** Replaces what was said of the node before. */
    void node(String name, String role, boolean storage, String state, boolean good, String... facts) {
        nodes.put(name, new NodeReport(name, role, storage, state, good, List.of(facts)));
    }

    LabResult result(
            LabOptions options, String ethernet, boolean real, String remark, Optional<String> failure, long nanos) {
        return new LabResult(
                ethernet,
                real,
                remark,
                options.mtu(),
                options.seed(),
                image,
                imageBytes,
                options.loadBytes(),
                options.victim(),
                stages,
                new LabResult.Figures(failover, pause, resync, resyncBytes, requests, retransmissions),
                List.copyOf(nodes.values()),
                proofs,
                failure,
                nanos / NANOS_PER_SECOND);
    }
}
