package io.diskless.cluster.model;

import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.internal.PersistentMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who refers to or claims one thing, and the sum of what they claim. Most have one, so one is held without a map. Nobody is
 * counted twice; amounts of one claimant add up. Immutable.
 */
final class Claimants {
    /** An {@link EntityId}, or a map of several to themselves. */
    private final Object who;

    private final long amount;

    private Claimants(Object who, long amount) {
        this.who = who;
        this.amount = amount;
    }

    static Claimants one(EntityId id, long amount) {
        return new Claimants(id, amount);
    }

    @SuppressWarnings("unchecked") // The only map that is ever stored.
    private PersistentMap<EntityId, EntityId> several() {
        return (PersistentMap<EntityId, EntityId>) who;
    }

    int count() {
        return who instanceof EntityId ? 1 : several().size();
    }

    long amount() {
        return amount;
    }

    void forEach(Consumer<? super EntityId> action) {
        if (who instanceof EntityId one) {
            action.accept(one);
        } else {
            several().forEach((id, same) -> action.accept(id));
        }
    }

    Claimants plus(EntityId id, long more) {
        if (who.equals(id)) {
            return more == 0 ? this : new Claimants(who, amount + more);
        }
        PersistentMap<EntityId, EntityId> all = who instanceof EntityId one
                ? PersistentMap.<EntityId, EntityId>empty().put(one, one)
                : several();
        return new Claimants(all.put(id, id), amount + more);
    }

    /** Without one claimant; told again for the same one, only the amount shrinks. */
    Claimants minus(EntityId id, long less) {
        if (who.equals(id)) {
            return new Claimants(PersistentMap.empty(), amount - less);
        }
        return who instanceof EntityId
                ? new Claimants(who, amount - less)
                : shrunk(several().remove(id), amount - less);
    }

    private static Claimants shrunk(PersistentMap<EntityId, EntityId> left, long amount) {
        if (left.size() != 1) {
            return new Claimants(left, amount);
        }
        Object[] last = new Object[1];
        left.forEach((id, same) -> last[0] = id);
        return new Claimants(last[0], amount);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Claimants that && amount == that.amount && who.equals(that.who);
    }

    @Override
    public int hashCode() {
        return who.hashCode() * 31 + Long.hashCode(amount);
    }
}
