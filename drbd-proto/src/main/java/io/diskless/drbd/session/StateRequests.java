package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.state.StateChangeResult;
import io.diskless.drbd.state.StatePerspective;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.VolumeState;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Changes of state that need the other side's consent, in both directions (spec drbd-wire 7.3). One request of this side
 * is under way at a time; of two that cross, the side that decides ties refuses the other's. Confined to the data loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
final class StateRequests {
    private record Wish(
            PacketType type, int volume, int mask, int value, CompletableFuture<StateChangeResult> answer) {}

    private static final int[] FIELDS = {
        StateWord.ROLE_MASK, StateWord.PEER_MASK, StateWord.CONN_MASK, StateWord.DISK_MASK, StateWord.PDSK_MASK
    };

    private final ResourceCore core;
    private final Link link;
    private final ArrayDeque<Wish> waiting = new ArrayDeque<>();
    private @Nullable Wish current;
    private boolean closed;

    StateRequests(ResourceCore core, Link link) {
        this.core = core;
        this.link = link;
    }

    /** Asks the peer; the result is its word, or a {@link DrbdException} if the connection ended before it answered. */
    CompletableFuture<StateChangeResult> ask(int volume, int mask, int value) {
        return ask(PacketType.STATE_CHG_REQ, volume, mask, value);
    }

    /** Asks for the end of the connection: mask and value say that, and may say what it makes of a disk. */
    CompletableFuture<StateChangeResult> disconnect(int mask, int value) {
        PacketType type = link.dialect().hasVolumes() ? PacketType.CONN_ST_CHG_REQ : PacketType.STATE_CHG_REQ;
        int only = core.volumes().iterator().next().number();
        return ask(type, link.dialect().hasVolumes() ? 0 : only, mask, value);
    }

    private CompletableFuture<StateChangeResult> ask(PacketType type, int volume, int mask, int value) {
        Wish wish = new Wish(type, volume, mask, value, new CompletableFuture<>());
        if (closed) {
            wish.answer.completeExceptionally(
                    new DrbdException(DrbdException.Kind.DISCONNECTED, "the connection has ended"));
        } else {
            waiting.add(wish);
            next();
        }
        return wish.answer;
    }

    private void next() {
        if (current == null && !waiting.isEmpty()) {
            Wish wish = waiting.remove();
            current = wish;
            link.send(link.begin(wish.type, wish.volume, 8).writeInt(wish.mask).writeInt(wish.value));
        }
    }

    /** Whether the peer owes an answer. */
    boolean isPending() {
        return current != null;
    }

    void onReply(ByteBuf p) {
        Wish wish = current;
        if (wish == null) {
            link.protocolError("an answer to a change of state that nobody asked for");
            return;
        }
        current = null;
        int code = p.getInt(p.readerIndex());
        // Nobody has assigned codes above: whoever sends one agrees.
        StateChangeResult other = code > 0 ? StateChangeResult.SUCCESS : StateChangeResult.REFUSED_BY_PEER;
        wish.answer.complete(StateChangeResult.ofCode(code).orElse(other));
        next();
    }

    /**
     * Whether a peer may ask for it at all, mask and value being in our words: whole fields and codes that exist, for the
     * connection only what begins or ends something, no role of ours, and of our disk only that it is Outdated.
     */
    private boolean isOrderly(int mask, int value) {
        for (int field : FIELDS) {
            if ((mask & field) != 0 && (mask & field) != field) {
                return false;
            }
        }
        boolean mine = (mask & StateWord.ROLE_MASK) == 0
                && ((mask & StateWord.DISK_MASK) == 0 || StateWord.disk(value) == DiskState.OUTDATED);
        boolean theirs = ((mask & StateWord.PEER_MASK) == 0 || StateWord.peer(value) != Role.UNRECOGNIZED)
                && ((mask & StateWord.PDSK_MASK) == 0 || StateWord.peerDisk(value) != DiskState.UNRECOGNIZED);
        boolean both = (mask & StateWord.CONN_MASK) == 0
                || switch (StateWord.connection(value)) {
                    case TEAR_DOWN, WF_REPORT_PARAMS, CONNECTED, STARTING_SYNC_S, STARTING_SYNC_T, VERIFY_T -> true;
                    default -> false;
                };
        return mine && theirs && both;
    }

    void onRequest(PacketType type, int volume, ByteBuf p) {
        int mask = StatePerspective.turned(p.getInt(p.readerIndex()));
        int value = StatePerspective.turned(p.getInt(p.readerIndex() + 4));
        boolean whole = type == PacketType.CONN_ST_CHG_REQ;
        PacketType answer = whole ? PacketType.CONN_ST_CHG_REPLY : PacketType.STATE_CHG_REPLY;
        if (!isOrderly(mask, value)) {
            link.protocolError(type.label() + " asks for what no peer may: mask 0x" + Integer.toHexString(mask)
                    + ", value 0x" + Integer.toHexString(value));
            return;
        }
        if (current != null && link.resolveConflicts()) {
            link.acks().reply(answer, volume, StateChangeResult.CONCURRENT_CHANGE.code());
            return;
        }
        StateChangeResult verdict = StateChangeResult.NOTHING_TO_DO;
        for (VolumeCore v : core.volumes()) {
            if (whole || v.number() == volume) {
                StateChangeResult one = v.changes().judgePeer(mask, value);
                verdict = one.code() < verdict.code() ? one : verdict;
            }
        }
        int code = verdict.code();
        if (!verdict.isSuccess()) {
            link.acks().reply(answer, volume, code);
            return;
        }
        if ((mask & StateWord.CONN_MASK) != 0 && StateWord.connection(value) == ConnectionState.TEAR_DOWN) {
            link.acks().reply(answer, volume, StateChangeResult.SUCCESS.code());
            link.peerLeaves();
            for (VolumeCore v : core.volumes()) {
                VolumeState end = v.state().withConnection(ConnectionState.TEAR_DOWN);
                // A Primary that fences goes on alone: what is here will be old.
                boolean outdates = (mask & StateWord.DISK_MASK) != 0 && v.hasDisk();
                if ((mask & StateWord.PDSK_MASK) != 0 && v.state().peerDisk().isAtLeast(DiskState.OUTDATED)) {
                    // Or it is this side that fences.
                    end = end.withPeerDisk(StateWord.peerDisk(value));
                }
                v.become(outdates ? end.withDisk(StateWord.disk(value)) : end, "the peer disconnects");
            }
            return;
        }
        // The answer leaves before anything that the change brings about: it is what the peer waits for.
        link.acks().reply(answer, volume, code);
        for (VolumeCore v : core.volumes()) {
            if (whole || v.number() == volume) {
                v.changes().serve(mask, value);
            }
        }
    }

    /** The connection ended: nobody answers any more. */
    void close(DrbdException cause) {
        closed = true;
        Wish wish = current;
        current = null;
        if (wish != null) {
            wish.answer.completeExceptionally(cause);
        }
        waiting.forEach(w -> w.answer.completeExceptionally(cause));
        waiting.clear();
    }
}
