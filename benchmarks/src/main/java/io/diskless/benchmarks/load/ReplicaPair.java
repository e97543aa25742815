package io.diskless.benchmarks.load;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.DrbdOptions;
import io.diskless.drbd.session.DrbdResource;
import io.diskless.drbd.session.DrbdVolume;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.SyncOptions;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.VolumeState;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A Primary and its Secondary in this process, each with threads of its own, over TCP on the loopback. Both disks hold the
 * same data at first, and the meta-data lies in memory. Not thread-safe.
 */
final class ReplicaPair implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    /** Resync and verify as fast as they can. */
    private static final SyncOptions UNLIMITED = SyncOptions.fixed(Integer.MAX_VALUE / 2);

    private final DrbdTransport nearTransport;
    private final DrbdTransport farTransport;
    private final DrbdResource near;
    private final DrbdResource far;
    private volatile DrbdEvent.@Nullable ConnectionLost lost;

    /** Waits for a state of one side. */
    private static final class Waiting implements AutoCloseable {
        private final DrbdResource resource;
        private final BlockDevice.Subscription subscription;

        Waiting(DrbdResource resource) {
            this.resource = resource;
            subscription = resource.onEvent(e -> {
                synchronized (this) {
                    notifyAll();
                }
            });
        }

        synchronized void until(Predicate<VolumeState> wanted) throws InterruptedException, TimeoutException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!wanted.test(resource.state(0))) {
                // The state is changed before its event is told, but the sleep is short all the same.
                TimeUnit.NANOSECONDS.timedWait(this, Math.min(10_000_000L, Math.max(1, end - System.nanoTime())));
                if (System.nanoTime() - end > 0) {
                    throw new TimeoutException("stuck at " + resource.state(0));
                }
            }
        }

        @Override
        public void close() {
            subscription.close();
        }
    }

    /** A pair that is patient: on a busy machine a ping may be late, and mostly that is not what is measured. */
    ReplicaPair(BlockDevice nearDisk, BlockDevice farDisk, NetOptions.Builder net, Duration spin) throws Exception {
        this(nearDisk, farDisk, net, spin, Duration.ofSeconds(10), Duration.ofSeconds(20));
    }

    ReplicaPair(
            BlockDevice nearDisk,
            BlockDevice farDisk,
            NetOptions.Builder net,
            Duration spin,
            Duration pingInterval,
            Duration pingTimeout)
            throws Exception {
        nearTransport = DrbdTransport.tcp(1, ByteBufAllocator.DEFAULT, spin);
        farTransport = DrbdTransport.tcp(1, ByteBufAllocator.DEFAULT, spin);
        net.ping(pingInterval, pingTimeout);
        InetSocketAddress a = free();
        InetSocketAddress b = free();
        near = DrbdResource.open(options(a, b, nearTransport, nearDisk, net));
        far = DrbdResource.open(options(b, a, farTransport, farDisk, net));
        near.onEvent(this::watch);
        far.onEvent(this::watch);
        try {
            near.connect();
            far.connect();
            await(s -> s.connection() == ConnectionState.CONNECTED);
            near.skipInitialSync(0).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            await(ReplicaPair::isInSync);
            near.promote(false).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    private void watch(DrbdEvent event) {
        if (event instanceof DrbdEvent.ConnectionLost l && lost == null) {
            lost = l;
        }
    }

    private static boolean isInSync(VolumeState s) {
        return s.connection() == ConnectionState.CONNECTED
                && s.disk() == DiskState.UP_TO_DATE
                && s.peerDisk() == DiskState.UP_TO_DATE;
    }

    private static InetSocketAddress free() throws IOException {
        try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), s.getLocalPort());
        }
    }

    private static DrbdOptions options(
            InetSocketAddress own,
            InetSocketAddress peer,
            DrbdTransport transport,
            BlockDevice disk,
            NetOptions.Builder net) {
        return DrbdOptions.builder("contest")
                .addresses(own, peer)
                .transport(transport)
                .net(net.connectInterval(Duration.ofMillis(300))
                        .settle(Duration.ofMillis(20))
                        .build())
                .sync(UNLIMITED)
                .volume(VolumeOptions.volatileMeta(0, disk))
                .build();
    }

    /** Fails if what was measured was not replication: the connection must not have been lost for a moment. */
    void check() throws IOException {
        DrbdEvent.ConnectionLost l = lost;
        if (l != null || !isInSync(near.state(0)) || !isInSync(far.state(0))) {
            throw new IOException("the pair is at " + near.state(0) + " and " + far.state(0) + ", lost: " + l);
        }
    }

    /** Waits until nothing is compared or fetched any more, and then checks. */
    void settle() throws Exception {
        await(ReplicaPair::isInSync);
        check();
    }

    /** The Primary's volume. */
    DrbdVolume volume() {
        return near.volume(0);
    }

    DrbdResource near() {
        return near;
    }

    /** Waits until both sides are in a state. */
    void await(Predicate<VolumeState> wanted) throws Exception {
        try (Waiting n = new Waiting(near);
                Waiting f = new Waiting(far)) {
            n.until(wanted);
            f.until(wanted);
        }
    }

    /**
     * Makes the Secondary fetch everything.
     *
     * @return nanoseconds from the moment in which it became target to the one in which it had all
     */
    long resyncAll() throws Exception {
        long[] times = new long[2];
        BlockDevice.Subscription watching = far.onEvent(e -> {
            if (e instanceof DrbdEvent.StateChanged c) {
                synchronized (times) {
                    if (times[0] == 0 && c.after().connection() == ConnectionState.SYNC_TARGET) {
                        times[0] = System.nanoTime();
                    } else if (times[0] != 0 && times[1] == 0 && c.after().connection() == ConnectionState.CONNECTED) {
                        times[1] = System.nanoTime();
                    }
                }
            }
        });
        try {
            near.invalidateRemote(0).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            try (Waiting w = new Waiting(far)) {
                w.until(v -> {
                    synchronized (times) {
                        return times[1] != 0;
                    }
                });
            }
            await(ReplicaPair::isInSync);
        } finally {
            watching.close();
        }
        return times[1] - times[0];
    }

    @Override
    public void close() {
        near.close();
        far.close();
        nearTransport.close();
        farTransport.close();
    }
}
