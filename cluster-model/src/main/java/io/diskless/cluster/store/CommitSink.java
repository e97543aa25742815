package io.diskless.cluster.store;

/** Is told what happens to a site. Called by one thread at a time, without a lock held. */
@FunctionalInterface
public interface CommitSink {
    /**
     * A commit; the next call brings the next revision.
     *
     * @param commit which
     */
    void committed(Commit commit);

    /**
     * The watch is over, for another reason than that it was closed: history cannot be read, or {@link #committed} threw.
     *
     * @param why what happened
     */
    default void failed(StoreException why) {}
}
