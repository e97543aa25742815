package io.diskless.drbd.session;

import io.diskless.cluster.block.Completion;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.state.AfterChange;
import io.diskless.drbd.state.Generations;
import io.diskless.drbd.state.StateChangeResult;
import io.diskless.drbd.state.StatePerspective;
import io.diskless.drbd.state.StatePolicy;
import io.diskless.drbd.state.StateValidator;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.VolumeState;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Changes of a volume's state: those wished for here, those the peer asks for, and what follows from each (spec
 * drbd-semantics 2.4, 2.5, 3). A wish is judged by the rules of {@link StateValidator} before anything happens. Confined to
 * the data loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
final class VolumeChanges {
    /** What is refused because something is under way is tried again (spec drbd-semantics 2.4, code -18). */
    private static final int TRIES = 20;

    private static final long RETRY_MILLIS = 100;

    private final ResourceCore core;
    private final VolumeCore volume;
    private boolean owesGeneration;

    VolumeChanges(ResourceCore core, VolumeCore volume) {
        this.core = core;
        this.volume = volume;
    }

    /** Whether a change can be, whoever asks for it; mask and value are in our words. */
    StateChangeResult judge(int mask, int value) {
        VolumeState now = volume.state();
        PeerVolume peer = volume.peer();
        boolean promotes = (mask & (StateWord.ROLE_MASK | StateWord.PEER_MASK)) != 0;
        if (promotes && peer != null && (peer.considersResync() || wouldMissConflicts(now, peer))) {
            return StateChangeResult.IN_TRANSIENT_STATE;
        }
        return StateValidator.judge(now, changed(now, mask, value), policy());
    }

    /** Two Primaries were not allowed when writes began that are still under way: nobody looked what they meet. */
    private boolean wouldMissConflicts(VolumeState now, PeerVolume peer) {
        return volume.twoPrimaries()
                && (now.role() == Role.PRIMARY || now.peer() == Role.PRIMARY)
                && (volume.local().hasUnwatched() || peer.hasUnwatched());
    }

    /** As {@link #judge}, for the peer: it asks for nothing before both sides know each other's state. */
    StateChangeResult judgePeer(int mask, int value) {
        return volume.isConnected() ? judge(mask, value) : StateChangeResult.IN_TRANSIENT_STATE;
    }

    /** What the rules for changes of the state depend on, besides the state. */
    StatePolicy policy() {
        PeerVolume p = volume.peer();
        NetOptions net = core.options().net();
        boolean elsewhere =
                core.volumes().stream().anyMatch(v -> v != volume && v.state().peer() == Role.PRIMARY);
        return StatePolicy.DEFAULT
                .withTwoPrimaries(net.twoPrimaries() && core.permitsTwoPrimaries())
                .withFencing(core.options().fencing())
                .withSuspendWithoutData(core.options().onNoData() == DrbdOptions.OnNoData.SUSPEND_IO)
                .withDialect(
                        p == null ? StatePolicy.DEFAULT.dialect() : p.link().dialect(),
                        net.verifyAlg().isPresent())
                .withDisk(volume.attached(), seesNoOther())
                .withUse(false, elsewhere);
    }

    /** A Primary whose disk is being attached has shown its users the peer's data: the disk must not be taken for that. */
    private boolean seesNoOther() {
        return volume.state().role() != Role.PRIMARY
                || Uuids.same(volume.exposed().current(), volume.uuids().current());
    }

    private static VolumeState changed(VolumeState now, int mask, int value) {
        return new VolumeState(StatePerspective.applied(now.word(), mask, value));
    }

    /**
     * Asks for a change, here and where it takes that, at the peer. It is not made yet when the result ends well.
     *
     * @param what the change in words, for the error
     */
    CompletableFuture<Void> consent(int mask, int value, String what) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        consent(mask, value, what, answer, TRIES);
        return answer;
    }

    private void consent(int mask, int value, String what, CompletableFuture<Void> answer, int tries) {
        VolumeState now = volume.state();
        StateChangeResult mine = judge(mask, value);
        PeerVolume peer = volume.peer();
        if (!mine.isSuccess()) {
            refuse(mine, false, mask, value, what, answer, tries);
        } else if (peer == null || !StateValidator.needsConsent(now, changed(now, mask, value))) {
            answer.complete(null);
        } else {
            peer.link().requests().ask(volume.number(), mask, value).whenComplete((theirs, failure) -> {
                if (failure != null) {
                    answer.completeExceptionally(failure);
                } else if (theirs.isSuccess()) {
                    answer.complete(null);
                } else {
                    refuse(theirs, true, mask, value, what, answer, tries);
                }
            });
        }
    }

    private void refuse(
            StateChangeResult why,
            boolean byPeer,
            int mask,
            int value,
            String what,
            CompletableFuture<Void> answer,
            int tries) {
        if (why.isWorthARetry() && tries > 1 && !core.isClosed()) {
            core.loop()
                    .schedule(() -> consent(mask, value, what, answer, tries - 1), RETRY_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            answer.completeExceptionally(refusal(why, byPeer, "volume " + volume.number() + " " + what));
        }
    }

    /** The error for a wish that is not granted: it names the rule. */
    DrbdException refusal(StateChangeResult why, boolean byPeer, String what) {
        DrbdException.Kind kind = switch (why) {
            case NO_UP_TO_DATE_DISK, NO_LOCAL_DISK, NO_REMOTE_DISK, IS_DISKLESS -> DrbdException.Kind.NO_DATA;
            case TWO_PRIMARIES, OTHER_VOLUME_PRIMARY -> DrbdException.Kind.REFUSED;
            default -> DrbdException.Kind.STATE;
        };
        return new DrbdException(
                byPeer ? DrbdException.Kind.REFUSED : kind,
                what + (byPeer ? " is refused by the peer: " : " is refused: ") + why.words() + " (rule " + why.code()
                        + "); the state is " + volume.state());
    }

    /**
     * The state without the suspension for want of data, where there is data again (spec drbd-semantics 2.3, rule 8); who is
     * not Primary has no requests that could wait.
     */
    static VolumeState resumed(VolumeState s) {
        boolean data = s.disk() == DiskState.UP_TO_DATE || s.peerDisk() == DiskState.UP_TO_DATE;
        if (s.role() != Role.PRIMARY) {
            return s.withFlags(StateWord.SUSP_NOD | StateWord.SUSP_FEN, false);
        }
        return data ? s.withFlags(StateWord.SUSP_NOD, false) : s;
    }

    /** The peer has granted a disconnect, with what that says of a disk. */
    void left(int mask, int value) {
        VolumeState now = volume.state();
        VolumeState end = now.withConnection(ConnectionState.DISCONNECTING);
        if ((mask & StateWord.PDSK_MASK) != 0 && now.peerDisk().isAtLeast(StateWord.peerDisk(value))) {
            end = end.withPeerDisk(StateWord.peerDisk(value));
        }
        if ((mask & StateWord.DISK_MASK) != 0 && now.disk().isAtLeast(StateWord.disk(value))) {
            end = end.withDisk(StateWord.disk(value));
        }
        volume.become(end, "disconnect");
    }

    /** Does what the peer asked for, and was granted. */
    void serve(int mask, int value) {
        VolumeState now = volume.state();
        VolumeState next = changed(now, mask, value);
        PeerVolume peer = volume.peer();
        if (peer != null
                && now.disk() == DiskState.INCONSISTENT
                && now.peerDisk() == DiskState.INCONSISTENT
                && next.peerDisk() == DiskState.UP_TO_DATE) {
            // The peer was made Primary by force: its data is the data now.
            peer.considerResync(true);
        }
        volume.become(next, "the peer asked for it");
    }

    /** What a change leads to, in the order that the peer relies on. */
    void after(VolumeState before, VolumeState after) {
        Set<AfterChange> actions = AfterChange.of(before, after, volume.uuids(), policy().dialect());
        PeerVolume peer = volume.peer();
        boolean talks = peer != null && !peer.link().isDead();
        boolean frozen = StateWord.has(after.word(), StateWord.SUSP_FEN);
        if (owesGeneration && !frozen) {
            owesGeneration = false;
            // Whoever goes on without the peer; if it is back, it has missed nothing.
            if (!volume.isConnected()
                    && after.role() == Role.PRIMARY
                    && volume.uuids().bitmap() == 0) {
                actions.add(AfterChange.NEW_CURRENT_UUID);
            }
        }
        if (frozen && actions.remove(AfterChange.NEW_CURRENT_UUID)) {
            owesGeneration = true;
        }
        for (AfterChange action : actions) {
            switch (action) {
                case NEW_CURRENT_UUID -> newCurrent();
                case SET_ALL_BITS -> volume.resync().beginWithAll();
                case SEND_BITMAP -> {
                    if (talks && peer != null && actions.contains(AfterChange.SEND_UUIDS)) {
                        // A disk was attached there: only our state tells the peer that bitmaps are to be exchanged.
                        tell(AfterChange.SEND_STATE, peer.link());
                    }
                    volume.resync().sendBitmap();
                }
                case WRITE_BITMAP -> {
                    if (volume.hasDisk()) {
                        // Nobody waits: what is marked for nothing does no harm.
                        volume.meta().writeBitmap(volume.durably(() -> {}));
                    }
                }
                default -> {
                    boolean told = action == AfterChange.SEND_STATE
                            && actions.contains(AfterChange.SEND_BITMAP)
                            && actions.contains(AfterChange.SEND_UUIDS);
                    if (talks && peer != null && !told) {
                        tell(action, peer.link());
                    }
                }
            }
        }
    }

    private void tell(AfterChange what, Link link) {
        switch (what) {
            case SEND_SIZES -> Parameters.sendSizes(link, volume, volume.sectors(), 0);
            case SEND_UUIDS -> {
                if (volume.hasDisk()) {
                    Parameters.sendUuids(link, volume, volume.uuids());
                }
            }
            case SEND_SYNC_UUID -> volume.resync().sendSyncUuid();
            case SEND_STATE, ANSWER_STATE -> Parameters.sendState(link, volume);
            default -> throw new AssertionError(what + " says nothing to the peer");
        }
    }

    /** No write completes before the new identifier is durable: whoever missed that write must be seen to have missed it. */
    private void newCurrent() {
        volume.local().hold();
        newCurrent(volume.durably(() -> {
            PeerVolume peer = volume.peer();
            if (peer != null && !peer.link().isDead() && volume.isConnected()) {
                Parameters.sendUuids(peer.link(), volume, volume.uuids());
            }
            volume.local().release();
        }));
    }

    /** A new generation, where nothing more follows from it than what is said here. */
    void newCurrent(Completion durable) {
        Uuids next = Generations.newCurrent(
                volume.meta().uuids(),
                Generations.draw(core.options().random()),
                volume.state().role() == Role.PRIMARY);
        volume.meta().uuids(next, durable);
    }

    CompletableFuture<Void> promote(boolean force) {
        VolumeState now = volume.state();
        if (now.role() == Role.PRIMARY) {
            return CompletableFuture.completedFuture(null);
        }
        boolean forced = force && now.disk().isAtLeast(DiskState.INCONSISTENT) && now.disk() != DiskState.UP_TO_DATE;
        int mask = StateWord.ROLE_MASK | (forced ? StateWord.DISK_MASK : 0);
        int role = StateWord.withRole(0, Role.PRIMARY);
        int value = forced ? StateWord.withDisk(role, DiskState.UP_TO_DATE) : role;
        if (waitsForFence(mask, value)) {
            return core.fencing().fence().thenCompose(fenced -> promote(mask, value, forced, force && !fenced));
        }
        return promote(mask, value, forced, false);
    }

    /** Alone, and only somebody who knows what became of the peer can say whether it may be (spec drbd-semantics 3). */
    private boolean waitsForFence(int mask, int value) {
        StateChangeResult mine = judge(mask, value);
        return core.options().fencing() != StatePolicy.Fencing.DONT_CARE
                && !volume.state().connection().isAtLeast(ConnectionState.WF_REPORT_PARAMS)
                && (mine == StateChangeResult.PRIMARY_NOP
                        || (mine == StateChangeResult.NO_UP_TO_DATE_DISK
                                && volume.state().disk() == DiskState.CONSISTENT));
    }

    private CompletableFuture<Void> promote(int mask, int value, boolean forced, boolean unfenced) {
        if (unfenced && !volume.state().connection().isAtLeast(ConnectionState.WF_REPORT_PARAMS)) {
            // Who forces it answers for the peer; the kernel says just that too.
            core.note(volume.number(), "forced into a split brain: the peer was not fenced");
            int more = mask | StateWord.PDSK_MASK;
            int outdated = StateWord.withPeerDisk(value, DiskState.OUTDATED);
            return consent(more, outdated, "becomes Primary").thenCompose(x -> promoted(more, outdated, forced));
        }
        return consent(mask, value, "becomes Primary").thenCompose(granted -> promoted(mask, value, forced));
    }

    private CompletableFuture<Void> promoted(int mask, int value, boolean forced) {
        VolumeState now = volume.state();
        boolean alone = !volume.isConnected() || !now.peerDisk().isAtLeast(DiskState.NEGOTIATING);
        boolean fresh =
                volume.hasDisk() && (forced || (alone && volume.meta().uuids().bitmap() == 0));
        CompletableFuture<Void> done = new CompletableFuture<>();
        Runnable then = () -> {
            PeerVolume peer = volume.peer();
            if (fresh && peer != null && volume.isConnected()) {
                Parameters.sendUuids(peer.link(), volume, volume.uuids());
            }
            volume.become(changed(volume.state(), mask, value), forced ? "promoted by force" : "promoted");
            done.complete(null);
        };
        if (!volume.hasDisk()) {
            then.run();
            return done;
        }
        Uuids own = volume.meta().uuids();
        volume.meta()
                .uuids(
                        fresh
                                ? Generations.newCurrent(
                                        own, Generations.draw(core.options().random()), true)
                                : Generations.withRole(own, true),
                        volume.durably(then));
        return done;
    }

    /**
     * As soon as no request of an application is under way, and nothing of it is only on the way to the peer's disk: behind a
     * crash, only the mark of a Primary says that the hot extents have to be compared.
     */
    CompletableFuture<Void> demote() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (volume.state().role() != Role.PRIMARY) {
            done.complete(null);
            return done;
        }
        Runnable then = () -> {
            volume.become(volume.state().withRole(Role.SECONDARY), "demoted");
            volume.local().release();
            done.complete(null);
        };
        volume.local().whenQuiet(() -> {
            volume.local().hold();
            if (volume.hasDisk()) {
                volume.meta().uuids(Generations.withRole(volume.meta().uuids(), false), volume.durably(then));
            } else {
                then.run();
            }
        });
        return done;
    }
}
