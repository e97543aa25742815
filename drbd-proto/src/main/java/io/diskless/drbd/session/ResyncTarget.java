package io.diskless.drbd.session;

import io.diskless.drbd.auth.BlockDigest;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.meta.DirtyBitmap;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Fetches what is dirty here from the peer (spec drbd-wire 9.4): asks for runs of dirty blocks in ascending order, writes
 * what comes, acknowledges it. Confined to the data loop.
 */
final class ResyncTarget {
    /** Marks resync traffic. */
    static final long ID_SYNCER = -1;

    private static final int BLOCK = DirtyBitmap.BLOCK;

    /** A request stays within one resync extent. */
    private static final long EXTENT = 16 << 20;

    /** Half of what the kernel's receive buffers hold by default (2048 pages). */
    private static final int MOST_IN_FLIGHT = 4 << 20;

    private final ResourceCore core;
    private final VolumeCore volume;
    private final PeerVolume peer;
    private final Map<Long, Integer> open = new HashMap<>();
    /** Answered, and on the way to the disk. */
    private final Set<Long> arriving = new HashSet<>();

    /** Asked for a disk that has been given up since: what comes belongs to none. */
    private final Set<Long> orphans = new HashSet<>();

    /** The source has written there since: what comes, or is on the way to the disk, is older than that. */
    private final Set<Long> overtaken = new HashSet<>();

    private @Nullable BlockDigest csums;
    private ResyncPace pace;
    private int inFlight;
    private long position;
    private long failed;
    private boolean running;
    private boolean ending;

    ResyncTarget(ResourceCore core, VolumeCore volume, PeerVolume peer) {
        this.core = core;
        this.volume = volume;
        this.peer = peer;
        pace = pace();
        algorithms();
    }

    /** Takes over what the options say now. */
    void algorithms() {
        csums = peer.link().dialect().hasChecksumResync()
                ? core.options()
                        .net()
                        .csumsAlg()
                        .map(DigestAlgorithm::newDigest)
                        .orElse(null)
                : null;
    }

    private ResyncPace pace() {
        return new ResyncPace(core.loop(), core.options().sync(), volume::applicationIo, this::request);
    }

    /** Other rates hold from now on. */
    void adjust() {
        pace.stop();
        pace = pace();
        pace.carryOver(blocks(inFlight));
        if (running) {
            pace.start();
        }
    }

    void start() {
        running = true;
        ending = false;
        failed = 0;
        position = 0;
        pace.start();
    }

    /** Paused, finished, or the connection ended: what is under way still comes in. */
    void stop() {
        running = false;
        pace.stop();
    }

    private void request() {
        if (!running || peer.link().isDead()) {
            return;
        }
        DirtyBitmap bitmap = volume.bitmap();
        while (running
                && pace.allowed() > 0
                && inFlight < MOST_IN_FLIGHT
                && peer.link().isWritable()) {
            long bit = bitmap.nextSet(position);
            if (bit < 0) {
                break;
            }
            long offset = bit * BLOCK;
            int bytes = length(bitmap, bit);
            position = bit + blocks(bytes);
            if (!open.containsKey(offset >> 9) && !volume.local().tryRequest(offset >> 9)) {
                // An own write is there: this extent is left out, and looked at again in the next pass.
                position = (offset / EXTENT + 1) * (EXTENT / BLOCK);
            } else if (open.putIfAbsent(offset >> 9, bytes) == null) {
                inFlight += bytes;
                pace.asked(blocks(bytes));
                ask(offset >> 9, bytes);
            }
        }
        if (running && open.isEmpty() && !ending && bitmap.nextSet(position) < 0) {
            endOfPass();
        }
    }

    /** Blocks of a piece of which the source may say that it is all zeroes; 0 where it cannot, or is not asked to. */
    private int thinBlocks() {
        boolean known = peer.link().dialect().has(Dialect.FF_THIN_RESYNC);
        return known ? Math.min(volume.discardGranularity(), peer.maxBio()) / BLOCK : 0;
    }

    /** Doubles while the start is aligned to the double, the next blocks are dirty too, and the extent does not end. */
    private int length(DirtyBitmap bitmap, long bit) {
        long blocks = 1;
        long thin = thinBlocks();
        // A piece that may be all zeroes is asked for as a whole, or nobody could ever say so at a low rate.
        long most = thin > 0 ? thin : Math.min(pace.allowed(), Math.max(1, peer.maxBio() / BLOCK));
        while (2 * blocks <= most
                && bit % (2 * blocks) == 0
                && (bit * BLOCK) / EXTENT == ((bit + 2 * blocks - 1) * BLOCK) / EXTENT
                && bit + 2 * blocks <= bitmap.bits()
                && bitmap.nextClear(bit + blocks, bit + 2 * blocks) >= bit + 2 * blocks) {
            blocks *= 2;
        }
        long end = volume.sectors() << 9;
        return (int) Math.min(blocks * BLOCK, end - bit * BLOCK);
    }

    private static int blocks(int bytes) {
        return (bytes + BLOCK - 1) / BLOCK;
    }

    private void ask(long sector, int bytes) {
        BlockDigest digest = csums;
        Backing disk = volume.backing();
        if (digest == null || disk == null) {
            askPlainly(sector, bytes);
            return;
        }
        ByteBuf block = core.allocator().directBuffer(bytes, bytes);
        disk.read(sector << 9, block.internalNioBuffer(0, bytes).duplicate(), failure -> {
            if (!peer.link().isDead() && failure == null) {
                block.writerIndex(bytes);
                digest.reset();
                digest.update(block, 0, bytes);
                ByteBuf b = peer.link().begin(PacketType.CSUM_RS_REQUEST, peer.number(), 24 + digest.bytes());
                b.writeLong(sector).writeLong(ID_SYNCER).writeInt(bytes).writeInt(0);
                digest.finish(b);
                peer.link().send(b);
            } else if (!peer.link().isDead()) {
                // What cannot be read here is fetched.
                askPlainly(sector, bytes);
            }
            block.release();
        });
    }

    private void askPlainly(long sector, int bytes) {
        boolean thin = bytes == thinBlocks() * BLOCK;
        Link link = peer.link();
        link.append(thin ? PacketType.RS_THIN_REQ : PacketType.RS_DATA_REQUEST, peer.number(), 24, 24)
                .writeLong(sector)
                .writeLong(ID_SYNCER)
                .writeInt(bytes)
                .writeInt(0);
        link.appended();
    }

    /** The disk is given up: nothing that was asked for may be written to it, nor to the next one. */
    void diskLost() {
        orphans.addAll(open.keySet());
        orphans.removeAll(arriving);
    }

    /** Whether what comes is for a disk that is not used any more; then it is refused here. */
    private boolean isOrphan(long sector, int bytes) {
        if (!orphans.contains(sector)) {
            return false;
        }
        // The source must not take it for in sync, whatever disk comes next.
        volume.markDirty(sector << 9, bytes);
        peer.link().acks().ack(PacketType.NEG_ACK, peer, sector, ID_SYNCER, bytes);
        ended(sector);
        return true;
    }

    /** P_RS_DATA_REPLY: data from {@code dataAt} on; the payload is released here. */
    void onData(ByteBuf p, int dataAt) {
        long sector = p.getLong(p.readerIndex());
        int bytes = p.writerIndex() - dataAt;
        Backing disk = volume.backing();
        Integer asked = open.get(sector);
        if (asked != null && asked == bytes && isOrphan(sector, bytes)) {
            p.release();
            return;
        }
        if (disk == null || asked == null || asked != bytes || !arriving.add(sector)) {
            p.release();
            peer.link()
                    .protocolError(
                            "a resync reply of " + bytes + " bytes at sector " + sector + " that was not asked for");
            return;
        }
        disk.write(sector << 9, p.nioBuffer(dataAt, bytes), false, failure -> {
            p.release();
            written(sector, bytes, failure == null);
            if (failure != null) {
                volume.diskFailed(failure);
            }
        });
    }

    /** P_RS_DEALLOCATED: the block is all zero at the source. */
    void onZero(long sector, int bytes) {
        Backing disk = volume.backing();
        Integer asked = open.get(sector);
        if (asked != null && asked == bytes && isOrphan(sector, bytes)) {
            return;
        }
        if (disk == null || asked == null || asked != bytes || !arriving.add(sector)) {
            peer.link().protocolError("zeroes at sector " + sector + " that were not asked for");
            return;
        }
        disk.zero(sector << 9, bytes, failure -> {
            written(sector, bytes, failure == null);
            if (failure != null) {
                volume.diskFailed(failure);
            }
        });
    }

    /** P_OUT_OF_SYNC: what was asked for there is not what the source has now, wherever it is on its way. */
    void outOfSync(long sector, long bytes) {
        long end = sector + (bytes >> 9);
        open.forEach((from, length) -> {
            if (from < end && sector < from + (length >> 9)) {
                overtaken.add(from);
            }
        });
    }

    private void written(long sector, int bytes, boolean done) {
        boolean stale = overtaken.contains(sector);
        boolean good = done && !stale;
        if (stale) {
            // It stays dirty on both sides, and is asked for again.
            volume.markDirty(sector << 9, bytes);
        } else if (good) {
            volume.markClean(sector << 9, bytes);
        } else {
            failed += blocks(bytes);
        }
        peer.link().acks().ack(good ? PacketType.RS_WRITE_ACK : PacketType.NEG_ACK, peer, sector, ID_SYNCER, bytes);
        ended(sector);
    }

    /** P_RS_IS_IN_SYNC: only sector and size of it mean anything. */
    void onInSync(long sector, int bytes) {
        Integer asked = open.get(sector);
        if (asked != null && asked == bytes) {
            if (!overtaken.contains(sector) && !orphans.contains(sector)) {
                volume.markClean(sector << 9, bytes);
            }
            ended(sector);
        }
    }

    /** P_NEG_RS_DREPLY, P_RS_CANCEL: the block stays dirty. */
    void onRefused(long sector, boolean lost) {
        Integer asked = open.get(sector);
        if (asked != null) {
            failed += lost ? blocks(asked) : 0;
            ended(sector);
        }
    }

    private void ended(long sector) {
        Integer bytes = open.remove(sector);
        arriving.remove(sector);
        overtaken.remove(sector);
        orphans.remove(sector);
        if (bytes != null) {
            inFlight -= bytes;
            pace.ended(blocks(bytes));
            if (!peer.link().isDead()) {
                volume.local().endRequest(sector);
            }
        }
        request();
    }

    private void endOfPass() {
        if (volume.bitmap().dirtyBits() > failed) {
            // Something became dirty behind us meanwhile, or was put off.
            position = 0;
            return;
        }
        ending = true;
        stop();
        // All that was sent before is behind us when the answer is here.
        peer.link().fence(() -> {
            if (volume.state().connection() == ConnectionState.SYNC_TARGET && volume.peer() == peer) {
                volume.resync().finishedAsTarget(failed);
            }
        });
    }

    long inFlightBytes() {
        return inFlight;
    }
}
