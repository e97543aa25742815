package io.diskless.drbd.session;

import io.diskless.drbd.meta.DirtyBitmap;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.VolumeState;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Measures a resync or verify of a volume, from its first state to its last. Confined to the data loop. */
final class SyncMeter {
    /** How far back the rate looks. */
    static final int MARKS = 8;

    private static final long MARK_MILLIS = 1000;

    private final ResourceCore core;
    private final VolumeCore volume;
    private final long[] at = new long[MARKS];
    private final long[] leftAt = new long[MARKS];
    private int marks;
    private SyncProgress.@Nullable Kind kind;
    private long start;
    private long total;
    private boolean paused;
    private @Nullable Future<?> timer;

    SyncMeter(ResourceCore core, VolumeCore volume) {
        this.core = core;
        this.volume = volume;
    }

    private static SyncProgress.@Nullable Kind kindOf(ConnectionState c) {
        return switch (c) {
            case SYNC_SOURCE, PAUSED_SYNC_S -> SyncProgress.Kind.RESYNC_SOURCE;
            case SYNC_TARGET, PAUSED_SYNC_T -> SyncProgress.Kind.RESYNC_TARGET;
            case VERIFY_S -> SyncProgress.Kind.VERIFY;
            case VERIFY_T -> SyncProgress.Kind.VERIFY_ANSWERED;
            default -> null;
        };
    }

    /** Before a new state is acted on: what it ends still knows how far it came. */
    void leave(VolumeState after) {
        if (kind != null && kind != kindOf(after.connection())) {
            end(after);
            kind = null;
        }
    }

    /** After the state, and what follows from it, was taken on. */
    void enter(VolumeState state) {
        SyncProgress.Kind now = kindOf(state.connection());
        paused = state.connection() == ConnectionState.PAUSED_SYNC_S
                || state.connection() == ConnectionState.PAUSED_SYNC_T;
        if (now != kind && now != null) {
            kind = now;
            start = System.nanoTime();
            total = left(now);
            marks = 0;
            mark();
        }
    }

    private void end(VolumeState after) {
        SyncProgress last = progress().orElseThrow();
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        boolean verified = last.kind() == SyncProgress.Kind.VERIFY || last.kind() == SyncProgress.Kind.VERIFY_ANSWERED;
        // The last acks of a resync come on the other socket, perhaps behind the news that it is done.
        boolean complete = after.connection() == ConnectionState.CONNECTED
                && after.disk() == DiskState.UP_TO_DATE
                && after.peerDisk() == DiskState.UP_TO_DATE
                && (!verified || last.doneBytes() == last.totalBytes());
        if (complete) {
            last = last.completed();
        }
        core.event(new DrbdEvent.SyncEnded(core.options().name(), volume.number(), last, complete));
    }

    private void mark() {
        SyncProgress.Kind k = kind;
        if (k == null) {
            return;
        }
        int slot = marks++ % MARKS;
        at[slot] = System.nanoTime();
        leftAt[slot] = left(k);
        if (marks > 1) {
            progress()
                    .ifPresent(p ->
                            core.event(new DrbdEvent.Progress(core.options().name(), p)));
        }
        timer = core.loop().schedule(this::mark, MARK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Bytes that are still to be done. */
    private long left(SyncProgress.Kind k) {
        if (!volume.hasDisk() || volume.peer() == null) {
            return 0;
        }
        long blocks = switch (k) {
            case RESYNC_SOURCE, RESYNC_TARGET -> volume.bitmap().dirtyBits();
            case VERIFY -> {
                VerifyStarter v = volume.resync().verify();
                yield v == null ? (volume.sectors() + 7) / 8 : v.left();
            }
            case VERIFY_ANSWERED -> volume.resync().answerer().left();
        };
        return blocks * DirtyBitmap.BLOCK;
    }

    /** How far it has come, if anything is going on. */
    Optional<SyncProgress> progress() {
        SyncProgress.Kind k = kind;
        if (k == null) {
            return Optional.empty();
        }
        long left = left(k);
        // Writes make blocks dirty meanwhile; a verify says where it begins after its state.
        total = Math.max(total, left);
        if (k == SyncProgress.Kind.VERIFY_ANSWERED && volume.peer() != null) {
            total = Math.max(total, volume.resync().answerer().total() * DirtyBitmap.BLOCK);
        }
        int oldest = marks > MARKS ? marks % MARKS : 0;
        long now = System.nanoTime();
        long nanos = Math.max(1, now - at[oldest]);
        long moved = Math.max(0, leftAt[oldest] - left);
        return Optional.of(new SyncProgress(
                volume.number(),
                k,
                total - left,
                total,
                (long) (moved * 1e9 / nanos),
                Duration.ofNanos(now - start),
                paused));
    }
}
