package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.wire.ConnectionState;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pings are answered while disks are slow, digests are computed and the heap is busy: with {@code -Ddiskless.long=true} for a
 * minute with the kernel's time-out of 0.5 s, else for a moment with one that asks nothing of the machine.
 */
@Timeout(300)
class PingUnderLoadTest {
    private static final boolean LONG = Boolean.getBoolean("diskless.long");
    private static final Duration PATIENCE = LONG ? Duration.ofMillis(500) : Duration.ofSeconds(60);
    private static final long LASTS = TimeUnit.SECONDS.toNanos(LONG ? 60 : 1);
    private static final String PING = "io.diskless.drbd.Ping";
    private static final int DEPTH = 64;
    private static final int BLOCK = 16 << 10;
    private static final long SIZE = (long) DEPTH * BLOCK;

    @TempDir
    Path directory;

    private final ExecutorService disks = Executors.newFixedThreadPool(8);
    private final List<DrbdEvent.ConnectionLost> lost = new CopyOnWriteArrayList<>();
    private volatile boolean over;

    /** Takes its caller 2 ms for whatever it is asked for. */
    private static BlockDevice slow(BlockDevice device) {
        return (BlockDevice) Proxy.newProxyInstance(
                BlockDevice.class.getClassLoader(), new Class<?>[] {BlockDevice.class}, (proxy, method, args) -> {
                    if (method.getReturnType() == void.class
                            && !method.getName().equals("close")) {
                        LockSupport.parkNanos(2_000_000);
                    }
                    try {
                        return method.invoke(device, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static InetSocketAddress free() throws Exception {
        try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), s.getLocalPort());
        }
    }

    private DrbdResource open(DrbdTransport transport, InetSocketAddress own, InetSocketAddress peer) throws Exception {
        DrbdResource resource = DrbdResource.open(DrbdOptions.builder("pinged")
                .addresses(own, peer)
                .transport(transport)
                .executor(disks)
                .sync(SyncOptions.fixed(1 << 20))
                .net(NetOptions.builder()
                        // Asked whenever nothing was heard for a moment: traffic alone would do for an answer.
                        .ping(Duration.ofMillis(1), PATIENCE)
                        .dataIntegrityAlg(DigestAlgorithm.SHA1)
                        .connectInterval(Duration.ofMillis(300))
                        .settle(Duration.ofMillis(20))
                        .build())
                .volume(VolumeOptions.volatileMeta(0, slow(MemoryDevice.create(SIZE))))
                .build());
        resource.onEvent(e -> {
            if (e instanceof DrbdEvent.ConnectionLost l && !over) {
                lost.add(l);
            }
        });
        return resource;
    }

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

    /** One write after the other, in a part of the volume that is its own, until the time is over. */
    private static final class Slot implements Completion {
        private final DrbdVolume volume;
        private final long at;
        private final long end;
        private final AtomicLong written;
        private final CountDownLatch ended;
        private final ByteBuffer data = ByteBuffer.allocateDirect(BLOCK);

        Slot(DrbdVolume volume, int number, long end, AtomicLong written, CountDownLatch ended) {
            this.volume = volume;
            this.at = (long) number * BLOCK;
            this.end = end;
            this.written = written;
            this.ended = ended;
        }

        @Override
        public void completed() {
            written.incrementAndGet();
            if (System.nanoTime() - end < 0) {
                volume.write(at, data, 0, this);
            } else {
                ended.countDown();
            }
        }

        @Override
        public void failed(BlockException cause) {
            ended.countDown();
        }
    }

    @Test
    void noPingIsLateWhileDisksAndHeapAreBusy() throws Exception {
        InetSocketAddress a = free();
        InetSocketAddress b = free();
        AtomicLong written = new AtomicLong();
        Thread litter = new Thread(this::litter, "litter");
        Path file = directory.resolve("pings.jfr");
        try (DrbdTransport near = DrbdTransport.tcp();
                DrbdTransport far = DrbdTransport.tcp();
                DrbdResource primary = open(near, a, b);
                DrbdResource secondary = open(far, b, a);
                Recording recording = new Recording()) {
            recording.enable(PING);
            primary.connect();
            secondary.connect();
            Awaitility.await()
                    .atMost(Pair.PATIENCE)
                    .until(() -> primary.state(0).connection() == ConnectionState.CONNECTED
                            && secondary.state(0).connection() == ConnectionState.CONNECTED);
            primary.skipInitialSync(0).get(60, TimeUnit.SECONDS);
            primary.promote(false).get(60, TimeUnit.SECONDS);
            recording.start();
            litter.start();
            CountDownLatch ended = new CountDownLatch(DEPTH);
            long end = System.nanoTime() + LASTS;
            for (int i = 0; i < DEPTH; i++) {
                new Slot(primary.volume(0), i, end, written, ended).completed();
            }
            ended.await();
            // A resync asks for an answer at its end, if nobody did before.
            primary.invalidateRemote(0).get(60, TimeUnit.SECONDS);
            Awaitility.await()
                    .atMost(Pair.PATIENCE)
                    .until(() -> primary.state(0).toString().contains("cs:Connected")
                            && secondary.state(0).toString().contains("ds:UpToDate/UpToDate"));
            recording.stop();
            recording.dump(file);
            over = true;
        } finally {
            over = true;
            disks.shutdown();
        }
        litter.join();

        assertThat(lost).isEmpty();
        assertThat(written.get()).isGreaterThan(DEPTH);
        List<RecordedEvent> pings = RecordingFile.readAllEvents(file).stream()
                .filter(e -> e.getEventType().getName().equals(PING))
                .toList();
        assertThat(pings)
                .isNotEmpty()
                .allSatisfy(p -> assertThat(p.getDuration("latency")).isBetween(Duration.ZERO, PATIENCE));
    }
}
