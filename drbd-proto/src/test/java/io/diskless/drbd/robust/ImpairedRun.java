package io.diskless.drbd.robust;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.netty.LinkOptions;
import io.diskless.drbd.session.DrbdOptions;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.ReplicationProtocol;
import io.diskless.drbd.session.SyncOptions;
import io.diskless.drbd.session.VerifyReport;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.VolumeState;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.local.LocalAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Two replicas over a bad network with bad disks, random work on them, and at the end the comparison: of both with each
 * other, and of both with what the {@link ImpairedWork} was promised. Everything is drawn from one seed; the order in which threads meet is
 * not. Confined to the thread that runs it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What runs late ends a request, and that is counted.
final class ImpairedRun implements AutoCloseable {
    static final int SIZE = 512 << 10;
    private static final int META = 1 << 20;
    private static final ReplicationProtocol[] PROTOCOLS = {
        ReplicationProtocol.A, ReplicationProtocol.B, ReplicationProtocol.C
    };
    private static final int[] VERSIONS = {86, 87, 88, 89, 90, 91, 94, 95, 96, 97, 100, 101};

    /** Nothing at all happens for so long: stuck. */
    private static final Duration PATIENCE = Duration.ofSeconds(Integer.getInteger("diskless.patience", 60));

    /** So many events without getting there: turning in circles. */
    private static final long MOST_EVENTS = 200_000;

    private static final AtomicLong NUMBER = new AtomicLong();

    private final long seed;
    private final SplittableRandom random;
    private final ImpairedWire wire;
    private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true, false);
    private final DrbdTransport transport;
    private final ScheduledExecutorService timer;
    private final ImpairedWork work;
    private final ReplicationProtocol protocol;
    private final int version;
    private final boolean onExecutor;
    private final NetOptions net;
    final Replica a;
    final Replica b;
    private Replica primary;
    private Replica secondary;
    private String doing = "begin";

    ImpairedRun(long seed, ScheduledExecutorService timer) {
        this.seed = seed;
        this.timer = timer;
        random = new SplittableRandom(seed);
        work = new ImpairedWork(random);
        wire = new ImpairedWire(random.nextLong());
        transport = DrbdTransport.inMemory(memory, wire::tap);
        version = VERSIONS[random.nextInt(VERSIONS.length)];
        protocol = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
        onExecutor = random.nextInt(3) == 0;
        net = net();
        long n = NUMBER.incrementAndGet();
        LocalAddress here = new LocalAddress("impaired-a" + n);
        LocalAddress there = new LocalAddress("impaired-b" + n);
        boolean listens = random.nextBoolean();
        LinkOptions.Mode modeA = listens ? LinkOptions.Mode.LISTEN : LinkOptions.Mode.BOTH;
        LinkOptions.Mode modeB = listens ? LinkOptions.Mode.CONNECT : LinkOptions.Mode.BOTH;
        a = replica("a", here, there, modeA);
        b = replica("b", there, here, modeB);
        primary = a;
        secondary = b;
    }

    private NetOptions net() {
        NetOptions.Builder o = NetOptions.builder()
                .versions(version, version)
                .protocol(protocol)
                .ping(Duration.ofSeconds(20), Duration.ofSeconds(40))
                .connectInterval(Duration.ofMillis(15))
                .settle(Duration.ofMillis(1))
                .maxEpochSize(random.nextBoolean() ? 2048 : 1 + random.nextInt(4))
                .features(random.nextBoolean() ? Dialect.FF_TRIM | Dialect.FF_WZEROES : random.nextInt(1 << 4))
                .verifyAlg(DigestAlgorithm.CRC32C);
        if (random.nextInt(3) == 0) {
            o.dataIntegrityAlg(DigestAlgorithm.CRC32C);
        }
        if (random.nextInt(3) == 0) {
            o.csumsAlg(DigestAlgorithm.MD5);
        }
        return o.build();
    }

    private Replica replica(String name, LocalAddress here, LocalAddress there, LinkOptions.Mode mode) {
        BlockDevice data = MemoryDevice.create(SIZE);
        BlockDevice meta = MemoryDevice.create(META);
        Replica.format(data, meta);
        long own = random.nextLong();
        NetOptions its = net.toBuilder().connectMode(mode).build();
        return new Replica(
                name,
                o -> {
                    DrbdOptions.Builder full = o.addresses(here, there)
                            .transport(transport)
                            .net(its)
                            .sync(new SyncOptions(250, 20, 10, 100, 1_000_000))
                            .random(new Random(own));
                    return onExecutor ? full.executor(timer) : full;
                },
                data,
                meta);
    }

    /** The whole of it. */
    void run(int steps) {
        try {
            begin();
            for (int i = 0; i < steps; i++) {
                step();
            }
            end();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(e.getMessage() + described(), e);
        }
    }

    private String described() {
        return "\nseed " + seed + ", protocol " + protocol + " version " + version + ", doing " + doing + ", "
                + work.open() + " requests open" + a.history() + b.history();
    }

    private void begin() {
        a.resource().connect();
        b.resource().connect();
        until("first Primary", () -> {
            if (!primary.isPrimary()) {
                give(primary.resource().promote(true));
            }
            return primary.isPrimary();
        });
    }

    /** Waits while anything happens at all. */
    private void until(String what, BooleanSupplier reached) {
        doing = what;
        long first = events();
        long seen = first;
        long since = System.nanoTime();
        while (!reached.getAsBoolean()) {
            check();
            long now = events();
            if (now != seen) {
                seen = now;
                since = System.nanoTime();
            }
            if (System.nanoTime() - since > PATIENCE.toNanos()) {
                throw new AssertionError("stuck at: " + what);
            }
            if (now - first > MOST_EVENTS) {
                throw new AssertionError("in circles at: " + what);
            }
            pause();
        }
    }

    private long events() {
        return a.happened.get() + b.happened.get() + work.ended();
    }

    private static void pause() {
        try {
            TimeUnit.MICROSECONDS.sleep(300);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void check() {
        String wrong = work.mistakes();
        if (!wrong.isEmpty()) {
            throw new AssertionError(wrong);
        }
    }

    /** A wish that may be refused; what counts is that it ends. */
    private void give(CompletableFuture<?> wish) {
        try {
            wish.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            // Refused, or the connection was lost over it.
        } catch (TimeoutException e) {
            throw new AssertionError("a wish is neither granted nor refused", e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void step() {
        check();
        doing = "work";
        switch (random.nextInt(40)) {
            case 0 -> wire.cut();
            case 1 -> {
                Replica r = random.nextBoolean() ? a : b;
                doing = "disconnect of " + r.name;
                give(r.resource().disconnect());
                some(3);
                connectAll();
            }
            case 2, 3 -> swap();
            case 4 -> {
                doing = "invalidate";
                VolumeState s = primary.state();
                if (s.disk().isAtLeast(s.peerDisk()) && primary.isGood()) {
                    give(
                            random.nextBoolean()
                                    ? secondary.resource().invalidate(0)
                                    : primary.resource().invalidateRemote(0));
                }
            }
            case 5 -> verify();
            case 6 -> {
                doing = "detach";
                // Whoever gives the last good copy up knows what he does.
                if (both(s -> s.connection() == ConnectionState.CONNECTED) && a.isGood() && b.isGood()) {
                    give((random.nextBoolean() ? secondary : primary).resource().detach(0));
                }
            }
            case 7 -> breakDisk();
            case 8 -> slowDisk(random.nextBoolean() ? a : b);
            case 9 -> heal();
            default -> some(1 + random.nextInt(6));
        }
    }

    private boolean both(java.util.function.Predicate<VolumeState> wanted) {
        return wanted.test(a.state()) && wanted.test(b.state());
    }

    private void some(int requests) {
        for (int i = 0; i < requests; i++) {
            work.one(primary);
        }
    }

    private void connectAll() {
        a.resource().connect();
        b.resource().connect();
    }

    /** The other side becomes Primary, if both are in sync. */
    private void swap() {
        doing = "swap";
        if (!both(s -> s.connection() == ConnectionState.CONNECTED) || !a.isGood() || !b.isGood()) {
            return;
        }
        give(primary.resource().demote());
        // The word of the demotion comes behind the last write.
        String want = "cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate";
        until(
                "both Secondary",
                () -> secondary.state().toString().startsWith(want)
                        || !secondary.state().connection().isAtLeast(ConnectionState.CONNECTED)
                        || !secondary.isGood());
        if (secondary.state().toString().startsWith(want)) {
            Replica other = primary;
            primary = secondary;
            secondary = other;
        }
        promote();
    }

    private void promote() {
        give(primary.resource().promote(false));
    }

    private void verify() {
        if (version < 88 || !both(s -> s.connection() == ConnectionState.CONNECTED) || !a.isGood() || !b.isGood()) {
            return;
        }
        doing = "verify";
        CompletableFuture<VerifyReport> report =
                (random.nextBoolean() ? a : b).resource().verify(0, 0, Long.MAX_VALUE);
        some(2);
        give(report);
        if (!report.isCompletedExceptionally() && !report.join().differing().isEmpty()) {
            throw new AssertionError("the replicas differ: " + report.join());
        }
    }

    private void breakDisk() {
        if (a.isGood() && b.isGood()) {
            doing = "broken disk";
            FaultyDevice disk = (random.nextBoolean() ? a : b).disk();
            int first = random.nextInt(SIZE / 512);
            disk.fail(BlockException.Kind.MEDIUM, first * 512L, random.nextInt(1 << 16))
                    .times(1);
        }
    }

    private void slowDisk(Replica r) {
        SplittableRandom own = random.split();
        FaultyDevice.Scheduler later = (work, nanos) -> timer.schedule(work, nanos, TimeUnit.NANOSECONDS);
        (random.nextInt(3) == 0 ? r.metaDisk() : r.disk())
                .delay(
                        () -> {
                            synchronized (own) {
                                return own.nextInt(3) == 0 ? own.nextInt(2_000_000) : 0;
                            }
                        },
                        later);
    }

    /** Whoever lost his disk comes back with it. */
    private void heal() {
        doing = "heal";
        for (Replica r : List.of(a, b)) {
            if (r.isDiskless()) {
                doing = "restart of " + r.name;
                r.restart();
                r.resource().connect();
            }
        }
        promote();
    }

    private void end() {
        wire.calm();
        wire.cut();
        connectAll();
        until("all requests ended", () -> work.open() == 0);
        until("both good and connected", () -> {
            for (Replica r : List.of(a, b)) {
                if (r.isDiskless()) {
                    r.restart();
                }
                r.resource().connect();
            }
            return both(s -> s.connection() == ConnectionState.CONNECTED) && a.isGood() && b.isGood();
        });
        if (primary.isPrimary()) {
            give(primary.resource().demote());
            until("demoted", () -> secondary.state().toString().contains("ro:Secondary/Secondary"));
        }
        doing = "compare";
        byte[] one = a.content(SIZE);
        byte[] two = b.content(SIZE);
        int differs = Arrays.mismatch(one, two);
        if (differs >= 0) {
            throw new AssertionError("the replicas differ at byte " + differs + ", sector " + differs / 512 + ": "
                    + ByteBuffer.wrap(one).getLong(differs & ~7) + " at a, "
                    + ByteBuffer.wrap(two).getLong(differs & ~7) + " at b");
        }
        String wrong = work.lost(one);
        if (!wrong.isEmpty()) {
            throw new AssertionError("a write was lost: " + wrong);
        }
        check();
    }

    @Override
    public void close() {
        a.close();
        b.close();
        transport.close();
    }

    /** Bytes of buffers that nobody released; asked for behind {@link #close}. */
    long leaked() {
        long since = System.nanoTime();
        while (bytes() != 0 && System.nanoTime() - since < PATIENCE.toNanos()) {
            pause();
        }
        return bytes();
    }

    private long bytes() {
        return memory.metric().usedDirectMemory() + memory.metric().usedHeapMemory();
    }
}
