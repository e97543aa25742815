package io.diskless.benchmarks.load;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.session.NetOptions;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.HdrHistogram.Histogram;

/**
 * How soon pings are answered while everything else is busy: 64 KiB writes with a digest at depth 64, disks that take 1 ms for
 * each, and a thread that fills the heap. A kernel waits for 0.5 s. Not thread-safe.
 */
final class PingContest {
    private static final String PING = "io.diskless.drbd.Ping";
    private static final long SERVICE_NANOS = 1_000_000;
    private static final int BYTES = 64 << 10;
    private static final int DEPTH = 64;

    /** Garbage of so many bytes, of which so many pieces live at a time. */
    private static final int GARBAGE = 256 << 10;

    private static final int LIVING = 512;

    private final long size;
    private final int seconds;
    private volatile boolean over;

    PingContest(long size, int seconds) {
        this.size = size;
        this.seconds = seconds;
    }

    private void litter() {
        ArrayDeque<byte[]> living = new ArrayDeque<>();
        while (!over) {
            living.add(new byte[GARBAGE]);
            if (living.size() > LIVING) {
                living.remove();
            }
        }
    }

    void run(PrintWriter out) throws Exception {
        Path file = Files.createTempFile("pings", ".jfr");
        Thread litter = new Thread(this::litter, "litter");
        litter.setDaemon(true);
        try (BlockDevice near = new ServiceTimeDevice(MemoryDevice.create(size), SERVICE_NANOS, 1);
                BlockDevice far = new ServiceTimeDevice(MemoryDevice.create(size), SERVICE_NANOS, 2);
                ReplicaPair ours = new ReplicaPair(
                        near,
                        far,
                        NetOptions.builder().dataIntegrityAlg(DigestAlgorithm.SHA1),
                        Duration.ZERO,
                        // Whenever nothing was heard for a moment.
                        Duration.ofMillis(1),
                        Duration.ofMillis(500));
                Recording recording = new Recording()) {
            recording.enable(PING);
            recording.start();
            litter.start();
            DeviceLoad.Burst burst =
                    new DeviceLoad(List.of(ours.volume())).burst(DEPTH, BYTES, true, TimeUnit.SECONDS.toNanos(seconds));
            recording.stop();
            ours.check();
            recording.dump(file);
            Histogram pings = new Histogram(TimeUnit.MINUTES.toNanos(1), 2);
            for (RecordedEvent ping : RecordingFile.readAllEvents(file)) {
                if (ping.getEventType().getName().equals(PING)) {
                    pings.recordValue(ping.getDuration("latency").toNanos());
                }
            }
            out.printf(
                    Locale.ROOT,
                    "%npings under load: %d in %d s beside %d writes, none late (0.5 s): p50 %.2f ms, p99 %.2f ms,"
                            + " p99.9 %.2f ms, longest %.2f ms%n",
                    pings.getTotalCount(),
                    seconds,
                    burst.requests(),
                    pings.getValueAtPercentile(50) / 1e6,
                    pings.getValueAtPercentile(99) / 1e6,
                    pings.getValueAtPercentile(99.9) / 1e6,
                    pings.getMaxValue() / 1e6);
        } finally {
            over = true;
            Files.deleteIfExists(file);
        }
    }
}
