package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.VolumeState;
import java.util.concurrent.TimeUnit;

/**
 * What a volume has sent and the peer does not yet have on stable storage; where that becomes too much, and the options
 * say so, this side goes ahead: the peer is told which blocks change, no longer what is in them, until it has caught up
 * (spec drbd-semantics 6.5, PROTOCOL.md "Ahead and Behind"). Confined to the data loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A timer that is not needed finds nothing to do.
final class Congestion {
    /** From the last barrier's ack to the resync (spec drbd-semantics 6.5). */
    private static final long CALM_MILLIS = 1000;

    private final ResourceCore core;
    private final VolumeCore volume;
    private long bytes;
    private int writes;

    Congestion(ResourceCore core, VolumeCore volume) {
        this.core = core;
        this.volume = volume;
    }

    /** Bytes sent and not stable at the peer. */
    long bytes() {
        return bytes;
    }

    void sent(long payload) {
        writes++;
        bytes += payload;
    }

    /** The peer has it on stable storage, or is gone. */
    void settled(long payload) {
        writes--;
        bytes -= payload;
        PeerVolume peer = volume.peer();
        if (writes == 0 && peer != null && isAhead()) {
            core.loop().schedule(() -> comeBack(peer), CALM_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private boolean isAhead() {
        return volume.state().connection() == ConnectionState.AHEAD;
    }

    private void comeBack(PeerVolume peer) {
        if (volume.peer() == peer && !peer.link().isDead() && writes == 0 && isAhead()) {
            volume.resync().catchUp();
        }
    }

    /** Before a write: goes ahead if that is due. */
    void consider() {
        NetOptions net = core.options().net();
        VolumeState s = volume.state();
        PeerVolume peer = volume.peer();
        NetOptions.OnCongestion policy = net.onCongestion();
        if (policy == NetOptions.OnCongestion.BLOCK
                // The peer may have changed that.
                || net.protocol() != ReplicationProtocol.A
                || peer == null
                || (policy == NetOptions.OnCongestion.PULL_AHEAD
                        && !peer.link().dialect().hasAheadBehind())
                || s.connection() != ConnectionState.CONNECTED
                || s.disk() != DiskState.UP_TO_DATE
                || s.peerDisk() != DiskState.UP_TO_DATE
                || writes == 0) {
            return;
        }
        boolean full = net.congestionFill() > 0 && bytes >= net.congestionFill();
        boolean wide = volume.meta().activityLog().heldExtents() >= net.congestionExtents();
        if (!full && !wide) {
            return;
        }
        String why = full ? "congestion: " + bytes + " bytes are under way" : "congestion: too many extents are in use";
        if (policy == NetOptions.OnCongestion.PULL_AHEAD) {
            peer.link().sendLog().close();
            volume.become(s.withConnection(ConnectionState.AHEAD), why);
        } else {
            // Behind the write that is about to be made.
            core.later(() -> peer.link().fail(new DrbdException(DrbdException.Kind.DISCONNECTED, why), true));
        }
    }
}
