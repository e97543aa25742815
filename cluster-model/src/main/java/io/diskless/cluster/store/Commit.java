package io.diskless.cluster.store;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.store.internal.Applying;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One entry of a site's history. Each holds the hash of the one before, so nobody can change an old one unseen. Immutable.
 *
 * @param revision of the site after it; 1 for the first
 * @param at when, by the clock of the store that took it
 * @param proposal what happened, who wanted it and why
 * @param token under which lease, if any
 * @param previous hash of the commit before; 64 zeros for the first
 * @param hash SHA-256 of the bytes in which it is kept, hexadecimal
 */
public record Commit(
        long revision, Instant at, Proposal proposal, Optional<FencingToken> token, String previous, String hash) {
    /** What stands for the hash of the commit before the first. */
    public static final String NONE = "0".repeat(64);

    /**
     * Insists on all of it.
     *
     * @throws IllegalArgumentException if the revision is not positive
     */
    public Commit {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(proposal, "proposal");
        Objects.requireNonNull(token, "token");
        Objects.requireNonNull(previous, "previous");
        Objects.requireNonNull(hash, "hash");
        if (revision < 1) {
            throw new IllegalArgumentException("the first commit makes revision 1, got " + revision);
        }
    }

    /** {@return what happened} */
    public List<Event> events() {
        return proposal.events();
    }

    /**
     * Whether it is about a thing.
     *
     * @param id its name
     * @return whether one of the events is
     */
    public boolean isAbout(EntityId id) {
        return events().stream().anyMatch(event -> event.about().equals(id));
    }

    /**
     * The site after it.
     *
     * @param before the site at the revision before
     * @return the site at this revision
     * @throws IllegalArgumentException if that is another revision, or the site is not what the events expect
     */
    public Cluster applyTo(Cluster before) {
        if (before.revision() != revision - 1) {
            throw new IllegalArgumentException(
                    "commit " + revision + " follows revision " + (revision - 1) + ", got " + before.revision());
        }
        return Applying.apply(before, events());
    }
}
