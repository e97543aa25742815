package io.diskless.drbd.session;

/**
 * Told of each write of the peer that is on the disk here, in an order that may be replayed: all writes of an epoch come
 * before its end, and none of a later one comes before that. At the end of an epoch the disk holds what the writer's disk
 * would hold after a crash at some moment, and that is on stable storage: a point at which a copy is consistent by itself.
 *
 * <p>A connection that ends leaves the last epoch without an end; the numbers go on rising. Blocks that a resync brings are
 * not told: from its {@linkplain DrbdEvent.StateChanged begin} to its end no point is consistent.
 *
 * <p>Called on the resource's event loop, by one thread at a time: it must not block.
 */
public interface WriteTap {
    /** What a write did. */
    enum Kind {
        /** It brought data. */
        DATA,
        /** It gave the range up. */
        DISCARD,
        /** It made the range zero. */
        ZEROES
    }

    /**
     * A write is on the disk, though perhaps not yet on stable storage.
     *
     * @param volume number of the volume
     * @param offset where, in bytes
     * @param length how many bytes
     * @param kind what it did
     * @param epoch the epoch that it belongs to; all volumes of the resource share them
     */
    void written(int volume, long offset, long length, Kind kind, long epoch);

    /**
     * All writes of an epoch, and of those before it, are on stable storage.
     *
     * @param epoch the epoch that has ended; one without writes is not told
     */
    void epochEnded(long epoch);
}
