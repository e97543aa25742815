package io.diskless.drbd.session;

import io.diskless.drbd.wire.ConnectionState;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.List;

/**
 * The other side of an online verify: digests are sent by {@link PeerReads}, the verdicts come back here. It knows where the
 * end is, and goes back to Connected by itself. Confined to the data loop.
 */
final class VerifyAnswerer {
    private final VolumeCore volume;
    private final PeerVolume peer;
    /** Blocks that are being compared: writes there wait. */
    private final LongObjectMap<Boolean> open = new LongObjectHashMap<>();

    private long left = -1;
    private long total;
    private long differing;

    VerifyAnswerer(VolumeCore volume, PeerVolume peer) {
        this.volume = volume;
        this.peer = peer;
    }

    /** The first request says where the verify starts (spec drbd-wire 10). */
    void onRequest(long sector) {
        if (left < 0) {
            left = (volume.sectors() - sector + 7) / 8;
            total = left;
        }
    }

    /** A block is read for its digest, and has been entered as a request. */
    void reads(long sector) {
        if (open.put(sector, Boolean.TRUE) == null) {
            peer.link().intake().take(0);
        } else {
            volume.local().endRequest(sector);
        }
    }

    /** Blocks of the verify that is under way; 0 before the first request. */
    long total() {
        return left < 0 ? 0 : total;
    }

    /** Blocks that are still to be compared; 0 before the first request. */
    long left() {
        return Math.max(0, left);
    }

    void onResult(long sector, int bytes, long verdict) {
        if (verdict == VerifyStarter.OUT_OF_SYNC) {
            differing++;
            volume.markDirty(sector << 9, bytes);
        }
        // That of an earlier verify may come late.
        if (open.remove(sector) != null) {
            left--;
            peer.link().intake().give(0);
            volume.local().endRequest(sector);
        }
        if (left <= 0 && volume.state().connection() == ConnectionState.VERIFY_T) {
            finished("the verify is done");
        }
    }

    void finished(String why) {
        volume.become(
                volume.state().withConnection(ConnectionState.CONNECTED), why + ", " + differing + " blocks differ");
    }

    /** The state is no longer VerifyT: nobody waits for verdicts. */
    void end() {
        left = -1;
        differing = 0;
        List<Long> rest = List.copyOf(open.keySet());
        open.clear();
        if (!peer.link().isDead()) {
            rest.forEach(sector -> {
                peer.link().intake().give(0);
                volume.local().endRequest(sector);
            });
        }
    }
}
