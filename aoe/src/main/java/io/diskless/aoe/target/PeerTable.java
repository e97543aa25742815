package io.diskless.aoe.target;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sources that a port remembers: sets of four, in which a new one takes the place of the one that was silent longest.
 * The table never grows, whoever sends; a set's objects are made once and then used again.
 *
 * <p>Confined to the port's thread, except {@link #list()}.
 */
final class PeerTable {
    private static final int WAYS = 4;

    private final @Nullable Peer[] peers;
    private final int sets;

    PeerTable(int capacity) {
        sets = Integer.highestOneBit(Math.max(1, capacity / WAYS));
        peers = new Peer[sets * WAYS];
    }

    Peer find(long mac, long now) {
        int base = (int) ((mac * 0x9E3779B97F4A7C15L) >>> 40) % sets * WAYS;
        int victim = base;
        for (int i = base; i < base + WAYS; i++) {
            Peer peer = peers[i];
            if (peer == null) {
                Peer fresh = new Peer();
                fresh.become(mac, now);
                peers[i] = fresh;
                return fresh;
            }
            if (peer.mac() == mac) {
                peer.lastSeen = now;
                return peer;
            }
            Peer oldest = peers[victim];
            if (oldest != null && peer.lastSeen - oldest.lastSeen < 0) {
                victim = i;
            }
        }
        Peer chosen = peers[victim];
        if (chosen == null) {
            throw new AssertionError("a full set has a victim");
        }
        chosen.become(mac, now);
        return chosen;
    }

    /** For snapshots, from any thread. */
    List<Peer> list() {
        List<Peer> list = new ArrayList<>();
        for (Peer peer : peers) {
            if (peer != null) {
                list.add(peer);
            }
        }
        return list;
    }
}
