package io.diskless.drbd.robust;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.PowerCut;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.netty.LinkOptions;
import io.diskless.drbd.session.DrbdOptions;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.ReplicationProtocol;
import io.diskless.drbd.session.SyncOptions;
import io.diskless.drbd.wire.ConnectionState;
import io.netty.channel.local.LocalAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * The life of a pair, with all four devices on one power supply: both in sync, one Primary alone, a resync, the other one
 * Primary, a restart. Afterwards the power is cut at moments of that life, and what is left of the two sides is put together
 * again. Each sector holds the number of the write that wrote it last; the writes to a sector come one after the other.
 * Not thread-safe.
 */
final class PairCrashRun implements AutoCloseable {
    /** Whose power is cut; the process of the other one is killed, and its disk keeps all that was written. */
    enum Victim {
        A,
        B,
        BOTH;

        boolean has(int device) {
            return this == BOTH || (device < 2) == (this == A);
        }
    }

    private static final int SECTOR = 512;
    private static final int SECTORS = 256;
    private static final int SIZE = SECTORS * SECTOR;
    private static final int META = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(Integer.getInteger("diskless.patience", 60));
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private record Begun(int first, int count, long number) {}

    private record Acked(int first, int count, long number) {}

    private record Flushed() {}

    /** From here on, one side is Primary; and whether the other one gets what it writes. */
    private record Phase(boolean primaryIsA, boolean replicating) {}

    private final SplittableRandom random;
    private final ReplicationProtocol protocol;
    private final DrbdTransport transport = DrbdTransport.inMemory();
    private final PowerCut power = new PowerCut();
    private long number;

    PairCrashRun(long seed, ReplicationProtocol protocol) {
        random = new SplittableRandom(seed);
        this.protocol = protocol;
    }

    private List<Replica> open(BlockDevice dataA, BlockDevice metaA, BlockDevice dataB, BlockDevice metaB) {
        int n = NUMBER.incrementAndGet();
        LocalAddress here = new LocalAddress("crash-a" + n);
        LocalAddress there = new LocalAddress("crash-b" + n);
        Replica a = replica("a", here, there, LinkOptions.Mode.LISTEN, dataA, metaA);
        return List.of(a, replica("b", there, here, LinkOptions.Mode.CONNECT, dataB, metaB));
    }

    private Replica replica(
            String name,
            LocalAddress mine,
            LocalAddress theirs,
            LinkOptions.Mode mode,
            BlockDevice data,
            BlockDevice meta) {
        NetOptions net = NetOptions.builder()
                .protocol(protocol)
                .ping(Duration.ofSeconds(20), Duration.ofSeconds(40))
                .connectInterval(Duration.ofMillis(10))
                .settle(Duration.ofMillis(1))
                .maxEpochSize(3)
                .connectMode(mode)
                .build();
        Random own = new Random(random.nextLong());
        return new Replica(
                name,
                o -> {
                    DrbdOptions.Builder full =
                            o.addresses(mine, theirs).transport(transport).net(net);
                    return full.sync(new SyncOptions(250, 20, 10, 100, 1_000_000))
                            .random(own);
                },
                data,
                meta);
    }

    /** Lives that life once, and remembers it. */
    void record() throws Exception {
        BlockDevice dataA = power.device(SIZE);
        BlockDevice metaA = power.device(META);
        BlockDevice dataB = power.device(SIZE);
        BlockDevice metaB = power.device(META);
        Replica.format(dataA, metaA);
        Replica.format(dataB, metaB);
        List<Replica> both = open(dataA, metaA, dataB, metaB);
        Replica a = both.get(0);
        Replica b = both.get(1);
        try {
            connect(both);
            await("connected", both, () -> isConnected(both));
            ok(a.resource().skipInitialSync(0));
            await("no initial sync", both, () -> isGood(both));
            ok(a.resource().promote(false));
            power.mark(new Phase(true, true));
            some(a, 8);

            ok(a.resource().disconnect());
            power.mark(new Phase(true, false));
            some(a, 5);
            connect(both);
            await("resynced", both, () -> isGood(both));
            power.mark(new Phase(true, true));
            some(a, 4);

            ok(a.resource().demote());
            String free = "cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate";
            await("demoted", both, () -> b.state().toString().startsWith(free));
            ok(b.resource().promote(false));
            power.mark(new Phase(false, true));
            some(b, 5);

            a.resource().close();
            await("alone", both, () -> !b.state().connection().isAtLeast(ConnectionState.CONNECTED));
            power.mark(new Phase(false, false));
            some(b, 4);
            a.restart();
            connect(both);
            await("resynced", both, () -> isGood(both));
            power.mark(new Phase(false, true));
            some(b, 3);
        } finally {
            a.close();
            b.close();
        }
    }

    private static void connect(List<Replica> both) {
        both.forEach(r -> r.resource().connect());
    }

    private static boolean isConnected(List<Replica> both) {
        return both.stream().allMatch(r -> r.state().connection() == ConnectionState.CONNECTED);
    }

    private static boolean isGood(List<Replica> both) {
        return isConnected(both) && both.stream().allMatch(Replica::isGood);
    }

    private static void ok(CompletableFuture<?> wish) throws Exception {
        wish.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void await(String what, List<Replica> both, BooleanSupplier reached) {
        long since = System.nanoTime();
        while (!reached.getAsBoolean()) {
            if (System.nanoTime() - since > PATIENCE.toNanos()) {
                throw new AssertionError("stuck at: " + what + both.get(0).history()
                        + both.get(1).history());
            }
            try {
                TimeUnit.MICROSECONDS.sleep(200);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Writes of one to eight sectors, two at a time, and here and there a flush. */
    private void some(Replica primary, int pairs) throws Exception {
        BlockDevice volume = primary.resource().volume(0);
        for (int i = 0; i < pairs; i++) {
            boolean fua = random.nextInt(5) == 0;
            CompletableFuture<Void> one = write(volume, random.nextInt(0, SECTORS / 2 - 8), fua);
            CompletableFuture<Void> other = write(volume, random.nextInt(SECTORS / 2, SECTORS - 8), false);
            ok(one);
            ok(other);
            if (random.nextInt(3) == 0) {
                ok(volume.flushAsync());
                power.mark(new Flushed());
            }
        }
    }

    private CompletableFuture<Void> write(BlockDevice volume, int first, boolean fua) {
        int count = 1 + random.nextInt(8);
        long mine = ++number;
        ByteBuffer bytes = ByteBuffer.allocate(count * SECTOR);
        while (bytes.hasRemaining()) {
            bytes.putLong(mine);
        }
        power.mark(new Begun(first, count, mine));
        return volume.writeAsync((long) first * SECTOR, bytes.flip(), fua ? BlockDevice.FUA : 0)
                .thenRun(() -> power.mark(new Acked(first, count, mine)));
    }

    int events() {
        return power.events();
    }

    /** What is promised of a moment, read off its marks. */
    private static final class Promise {
        final long[] begun = new long[SECTORS];
        final long[] acked = new long[SECTORS];
        final long[] flushed = new long[SECTORS];
        Phase phase = new Phase(true, false);
        boolean lives;

        Promise(List<Object> marks) {
            for (Object mark : marks) {
                if (mark instanceof Begun w) {
                    Arrays.fill(begun, w.first, w.first + w.count, w.number);
                } else if (mark instanceof Acked w) {
                    Arrays.fill(acked, w.first, w.first + w.count, w.number);
                } else if (mark instanceof Flushed) {
                    System.arraycopy(acked, 0, flushed, 0, SECTORS);
                } else if (mark instanceof Phase p) {
                    phase = p;
                    lives = true;
                }
            }
        }
    }

    /**
     * Cuts the power at a moment, and puts together what is left.
     *
     * @return false if that was before the pair had a Primary, when nothing is promised
     */
    boolean check(int point, Victim victim, PowerCut.Survival survival, String how) throws Exception {
        PowerCut.Survival its =
                (device, sector, versions) -> victim.has(device) ? survival.choose(device, sector, versions) : versions;
        PowerCut.Crash crash = power.cut(point, how + " of " + victim, its);
        Promise promise = new Promise(crash.marks());
        if (!promise.lives) {
            return false;
        }
        try {
            check(crash.images(), promise, victim);
        } catch (AssertionError e) {
            throw new AssertionError(
                    crash + ", protocol " + protocol + ", " + promise.phase + ": " + e.getMessage(), e);
        }
        return true;
    }

    private void check(List<MemoryDevice> images, Promise promise, Victim victim) throws Exception {
        boolean primaryLives = victim == (promise.phase.primaryIsA ? Victim.B : Victim.A);
        MemoryDevice other = images.get(promise.phase.primaryIsA ? 2 : 0);
        boolean otherLives = victim == (promise.phase.primaryIsA ? Victim.A : Victim.B);
        if (protocol == ReplicationProtocol.C && promise.phase.replicating && otherLives) {
            // Whoever goes on with the other side alone misses nothing that was acknowledged.
            within(other, promise.acked, promise.begun, "the other side alone");
        }
        List<Replica> both = open(images.get(0), images.get(1), images.get(2), images.get(3));
        try {
            connect(both);
            await("in sync again", both, () -> isGood(both));
            byte[] here = both.get(0).content(SIZE);
            byte[] there = both.get(1).content(SIZE);
            int differs = Arrays.mismatch(here, there);
            if (differs >= 0) {
                int s = differs / SECTOR;
                throw new AssertionError("the replicas differ in sector " + s + ": "
                        + ByteBuffer.wrap(here).getLong(s * SECTOR) + " and "
                        + ByteBuffer.wrap(there).getLong(s * SECTOR)
                        + both.get(0).history()
                        + both.get(1).history());
            }
            within(images.get(0), primaryLives ? promise.acked : promise.flushed, promise.begun, "both sides together");
        } finally {
            both.forEach(Replica::close);
        }
    }

    private static void within(MemoryDevice disk, long[] least, long[] most, String what) throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE);
        disk.read(0, bytes);
        List<String> wrong = new ArrayList<>();
        for (int s = 0; s < SECTORS; s++) {
            long found = bytes.getLong(s * SECTOR);
            if (found < least[s] || found > most[s]) {
                wrong.add("sector " + s + " shows write " + found + " instead of " + least[s] + " to " + most[s]);
            }
        }
        assertThat(wrong).as(what).isEmpty();
    }

    @Override
    public void close() {
        transport.close();
    }
}
