package io.diskless.drbd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.DrbdOptions;
import io.diskless.drbd.session.DrbdResource;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.testkit.BackingDisk;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.testkit.Lan;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.VolumeState;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Our side of a resource whose other side is a kernel: one volume in memory, and all that happened to it. */
final class JavaPeer implements AutoCloseable {

    static final int PORT = 7789;

    private final DrbdTransport transport = DrbdTransport.tcp();
    private final MemoryDevice disk;
    private final DrbdResource resource;
    private final List<DrbdEvent> events = new CopyOnWriteArrayList<>();

    private JavaPeer(
            KernelNode kernel,
            MemoryDevice disk,
            VolumeOptions volume,
            NetOptions net,
            UnaryOperator<DrbdOptions.Builder> more)
            throws Exception {
        this.disk = disk;
        resource = DrbdResource.open(more.apply(DrbdOptions.builder("r1")
                        .addresses(
                                new InetSocketAddress(Lan.host(), PORT), new InetSocketAddress(kernel.address(), PORT))
                        .transport(transport)
                        .net(net)
                        .volume(volume))
                .build());
        resource.onEvent(event -> {
            events.add(event);
            synchronized (events) {
                events.notifyAll();
            }
        });
    }

    /** A peer with an empty disk of that many bytes, which looks for the kernel. */
    static JavaPeer connect(KernelNode kernel, long size, NetOptions.Builder net) throws Exception {
        return connect(kernel, MemoryDevice.create(size), net, options -> options);
    }

    /** A peer with that disk, which looks for the kernel. */
    static JavaPeer connect(
            KernelNode kernel, MemoryDevice disk, NetOptions.Builder net, UnaryOperator<DrbdOptions.Builder> more)
            throws Exception {
        return connect(kernel, disk, VolumeOptions.volatileMeta(0, disk), net, more);
    }

    /** A peer with that volume, which lies on that disk if it has one, and which looks for the kernel. */
    static JavaPeer connect(
            KernelNode kernel,
            MemoryDevice disk,
            VolumeOptions volume,
            NetOptions.Builder net,
            UnaryOperator<DrbdOptions.Builder> more)
            throws Exception {
        // An emulated guest on a busy machine may be late, and a shorter interval makes retries quicker.
        JavaPeer peer = new JavaPeer(
                kernel,
                disk,
                volume,
                net.connectInterval(Duration.ofSeconds(1))
                        .ping(Duration.ofSeconds(10), Duration.ofSeconds(15))
                        .settle(Duration.ofMillis(500))
                        .build(),
                more);
        peer.resource.connect();
        return peer;
    }

    /**
     * Brings up both sides with equal data, zeroes, and waits until both know that it is. The kernel's half is its first
     * disk, cut to our size.
     */
    static JavaPeer inSync(KernelNode kernel, MemoryDevice disk, String words, NetOptions.Builder net)
            throws Exception {
        return inSync(kernel, disk, words, net, options -> options);
    }

    /** The same with more options of ours. */
    static JavaPeer inSync(
            KernelNode kernel,
            MemoryDevice disk,
            String words,
            NetOptions.Builder net,
            UnaryOperator<DrbdOptions.Builder> more)
            throws Exception {
        kernel.configure(conf(
                kernel,
                "protocol C; connect-int 1; " + words,
                "size " + (disk.geometry().size() >> 10) + "K; resync-rate 100M; c-plan-ahead 0; c-min-rate 0;"));
        kernel.createAndUp("r1");
        JavaPeer peer = connect(kernel, disk, net, more);
        try {
            kernel.await(1, "Connected", "Inconsistent/Inconsistent");
            kernel.drbdadm("new-current-uuid --clear-bitmap r1/0");
            kernel.await(1, "Connected", "UpToDate/UpToDate");
            peer.await(ConnectionState.CONNECTED, DiskState.UP_TO_DATE, DiskState.UP_TO_DATE);
        } catch (RuntimeException | Error e) {
            peer.close();
            throw e;
        }
        return peer;
    }

    /** Waits until both sides are connected and hold good data. */
    void awaitInSync(KernelNode kernel) {
        kernel.await(1, "Connected", "UpToDate/UpToDate");
        await(ConnectionState.CONNECTED, DiskState.UP_TO_DATE, DiskState.UP_TO_DATE);
    }

    /** What the kernel's configuration says of both, with these words in its net and disk sections. */
    static String conf(KernelNode kernel, String net, String disk) {
        return """
                resource r1 {
                  net { %s }
                  disk { %s }
                  on %s { device /dev/drbd1; disk /dev/vda; flexible-meta-disk /dev/vdb; address %s:%d; }
                  on java { device /dev/drbd1; disk /dev/null; flexible-meta-disk /dev/null; address %s:%d; }
                }
                """.formatted(net, disk, kernel.name(), kernel.address(), PORT, Lan.HOST, PORT);
    }

    DrbdResource resource() {
        return resource;
    }

    MemoryDevice disk() {
        return disk;
    }

    BlockDevice volume() {
        return resource.volume(0);
    }

    List<DrbdEvent> events() {
        return List.copyOf(events);
    }

    VolumeState state() {
        return resource.state(0);
    }

    /** Waits until the volume is in such a state; on the way it looks after each event. */
    VolumeState await(String what, Predicate<VolumeState> wanted) {
        long deadline = System.nanoTime() + KernelNode.PATIENCE.toNanos();
        synchronized (events) {
            while (!wanted.test(state())) {
                pause(deadline, what);
            }
        }
        return state();
    }

    VolumeState await(ConnectionState connection, DiskState ours, DiskState theirs) {
        return await(
                connection + " " + ours + "/" + theirs,
                s -> s.connection() == connection && s.disk() == ours && s.peerDisk() == theirs);
    }

    /** Waits until that many events of a kind have come, and returns them. */
    <E extends DrbdEvent> List<E> awaitEvents(Class<E> kind, int times, Predicate<E> wanted) {
        long deadline = System.nanoTime() + KernelNode.PATIENCE.toNanos();
        synchronized (events) {
            while (true) {
                List<E> found = events.stream()
                        .filter(kind::isInstance)
                        .map(kind::cast)
                        .filter(wanted)
                        .toList();
                if (found.size() >= times) {
                    return found;
                }
                pause(deadline, times + " of " + kind.getSimpleName());
            }
        }
    }

    private void pause(long deadline, String what) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw new AssertionError("we never came to: " + what + "\nwe are at: " + state() + "\nevents: " + log());
        }
        try {
            TimeUnit.NANOSECONDS.timedWait(events, Math.min(left, 200_000_000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + what, e);
        }
    }

    /** Waits for the end of something asked for, which must succeed. */
    <T> T done(Future<T> asked) throws ExecutionException, InterruptedException {
        try {
            return asked.get(KernelNode.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("never done; we are at: " + state() + "\nevents: " + log(), e);
        }
    }

    /** What happened, one line each. */
    String log() {
        StringBuilder all = new StringBuilder();
        events.forEach(event -> all.append("\n  ").append(event));
        return all.toString();
    }

    /** Compares our disk with a kernel's, block by block. */
    void holdsTheSameAs(BackingDisk theirs) throws BlockException {
        holdsTheSame(disk, theirs);
    }

    /** Compares all of a disk of ours with a kernel's, block by block. */
    static void holdsTheSame(BlockDevice disk, BackingDisk theirs) throws BlockException {
        holdsTheSame(disk, theirs, 0, disk.geometry().size());
    }

    /** Compares a range of a disk of ours with a kernel's, block by block. */
    static void holdsTheSame(BlockDevice disk, BackingDisk theirs, long from, long to) throws BlockException {
        for (long at = from; at < to; at += BackingDisk.BLOCK) {
            int length = (int) Math.min(BackingDisk.BLOCK, to - at);
            ByteBuffer ours = ByteBuffer.allocate(length);
            disk.read(at, ours);
            assertThat(ours.array()).as("block %d", at / BackingDisk.BLOCK).isEqualTo(theirs.read(at, length));
        }
    }

    @Override
    public void close() {
        resource.abort();
        transport.close();
        disk.close();
    }
}
