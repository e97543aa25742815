package io.diskless.drbd.state;

import static io.diskless.drbd.wire.Uuids.JUST_CREATED;
import static io.diskless.drbd.wire.Uuids.PRIMARY_BIT;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.Uuids;
import java.util.random.RandomGenerator;

/**
 * How a set of generation identifiers moves on (semantics spec §4.2). Each operation takes the set as it is and returns
 * the new one; bits and flags of the set stay as they are. <b>The new set has to be on stable storage before anything
 * acts on it</b>, or the next connect decides on a lie.
 *
 * <p>Stateless, thread-safe.
 */
public final class Generations {
    /** What a sync identifier is ahead of the bitmap identifier that it replaces (wire spec §6.3). */
    static final long SYNC_STEP = 1L << 48;

    private Generations() {}

    /**
     * What create-md writes: just created, nothing recorded.
     *
     * @return current = 4, the rest 0
     */
    public static Uuids created() {
        return new Uuids(JUST_CREATED, 0, 0, 0, 0, 0);
    }

    /**
     * A random identifier that means neither "none" nor "just created".
     *
     * @param random the source
     * @return an identifier whose bit 0 is random too
     */
    public static long draw(RandomGenerator random) {
        long uuid;
        do {
            uuid = random.nextLong();
        } while (isNoGeneration(uuid));
        return uuid;
    }

    /**
     * The present role in bit 0 of the current identifier.
     *
     * @param u the set
     * @param primary whether this node is Primary now
     * @return the set with that bit
     */
    public static Uuids withRole(Uuids u, boolean primary) {
        return with(u, role(u.current(), primary), u.bitmap(), u.history0(), u.history1());
    }

    /**
     * A new generation begins: this side writes on without its peer. The bitmap counts from the former one on.
     *
     * @param u the set; a bitmap identifier in it goes to the history, so that no generation is forgotten
     * @param fresh what {@link #draw} gave
     * @param primary whether this node is Primary
     * @return current = fresh, bitmap = former current
     */
    public static Uuids newCurrent(Uuids u, long fresh, boolean primary) {
        Uuids moved = u.bitmap() == 0 ? u : moveHistory(u);
        return with(moved, role(fresh, primary), u.current(), moved.history0(), moved.history1());
    }

    /**
     * A resync starts, this side is the source.
     *
     * @param u the set
     * @param fresh what {@link #draw} gave; only used if there is no bitmap identifier to step from
     * @return bitmap = what to send as P_SYNC_UUID; the former bitmap identifier is in the history
     */
    public static Uuids startAsSource(Uuids u, long fresh) {
        long sync = isNoGeneration(u.bitmap()) ? fresh : u.bitmap() + SYNC_STEP;
        Uuids moved = moveHistory(u);
        return with(moved, moved.current(), sync, moved.history0(), moved.history1());
    }

    /**
     * A resync starts, this side is the target.
     *
     * @param u the set
     * @param sync the identifier of P_SYNC_UUID
     * @param primary whether this node is Primary
     * @return current = sync, no bitmap identifier, history as it was
     */
    public static Uuids startAsTarget(Uuids u, long sync, boolean primary) {
        return with(u, role(sync, primary), 0, u.history0(), u.history1());
    }

    /**
     * A resync is finished, this side was the source. Doing it twice does no harm.
     *
     * @param u the set
     * @return no bitmap identifier; the former one is in the history
     */
    public static Uuids finishAsSource(Uuids u) {
        Uuids moved = moveHistory(u);
        return with(moved, moved.current(), 0, moved.history0(), moved.history1());
    }

    /**
     * A resync is finished, this side was the target: it now is of the source's generation, and remembers both its own
     * sync identifier and what the source counted from.
     *
     * @param u the set
     * @param source the last P_UUIDS of the source
     * @param primary whether this node is Primary
     * @return current = that of the source
     */
    public static Uuids finishAsTarget(Uuids u, Uuids source, boolean primary) {
        Uuids taken = moveHistory(with(u, u.current(), source.bitmap(), source.history0(), source.history1()));
        return finishAsSource(
                with(taken, role(source.current(), primary), u.current(), taken.history0(), taken.history1()));
    }

    /**
     * Whether the initial resync of two empty disks may be skipped (new-current-uuid --clear-bitmap).
     *
     * @param u the own set
     * @param dialect what was agreed
     * @return true if nothing was ever written and the peer understands it
     */
    public static boolean canSkipInitialSync(Uuids u, Dialect dialect) {
        return Uuids.same(u.current(), JUST_CREATED) && dialect.hasCompressedBitmap();
    }

    /**
     * The initial resync is skipped by this side.
     *
     * @param u the set
     * @param fresh what {@link #draw} gave
     * @param primary whether this node is Primary
     * @return current = fresh, no bitmap identifier; what is sent differs, see {@link #announceSkip}
     */
    public static Uuids skipInitialSync(Uuids u, long fresh, boolean primary) {
        return with(u, role(fresh, primary), 0, u.history0(), u.history1());
    }

    /**
     * What the side that skips the initial resync sends: 8.4 shows its former generation in the bitmap slot, which its
     * receiver does not keep.
     *
     * @param u the set after {@link #skipInitialSync}
     * @return the payload of P_UUIDS
     */
    public static Uuids announceSkip(Uuids u) {
        return new Uuids(
                u.current(), JUST_CREATED, u.history0(), u.history1(), 0, u.flags() | Uuids.FLAG_SKIP_INITIAL_SYNC);
    }

    /**
     * The initial resync is skipped by the peer.
     *
     * @param u the own set
     * @param peer its P_UUIDS with {@link Uuids#FLAG_SKIP_INITIAL_SYNC}
     * @param primary whether this node is Primary
     * @return current = that of the peer, no bitmap identifier
     */
    public static Uuids acceptSkip(Uuids u, Uuids peer, boolean primary) {
        return with(u, role(peer.current(), primary), 0, u.history0(), u.history1());
    }

    /**
     * Whether an identifier stands for no generation: none, or just created.
     *
     * @param uuid an identifier
     * @return true for 0 and 4, whatever bit 0 says
     */
    static boolean isNoGeneration(long uuid) {
        return Uuids.same(uuid, 0) || Uuids.same(uuid, JUST_CREATED);
    }

    static Uuids with(Uuids u, long current, long bitmap, long history0, long history1) {
        return new Uuids(current, bitmap, history0, history1, u.bits(), u.flags());
    }

    /** The bitmap identifier, if there is one, becomes the younger history. */
    private static Uuids moveHistory(Uuids u) {
        return u.bitmap() == 0 ? u : with(u, u.current(), u.bitmap(), u.bitmap(), u.history0());
    }

    private static long role(long uuid, boolean primary) {
        return primary ? uuid | PRIMARY_BIT : uuid & ~PRIMARY_BIT;
    }
}
