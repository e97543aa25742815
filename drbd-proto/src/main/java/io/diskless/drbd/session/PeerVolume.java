package io.diskless.drbd.session;

import io.diskless.drbd.wire.Uuids;
import org.jspecify.annotations.Nullable;

/** What is known of a volume at the peer, for as long as one connection lasts. Confined to the data loop. */
final class PeerVolume {
    private final Link link;
    private final int number;
    private @Nullable Uuids uuids;
    private long diskSectors;
    private boolean sized;
    private boolean considerResync;
    private int maxBio;
    // Every write and every ack of this side takes the next one; the first is 1 (spec drbd-wire 8.5).
    private int sequence;

    PeerVolume(Link link, int number) {
        this.link = link;
        this.number = number;
        maxBio = link.dialect().maxData();
    }

    Link link() {
        return link;
    }

    int number() {
        return number;
    }

    int nextSequence() {
        return ++sequence;
    }

    @Nullable
    Uuids uuids() {
        return uuids;
    }

    void uuids(Uuids received) {
        uuids = received;
    }

    boolean isSized() {
        return sized;
    }

    long diskSectors() {
        return diskSectors;
    }

    int maxBio() {
        return maxBio;
    }

    void sizes(long sectors, int bio) {
        sized = true;
        diskSectors = sectors;
        // A whole number of sectors, at least one of the smallest pieces that anybody sends.
        maxBio = Math.max(4096, Math.min(bio & ~511, link.dialect().maxData()));
    }

    boolean considersResync() {
        return considerResync;
    }

    void considerResync(boolean on) {
        considerResync = on;
    }
}
