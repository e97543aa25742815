package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.BlockDigest;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.meta.DirtyBitmap;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * An online verify that was started here (spec drbd-wire 10): asks for the peer's digests block by block, compares them with
 * its own, tells the verdict. One for each verify. Confined to the data loop.
 */
final class VerifyStarter {
    // Verdicts in the block id of P_OV_RESULT.
    static final long IN_SYNC = 4711;
    static final long OUT_OF_SYNC = 4712;

    private static final int BLOCK = DirtyBitmap.BLOCK;
    private static final int SECTORS = BLOCK >> 9;

    /** Blocks under way: 4 MiB, half of what the kernel's buffers hold. */
    private static final int MOST_OPEN = 1024;

    private final ResourceCore core;
    private final VolumeCore volume;
    private final PeerVolume peer;
    private static final Boolean ASKED = false;
    private static final Boolean COMPARED = true;

    private final BlockDigest digest;
    private final long start;
    private final long end;
    private final CompletableFuture<VerifyReport> result = new CompletableFuture<>();
    /** Blocks under way by their sectors: asked for, or answered and being compared. */
    private final LongObjectMap<Boolean> open = new LongObjectHashMap<>(2 * MOST_OPEN);

    /** Asked for by a verify that has ended, this or an earlier one, and not answered yet. */
    private final Set<Long> abandoned = new HashSet<>();

    private final TreeMap<Long, Long> differing = new TreeMap<>();
    private long position;
    private long compared;
    private long skipped;
    private final ResyncPace pace;
    private boolean ended;
    private boolean complete;

    VerifyStarter(
            ResourceCore core, VolumeCore volume, PeerVolume peer, DigestAlgorithm algorithm, long from, long to) {
        this.core = core;
        this.volume = volume;
        this.peer = peer;
        digest = algorithm.newDigest();
        start = from / SECTORS * SECTORS;
        end = Math.min(to, volume.sectors());
        position = start;
        pace = new ResyncPace(core.loop(), core.options().sync(), volume::applicationIo, this::request);
    }

    CompletableFuture<VerifyReport> result() {
        return result;
    }

    /** Answers to an earlier verify may still come. */
    void follows(VerifyStarter earlier) {
        abandoned.addAll(earlier.abandoned);
    }

    void begin() {
        pace.start();
    }

    private void request() {
        if (peer.link().isDead()) {
            return;
        }
        while (!ended
                && position < end
                && pace.allowed() > 0
                && open.size() < MOST_OPEN
                && peer.link().isWritable()) {
            if (!volume.local().tryRequest(position)) {
                // The peer could read it before that write and this side behind it.
                return;
            }
            pace.asked(1);
            ask(position);
            position += SECTORS;
        }
        if (!ended && position >= end && open.isEmpty()) {
            ended = true;
            pace.stop();
            peer.link().fence(this::finished);
        }
    }

    private int bytesAt(long sector) {
        return (int) Math.min(BLOCK, (volume.sectors() - sector) << 9);
    }

    private void ask(long sector) {
        open.put(sector, ASKED);
        Link link = peer.link();
        link.append(PacketType.OV_REQUEST, peer.number(), 24, 24)
                .writeLong(sector)
                .writeLong(ResyncTarget.ID_SYNCER)
                .writeInt(bytesAt(sector))
                .writeInt(0);
        link.appended();
    }

    /** P_OV_REPLY; the payload is released here. */
    void onReply(ByteBuf p) {
        long sector = p.getLong(p.readerIndex());
        int at = p.readerIndex() + 24;
        Backing disk = volume.backing();
        if (abandoned.remove(sector)) {
            // Nobody compares it any more, but the peer keeps the range until it hears of it (spec drbd-wire 10).
            p.release();
            peer.link().acks().ack(PacketType.OV_RESULT, peer, sector, IN_SYNC, bytesAt(sector));
            return;
        }
        if (p.writerIndex() - at != digest.bytes() || disk == null || !ASKED.equals(open.get(sector))) {
            p.release();
            peer.link().protocolError("P_OV_REPLY for sector " + sector + " that was not asked for, or of wrong size");
            return;
        }
        open.put(sector, COMPARED);
        compare(disk, sector, p, at, true);
    }

    /** Reads the own block and compares; one that differs is read once more before it is accused. */
    private void compare(Backing disk, long sector, ByteBuf p, int at, boolean again) {
        int bytes = bytesAt(sector);
        ByteBuf block = core.allocator().directBuffer(bytes, bytes);
        disk.read(sector << 9, block.internalNioBuffer(0, bytes).duplicate(), failure -> {
            block.writerIndex(bytes);
            digest.reset();
            digest.update(block, 0, bytes);
            boolean same = failure == null && digest.matches(p, at);
            block.release();
            if (!same && failure == null && again && !ended) {
                compare(disk, sector, p, at, false);
                return;
            }
            p.release();
            if (peer.link().isDead()) {
                return;
            }
            if (ended) {
                peer.link().acks().ack(PacketType.OV_RESULT, peer, sector, IN_SYNC, bytes);
                return;
            }
            if (failure != null) {
                skipped++;
                told(sector, bytes, true);
                volume.diskFailed(failure);
                return;
            }
            compared++;
            told(sector, bytes, same);
        });
    }

    /** Blocks that are still to be compared. */
    long left() {
        return (Math.max(0, end - position) + SECTORS - 1) / SECTORS + open.size();
    }

    /** A write ended that may have been in the way. */
    void retry() {
        request();
    }

    private void told(long sector, int bytes, boolean same) {
        if (!same) {
            volume.markDirty(sector << 9, bytes);
            differing.put(sector, (long) bytes >> 9);
        }
        peer.link().acks().ack(PacketType.OV_RESULT, peer, sector, same ? IN_SYNC : OUT_OF_SYNC, bytes);
        over(sector);
    }

    /** P_NEG_RS_DREPLY: the peer could not read it; false if it was not asked for here. */
    boolean onRefused(long sector) {
        if (abandoned.remove(sector)) {
            return true;
        }
        if (!ASKED.equals(open.get(sector))) {
            return false;
        }
        skipped++;
        over(sector);
        return true;
    }

    private void over(long sector) {
        open.remove(sector);
        pace.ended(1);
        volume.local().endRequest(sector);
        request();
    }

    private void finished() {
        complete = true;
        if (volume.state().connection() == ConnectionState.VERIFY_S) {
            volume.become(volume.state().withConnection(ConnectionState.CONNECTED), "the verify is done");
        }
        result.complete(report());
    }

    private VerifyReport report() {
        List<VerifyReport.Range> ranges = new ArrayList<>();
        for (Map.Entry<Long, Long> e : differing.entrySet()) {
            int last = ranges.size() - 1;
            if (last >= 0 && ranges.get(last).sector() + ranges.get(last).sectors() == e.getKey()) {
                VerifyReport.Range r = ranges.get(last);
                ranges.set(last, new VerifyReport.Range(r.sector(), r.sectors() + e.getValue()));
            } else {
                ranges.add(new VerifyReport.Range(e.getKey(), e.getValue()));
            }
        }
        return new VerifyReport(volume.number(), start, Math.min(position, end), compared, skipped, ranges);
    }

    /** The state left VerifyS before the end. */
    void abort(String why) {
        if (!complete && !result.isDone()) {
            ended = true;
            pace.stop();
            List<Long> rest = List.copyOf(open.keySet());
            open.forEach((sector, state) -> {
                if (ASKED.equals(state)) {
                    abandoned.add(sector);
                }
            });
            open.clear();
            if (!peer.link().isDead()) {
                rest.forEach(volume.local()::endRequest);
            }
            result.completeExceptionally(new DrbdException(
                    DrbdException.Kind.DISCONNECTED, "the verify ended at sector " + position + ": " + why));
        }
    }
}
