package io.diskless.drbd.meta;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.CrashDevice;
import io.diskless.cluster.block.testkit.PowerCut;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * A volume's life as its meta-data sees it, recorded write by write: Primary beside a peer, Primary alone, source of a
 * resync, Secondary, target of a resync. The peer is a table that never crashes. Nothing but this is to be true after a
 * power cut: a sector that differs between what the disk shows and what the peer has is dirty after the next opening.
 */
final class CrashRun {
    static final int BLOCK = DirtyBitmap.BLOCK;
    private static final int SECTORS = BLOCK / 512;
    private static final int EXTENTS = 90;
    /** Held throughout, so that the others fight for seven slots. */
    private static final int FILLED = 60;

    static final int AL_EXTENTS = 67;
    private static final long SIZE = (long) EXTENTS * ActivityLog.EXTENT + (1 << 20);

    /** The peer has this version of the block from here on. */
    record PeerHas(long block, int version) {}

    /** The superblock says this, durably, from here on. */
    record Generation(long current) {}

    /** The superblock is being asked to say this. */
    record Wanted(long current) {}

    enum Start {
        OPENED
    }

    /** A write whose extents are still held. */
    private record Held(long block) {}

    final PowerCut power = new PowerCut();
    private final CrashDevice data;
    private final BlockDevice meta;
    private final boolean internal;
    private final SplittableRandom random;
    private final MetaData metaData;
    private final Map<Long, Integer> local = new HashMap<>();
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private boolean connected = true;
    private boolean filled;
    private int version;

    CrashRun(long seed, boolean internal) {
        this.random = new SplittableRandom(seed);
        this.internal = internal;
        this.data = power.device(SIZE);
        this.meta = internal ? data : power.device(4 << 20);
        MetaData.create(data, meta, options(internal)).join();
        this.metaData = MetaData.open(data, meta, options(internal)).join();
        power.mark(Start.OPENED);
    }

    static MetaOptions options(boolean internal) {
        return MetaOptions.builder()
                .placement(internal ? MetaPlacement.INTERNAL : MetaPlacement.FLEXIBLE)
                .alExtents(AL_EXTENTS)
                .build();
    }

    /** Everything is inline here; a step that is not over is a bug. */
    private static final class Now implements Completion {
        private boolean done;

        @Override
        public void completed() {
            done = true;
        }

        @Override
        public void failed(BlockException cause) {
            throw new AssertionError(cause);
        }

        void isOver() {
            assertThat(done).isTrue();
        }
    }

    private interface Asking {
        void start(Completion done);
    }

    private static void now(Asking asking) {
        Now done = new Now();
        asking.start(done);
        done.isOver();
    }

    private void update(java.util.function.UnaryOperator<Superblock> change) {
        long wanted = change.apply(metaData.superblock()).currentUuid();
        power.mark(new Wanted(wanted));
        now(done -> metaData.update(change, done));
        power.mark(new Generation(wanted));
    }

    void promote() {
        update(s -> s.with(MetaFlag.PRIMARY_IND).with(MetaFlag.CONSISTENT));
    }

    /** The session's order: nobody writes any more, everything acknowledged and let go; then the flag. */
    void demote() {
        while (!held.isEmpty()) {
            release();
        }
        if (filled) {
            metaData.activityLog().end(0, (long) FILLED * ActivityLog.EXTENT);
            filled = false;
        }
        update(s -> s.without(MetaFlag.PRIMARY_IND));
    }

    void disconnect() {
        connected = false;
        // What is not covered by a barrier ack is dirty from now on.
        held.forEach(h -> metaData.bitmap().markDirty(h.block * BLOCK, BLOCK));
        long next = random.nextLong();
        update(s -> s.withUuids(next, s.currentUuid(), s.historyUuid0(), s.historyUuid1()));
    }

    private ByteBuffer bytes(long block) {
        ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
        for (int i = 0; i < SECTORS; i++) {
            bytes.putLong(i * 512, block).putInt(i * 512 + 8, version);
        }
        return bytes;
    }

    /** A write of the Primary. */
    void write() {
        long extent = random.nextInt(FILLED - 2, EXTENTS);
        long block = extent * (ActivityLog.EXTENT / BLOCK) + random.nextInt(3);
        write(block);
    }

    private void write(long block) {
        long at = block * BLOCK;
        if (held.stream().anyMatch(h -> h.block == block)) {
            return;
        }
        if (!metaData.activityLog().tryBegin(at, BLOCK)) {
            now(done -> metaData.activityLog().begin(at, BLOCK, done));
        }
        version++;
        boolean peerFirst = random.nextBoolean();
        if (connected && peerFirst) {
            power.mark(new PeerHas(block, version));
        }
        now(done -> data.write(at, bytes(block), 0, done));
        local.put(block, version);
        if (connected && !peerFirst) {
            power.mark(new PeerHas(block, version));
        }
        if (!connected) {
            metaData.bitmap().markDirty(at, BLOCK);
        }
        held.add(new Held(block));
    }

    /** A barrier ack came, or nobody is there to send one. */
    void release() {
        Held h = held.poll();
        if (h != null) {
            metaData.activityLog().end(h.block * BLOCK, BLOCK);
        }
    }

    /** Sends what is dirty to the peer; each ack clears. */
    void resyncAsSource() {
        connected = true;
        DirtyBitmap bitmap = metaData.bitmap();
        for (long b = bitmap.nextSet(0); b >= 0; b = bitmap.nextSet(b + 1)) {
            power.mark(new PeerHas(b, local.getOrDefault(b, 0)));
            bitmap.markClean(b * BLOCK, BLOCK);
            if (random.nextInt(8) == 0) {
                now(metaData::writeBitmap);
            }
        }
        long old = metaData.superblock().bitmapUuid();
        update(s -> s.withUuids(s.currentUuid(), 0, old, s.historyUuid0()));
    }

    /** The peer was written to alone, tells what changed, and sends it. */
    void resyncAsTarget() {
        DirtyBitmap bitmap = metaData.bitmap();
        TreeSet<Long> changed = new TreeSet<>();
        for (int i = 0; i < 12; i++) {
            changed.add(random.nextLong(bitmap.bits() - 1));
        }
        // The target knows the bits, durably, before anything counts on it: the peer still has them, too.
        changed.forEach(b -> bitmap.setBits(b, b + 1));
        now(metaData::writeBitmap);
        for (long b : changed) {
            version++;
            power.mark(new PeerHas(b, version));
        }
        for (long b : changed) {
            ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
            int sent = peer(b);
            for (int i = 0; i < SECTORS; i++) {
                bytes.putLong(i * 512, b).putInt(i * 512 + 8, sent);
            }
            now(done -> data.write(b * BLOCK, bytes, 0, done));
            local.put(b, sent);
            bitmap.markClean(b * BLOCK, BLOCK);
            if (random.nextInt(3) == 0) {
                now(metaData::writeBitmap);
            }
        }
        now(metaData::writeBitmap);
    }

    private int peer(long block) {
        // The newest mark: the versions were given in ascending order.
        return peerAt(power.cut(power.events(), "now", PowerCut.Survival.KEPT).marks())
                .getOrDefault(block, 0);
    }

    private static Map<Long, Integer> peerAt(List<Object> marks) {
        Map<Long, Integer> peer = new HashMap<>();
        for (Object mark : marks) {
            if (mark instanceof PeerHas has) {
                peer.put(has.block, has.version);
            }
        }
        return peer;
    }

    void some(int operations) {
        for (int i = 0; i < operations; i++) {
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> release();
                case 3 -> now(metaData::writeBitmap);
                default -> write();
            }
            while (held.size() > 4) {
                release();
            }
        }
    }

    /** One transaction takes most of the log away, so that a short run has evictions. */
    void fillLog() {
        now(done -> metaData.activityLog().begin(0, (long) FILLED * ActivityLog.EXTENT, done));
        filled = true;
    }

    void detach() {
        while (!held.isEmpty()) {
            release();
        }
        now(metaData::detach);
    }

    long transactions() {
        return metaData.activityLog().transactions();
    }

    boolean isOpened(PowerCut.Crash crash) {
        return crash.marks().contains(Start.OPENED);
    }

    /** Opens what a crash left, and compares with the peer. */
    void check(PowerCut.Crash crash) {
        check(crash.images(), crash.marks());
    }

    void check(List<MemoryDevice> images, List<Object> marks) {
        MemoryDevice disk = images.get(0);
        MetaData opened = MetaData.open(disk, internal ? disk : images.get(1), options(internal))
                .join();
        checkGeneration(opened.superblock(), marks);
        compare(disk, opened.bitmap(), peerAt(marks));
    }

    private static void checkGeneration(Superblock superblock, List<Object> marks) {
        long durable = Superblock.UUID_JUST_CREATED;
        long wanted = durable;
        for (Object mark : marks) {
            if (mark instanceof Generation g) {
                durable = g.current;
            } else if (mark instanceof Wanted w) {
                wanted = w.current;
            }
        }
        assertThat(superblock.currentUuid()).isIn(durable, wanted);
    }

    private void compare(MemoryDevice disk, DirtyBitmap bitmap, Map<Long, Integer> peer) {
        TreeSet<Long> blocks = new TreeSet<>(local.keySet());
        blocks.addAll(peer.keySet());
        ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
        for (long block : blocks) {
            try {
                disk.read(block * BLOCK, bytes);
            } catch (BlockException e) {
                throw new AssertionError(e);
            }
            for (int i = 0; i < SECTORS; i++) {
                int here = bytes.getInt(i * 512 + 8);
                int there = peer.getOrDefault(block, 0);
                if (here != there && !bitmap.isDirty(block * BLOCK, BLOCK)) {
                    throw new AssertionError("block " + block + " has version " + here + " here and " + there
                            + " at the peer, and is clean");
                }
            }
        }
    }

    /** The repair of the first crash crashes, too. */
    int checkSecondCrash(PowerCut.Crash crash) throws BlockException {
        PowerCut second = new PowerCut();
        CrashDevice disk = second.device(SIZE);
        CrashDevice other = internal ? disk : second.device(4 << 20);
        copy(crash.images().get(0), disk);
        if (!internal) {
            copy(crash.images().get(1), other);
        }
        disk.flush();
        other.flush();
        int before = second.events();
        MetaData.open(disk, other, options(internal)).join();
        int[] looked = new int[1];
        for (int point = before; point <= second.events(); point++) {
            for (PowerCut.Survival survival : List.of(
                    PowerCut.Survival.LOST,
                    PowerCut.Survival.KEPT,
                    PowerCut.Survival.random(new SplittableRandom(point)))) {
                check(second.cut(point, "again", survival).images(), crash.marks());
                looked[0]++;
            }
        }
        return looked[0];
    }

    private static void copy(MemoryDevice from, BlockDevice to) throws BlockException {
        ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
        ByteBuffer zeroes = ByteBuffer.allocate(1 << 16);
        for (long at = 0; at < from.geometry().size(); at += chunk.capacity()) {
            from.read(at, chunk);
            if (chunk.mismatch(zeroes) >= 0) {
                to.write(at, chunk);
            }
        }
    }
}
