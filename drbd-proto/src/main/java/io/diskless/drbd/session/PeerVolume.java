package io.diskless.drbd.session;

import io.diskless.drbd.internal.ConflictDetector;
import io.diskless.drbd.internal.SequenceGate;
import io.diskless.drbd.wire.Uuids;
import java.util.ArrayDeque;
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
    private int unwatched;
    private boolean writeSame;
    private @Nullable SourcePace pace;
    private final SequenceGate gate = new SequenceGate();
    private final ConflictDetector conflicts;
    private final ArrayDeque<Runnable> gated = new ArrayDeque<>();

    PeerVolume(Link link, int number) {
        this.link = link;
        this.number = number;
        maxBio = link.dialect().maxData();
        conflicts = new ConflictDetector(link.resolveConflicts());
    }

    /** A write of the peer began or ended that was not looked at for conflicts. */
    void unwatched(int more) {
        unwatched += more;
    }

    /** Whether one of those is under way. */
    boolean hasUnwatched() {
        return unwatched > 0;
    }

    /** The numbers of both sides' packets. */
    SequenceGate gate() {
        return gate;
    }

    /** Writes of both sides that are under way, where both may write. */
    ConflictDetector conflicts() {
        return conflicts;
    }

    /** Writes of the peer whose turn by sequence has not come, in order. */
    ArrayDeque<Runnable> gated() {
        return gated;
    }

    /** An ack of the peer was taken in: writes that it sent behind it may be looked at now. */
    void seen(int sequence) {
        gate.seen(sequence);
        int n = gated.size();
        for (int i = 0; i < n && !gated.isEmpty(); i++) {
            gated.remove().run();
        }
    }

    /** The connection ended: writes whose turn has not come are let go. */
    void close() {
        while (!gated.isEmpty()) {
            gated.remove().run();
        }
        SourcePace p = pace;
        if (p != null) {
            p.close();
        }
    }

    Link link() {
        return link;
    }

    int number() {
        return number;
    }

    int nextSequence() {
        return gate.next();
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

    /** At which what the peer's resync or verify asks for is read. */
    SourcePace pace(ResourceCore core, VolumeCore volume) {
        SourcePace p = pace;
        if (p == null) {
            p = new SourcePace(core.loop(), () -> core.options().sync().minRate(), volume::applicationIo);
            pace = p;
        }
        return p;
    }

    /** Whether it takes a write-same; a kernel that offers the feature may say here that it does not. */
    boolean takesWriteSame() {
        return writeSame;
    }

    void takesWriteSame(boolean does) {
        writeSame = does;
    }

    boolean considersResync() {
        return considerResync;
    }

    void considerResync(boolean on) {
        considerResync = on;
    }
}
