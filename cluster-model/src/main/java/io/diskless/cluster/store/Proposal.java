package io.diskless.cluster.store;

import io.diskless.cluster.model.Diff;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.Observation;
import io.diskless.cluster.model.id.EntityId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What is to be appended, and what the audit shall say of it. Immutable.
 *
 * @param who who wants it, such as {@code operator anna}; not empty
 * @param why for what reason, in words; not empty
 * @param plan the plan that it is a part of, if any
 * @param key if given, a second append with this key to the same revision finds the first one instead of failing, so that a
 *     caller who got no answer can ask again
 * @param events what happens, all or nothing; at least one, of wishes at most one for each thing
 */
public record Proposal(String who, String why, Optional<String> plan, Optional<String> key, List<Event> events) {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if nobody wants it, or for no reason
     */
    public Proposal {
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(key, "key");
        events = List.copyOf(events);
        if (who.isEmpty() || why.isEmpty()) {
            throw new IllegalArgumentException("history says who and why, got \"" + who + "\" and \"" + why + "\"");
        }
    }

    /**
     * A proposal of nothing yet.
     *
     * @param who who wants it
     * @param why for what reason
     * @return without plan, key and events
     */
    public static Proposal of(String who, String why) {
        return new Proposal(who, why, Optional.empty(), Optional.empty(), List.of());
    }

    /**
     * A proposal to want another model.
     *
     * @param who who wants it
     * @param why for what reason
     * @param before what is wanted at the revision that will be expected
     * @param after what shall be wanted
     * @return one wish for each thing that differs
     */
    public static Proposal wish(String who, String why, Model before, Model after) {
        return of(who, why).wish(before.diff(after));
    }

    /**
     * The same as a part of a plan.
     *
     * @param id the plan's identity
     * @return a new proposal
     */
    public Proposal plan(String id) {
        return new Proposal(who, why, Optional.of(id), key, events);
    }

    /**
     * The same with a key to find it by.
     *
     * @param text unique to this proposal, such as a random UUID or the idempotency key of a plan's step
     * @return a new proposal
     */
    public Proposal key(String text) {
        return new Proposal(who, why, plan, Optional.of(text), events);
    }

    /**
     * The same with more wishes.
     *
     * @param diff the changes
     * @return a new proposal
     */
    public Proposal wish(Diff diff) {
        return and(diff.changes().stream().<Event>map(Event.Wish::new).toList());
    }

    /**
     * The same with a thing that was seen.
     *
     * @param entity how
     * @param by who looked, and when
     * @return a new proposal
     */
    public Proposal seen(Entity entity, Observation.Evidence by) {
        return and(List.of(new Event.Seen(entity, by)));
    }

    /**
     * The same with a thing that was looked for and is not there.
     *
     * @param id its name
     * @param by who looked, and when
     * @return a new proposal
     */
    public Proposal absent(EntityId id, Observation.Evidence by) {
        return and(List.of(new Event.Absent(id, by)));
    }

    /**
     * The same with a thing of which nothing is known any more.
     *
     * @param id its name
     * @return a new proposal
     */
    public Proposal forgotten(EntityId id) {
        return and(List.of(new Event.Forgotten(id)));
    }

    private Proposal and(List<Event> more) {
        List<Event> all = new ArrayList<>(events);
        all.addAll(more);
        return new Proposal(who, why, plan, key, all);
    }
}
