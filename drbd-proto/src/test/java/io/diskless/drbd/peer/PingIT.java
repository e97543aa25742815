package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * A kernel's pings are answered while our disk is slow, all data is digested and the heap is busy: with
 * {@code -Ddiskless.long=true} for a minute with the kernel's own time-out of 0.5 s, else for a few of the kernel's
 * intervals with one that asks nothing of the machine. How long our pings took at the kernel is reported.
 */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class PingIT {
    private static final boolean LONG = Boolean.getBoolean("diskless.long");
    private static final int SIZE = 4 << 20;
    private static final int SECONDS = LONG ? 60 : 5;
    private static final String PING = "io.diskless.drbd.Ping";

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    @TempDir
    Path directory;

    private final KernelNode kernel = KernelNode.alice();
    private volatile boolean over;

    /** Keeps 64 MiB and throws away as much as it can. */
    private void litter() {
        ArrayDeque<byte[]> kept = new ArrayDeque<>();
        while (!over) {
            kept.add(new byte[256 << 10]);
            if (kept.size() > 256) {
                kept.remove();
            }
        }
    }

    /** Most operations take some milliseconds; some so long that the kernel hears nothing for more than its ping-int. */
    private static long nanos() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return TimeUnit.MILLISECONDS.toNanos(random.nextInt(300) == 0 ? 1500 : random.nextInt(8));
    }

    @Test
    void noPingOfTheKernelIsLate(TestReporter reporter) throws Exception {
        String patience = LONG ? "" : "ping-timeout 100; ";
        kernel.configure(JavaPeer.conf(
                kernel,
                "protocol C; connect-int 1; data-integrity-alg sha1; timeout 300; ping-int 1; " + patience,
                "size " + (SIZE >> 10) + "K;"));
        kernel.createAndUp("r1");
        ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
        AutoCloseable end = timer::shutdownNow;
        cleanup.add(end);
        MemoryDevice disk = MemoryDevice.create(SIZE);
        FaultyDevice slow = FaultyDevice.of(disk);
        JavaPeer java = cleanup.add(JavaPeer.connect(
                kernel,
                disk,
                VolumeOptions.volatileMeta(0, slow),
                NetOptions.builder(),
                o -> o.net(NetOptions.builder()
                        .dataIntegrityAlg(DigestAlgorithm.SHA1)
                        .connectInterval(Duration.ofSeconds(1))
                        .ping(Duration.ofMillis(5), Duration.ofSeconds(30))
                        .settle(Duration.ofMillis(500))
                        .build())));
        kernel.await(1, "Connected", "Inconsistent/Inconsistent");
        kernel.drbdadm("new-current-uuid --clear-bitmap r1/0");
        java.await(ConnectionState.CONNECTED, DiskState.UP_TO_DATE, DiskState.UP_TO_DATE);
        kernel.drbdadm("primary r1");
        kernel.kernelLog();
        slow.delay(PingIT::nanos, (work, after) -> {
            var unused = timer.schedule(work, after, TimeUnit.NANOSECONDS);
        });
        Thread litter = new Thread(this::litter, "litter");
        Path file = directory.resolve("pings.jfr");
        try (Recording recording = new Recording()) {
            recording.enable(PING);
            recording.start();
            litter.start();
            kernel.must("i=0; end=$(($(cut -d. -f1 /proc/uptime) + " + SECONDS + "));"
                    + " while [ $(cut -d. -f1 /proc/uptime) -lt $end ]; do for j in 0 1 2 3; do"
                    + " dd if=/dev/urandom of=/dev/drbd1 bs=16k count=64 seek=$((j * 64)) oflag=direct 2>/dev/null & done;"
                    + " wait; done");
            recording.stop();
            recording.dump(file);
        } finally {
            over = true;
        }
        litter.join();

        assertThat(kernel.kernelLog()).doesNotContain("PingAck did not arrive").doesNotContain("NetworkFailure");
        assertThat(java.events()).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
        List<Long> micros = RecordingFile.readAllEvents(file).stream()
                .map(e -> e.getDuration("latency").toNanos() / 1000)
                .sorted()
                .toList();
        assertThat(micros).hasSizeGreaterThan(SECONDS);
        StringBuilder words = new StringBuilder(micros.size() + " pings, answered by the kernel in us:");
        for (double p : new double[] {50, 99, 99.9, 100}) {
            int at = (int) Math.ceil(micros.size() * p / 100) - 1;
            words.append(" p").append(p).append(' ').append(micros.get(Math.max(0, at)));
        }
        reporter.publishEntry(words.toString());
        java.holdsTheSameAs(kernel.disk(0));
    }
}
