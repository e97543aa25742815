package io.diskless.cluster.store;

import io.diskless.cluster.json.RecordJson;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.id.EntityId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/** Questions to the history of a site. Thread-safe if the store is. */
public final class History {
    private static final int PAGE = 256;

    private final ClusterStore store;

    /**
     * The history that a store keeps.
     *
     * @param store stays the caller's
     */
    public History(ClusterStore store) {
        this.store = Objects.requireNonNull(store, "store");
    }

    /**
     * The last commits of a sort.
     *
     * @param which whether to give one
     * @param atMost how many
     * @return the newest first
     * @throws StoreException as the store says
     */
    public List<Commit> newest(Predicate<? super Commit> which, int atMost) throws StoreException {
        List<Commit> found = new ArrayList<>();
        for (long end = store.read().revision(); end > 0 && found.size() < atMost; end -= PAGE) {
            List<Commit> page = new ArrayList<>(range(Math.max(1, end - PAGE + 1), end));
            Collections.reverse(page);
            for (Commit commit : page) {
                if (found.size() < atMost && which.test(commit)) {
                    found.add(commit);
                }
            }
        }
        return found;
    }

    private List<Commit> range(long first, long last) throws StoreException {
        List<Commit> found = new ArrayList<>();
        for (long next = first; next <= last; ) {
            List<Commit> more = store.commits(next, Math.toIntExact(last - next + 1));
            if (more.isEmpty()) {
                throw new StoreException(StoreException.Kind.NO_SUCH_REVISION, "commit " + next + " is not there");
            }
            found.addAll(more);
            next += more.size();
        }
        return found;
    }

    /**
     * Who made a field what it is.
     *
     * @param id the thing, which may be gone
     * @param field names and indices with slashes between them, such as {@code machine/nics/0/mtu}; empty for all of the thing
     * @return the last wish that changed it; empty if none ever did
     * @throws StoreException as the store says
     */
    public Optional<Blame> blame(EntityId id, String field) throws StoreException {
        List<Commit> last = newest(commit -> of(commit, id, field).isPresent(), 1);
        return last.isEmpty() ? Optional.empty() : of(last.get(0), id, field);
    }

    private static Optional<Blame> of(Commit commit, EntityId id, String field) {
        for (Event event : commit.events()) {
            if (event instanceof Event.Wish wish && wish.change().id().equals(id)) {
                Optional<String> before = value(wish.change().before(), field);
                Optional<String> after = value(wish.change().after(), field);
                if (!before.equals(after)) {
                    return Optional.of(new Blame(commit, wish.change(), before, after));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> value(Optional<Entity> entity, String field) {
        return entity.flatMap(there -> RecordJson.field(there, field));
    }

    /**
     * What would make the site want again what it wanted. It is a proposal like any other: nothing is taken out of history.
     *
     * @param revision which wish to go back to
     * @param now the site to go back from
     * @param who who wants it
     * @return the proposal, for the revision of {@code now}; without events if nothing differs
     * @throws StoreException NO_SUCH_REVISION, and as the store says
     */
    public Proposal rollback(long revision, Cluster now, String who) throws StoreException {
        return Proposal.wish(
                who,
                "roll back to revision " + revision,
                now.desired(),
                store.at(revision).desired());
    }

    /**
     * Walks the whole history and follows the chain of hashes.
     *
     * @return the hash of the newest commit, which stands for all of history; {@link Commit#NONE} if there is none
     * @throws StoreException CORRUPT if a commit was changed after it was made, with its revision
     */
    public String verify() throws StoreException {
        String previous = Commit.NONE;
        long next = 1;
        for (List<Commit> page = store.commits(next, PAGE); !page.isEmpty(); page = store.commits(next, PAGE)) {
            for (Commit commit : page) {
                if (commit.revision() != next || !commit.previous().equals(previous)) {
                    throw new StoreException(
                            StoreException.Kind.CORRUPT, "the chain of hashes breaks before revision " + next);
                }
                previous = commit.hash();
                next++;
            }
        }
        return previous;
    }
}
