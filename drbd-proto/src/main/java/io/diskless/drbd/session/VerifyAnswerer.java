package io.diskless.drbd.session;

import io.diskless.drbd.wire.ConnectionState;
import java.util.HashSet;
import java.util.Set;

/**
 * The other side of an online verify: digests are sent by {@link PeerReads}, the verdicts come back here. It knows where the
 * end is, and goes back to Connected by itself. Confined to the data loop.
 */
final class VerifyAnswerer {
    private final VolumeCore volume;
    private final Set<Long> open = new HashSet<>();
    private long left = -1;
    private long total;
    private long differing;

    VerifyAnswerer(VolumeCore volume) {
        this.volume = volume;
    }

    /** The first request says where the verify starts (spec drbd-wire 10). */
    void onRequest(long sector) {
        if (left < 0) {
            left = (volume.sectors() - sector + 7) / 8;
            total = left;
        }
        open.add(sector);
    }

    /** Blocks of the verify that is under way; 0 before the first request. */
    long total() {
        return left < 0 ? 0 : total;
    }

    /** Blocks that are still to be compared; 0 before the first request. */
    long left() {
        return Math.max(0, left);
    }

    /** Whether the block is being compared: writes to it wait. */
    boolean isOpen(long sector) {
        return open.contains(sector);
    }

    void onResult(long sector, int bytes, long verdict) {
        if (verdict == VerifyStarter.OUT_OF_SYNC) {
            differing++;
            volume.markDirty(sector << 9, bytes);
        }
        left--;
        open.remove(sector);
        volume.local().resume();
        if (left <= 0 && volume.state().connection() == ConnectionState.VERIFY_T) {
            finished("the verify is done");
        }
    }

    void finished(String why) {
        volume.become(
                volume.state().withConnection(ConnectionState.CONNECTED), why + ", " + differing + " blocks differ");
        left = -1;
        differing = 0;
        open.clear();
        volume.local().resume();
    }
}
