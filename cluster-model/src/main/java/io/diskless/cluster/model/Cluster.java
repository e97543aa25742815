package io.diskless.cluster.model;

import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * A site: what is wanted beside what was seen, never merged, with a number that grows with every change. Immutable.
 *
 * @param desired what is wanted
 * @param observed what was seen
 * @param revision 0 or more
 */
public record Cluster(Model desired, Observed observed, long revision) {
    /**
     * Insists on both.
     *
     * @throws IllegalArgumentException if the revision is negative
     */
    public Cluster {
        Objects.requireNonNull(desired, "desired");
        Objects.requireNonNull(observed, "observed");
        if (revision < 0) {
            throw new IllegalArgumentException("a revision is 0 or more, got " + revision);
        }
    }

    /**
     * A site of which nothing was seen yet.
     *
     * @param desired what is wanted
     * @return the site at revision 0
     */
    public static Cluster of(Model desired) {
        return new Cluster(desired, Observed.nothing(), 0);
    }

    /**
     * The next revision, with another wish.
     *
     * @param change makes the next wish of this one
     * @return a new site
     */
    public Cluster desire(UnaryOperator<Model> change) {
        return new Cluster(change.apply(desired), observed, revision + 1);
    }

    /**
     * The next revision, with other sights.
     *
     * @param change makes the next sights of these
     * @return a new site
     */
    public Cluster observe(UnaryOperator<Observed> change) {
        return new Cluster(desired, change.apply(observed), revision + 1);
    }
}
