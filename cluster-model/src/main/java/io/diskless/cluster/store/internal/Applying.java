package io.diskless.cluster.store.internal;

import io.diskless.cluster.model.Change;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Diff;
import io.diskless.cluster.model.Observed;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.store.Event;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Makes the next revision of a site. Stateless. */
public final class Applying {
    private Applying() {}

    /**
     * All events, in their order.
     *
     * @throws IllegalArgumentException if there is none, or a wish's before is not what stands there
     */
    public static Cluster apply(Cluster before, List<Event> events) {
        if (events.isEmpty()) {
            throw new IllegalArgumentException("a commit has an event, got none");
        }
        List<Change> wishes = new ArrayList<>();
        Set<EntityId> wanted = new HashSet<>();
        Observed observed = before.observed();
        for (Event event : events) {
            if (event instanceof Event.Wish wish) {
                Change change = wish.change();
                if (!wanted.add(change.id())) {
                    throw new IllegalArgumentException(
                            "a commit changes a thing once, " + change.id() + " is there twice");
                }
                if (!before.desired().get(change.id()).equals(change.before())) {
                    throw new IllegalArgumentException(
                            "a change of " + change.id() + " starts from what is wanted at revision "
                                    + before.revision() + ", which is another thing");
                }
                wishes.add(change);
            } else if (event instanceof Event.Seen seen) {
                observed = observed.seen(seen.entity(), seen.evidence());
            } else if (event instanceof Event.Absent absent) {
                observed = observed.absent(absent.id(), absent.evidence());
            } else {
                observed = observed.forget(event.about());
            }
        }
        return new Cluster(
                wishes.isEmpty() ? before.desired() : new Diff(wishes).applyTo(before.desired()),
                observed,
                before.revision() + 1);
    }
}
