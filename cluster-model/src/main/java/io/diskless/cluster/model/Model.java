package io.diskless.cluster.model;

import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.internal.PersistentMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The things of a site by their names, and an index of who refers to whom and who claims what. A changed model shares all
 * but a few nodes with the one it came from, so old ones stay readable and cost little. Equal contents are equal. Immutable.
 *
 * <p>A model may hold what no site should: what is wrong is for the rules to find. A name that is referred to and not there
 * is one of those things.
 */
public final class Model {
    private static final Model EMPTY = new Model(noParts(), PersistentMap.empty(), 0);

    /** One map for each {@link EntityId.Type}, so that nodes can be listed without walking a million guests. */
    private final List<PersistentMap<EntityId, Entity>> parts;
    /** A key is an {@link EntityId} or a {@link Claim}. */
    private final PersistentMap<Object, Claimants> index;

    private final int size;

    private Model(List<PersistentMap<EntityId, Entity>> parts, PersistentMap<Object, Claimants> index, int size) {
        this.parts = parts;
        this.index = index;
        this.size = size;
    }

    private static List<PersistentMap<EntityId, Entity>> noParts() {
        List<PersistentMap<EntityId, Entity>> none = new ArrayList<>();
        for (int i = 0; i < EntityId.Type.values().length; i++) {
            none.add(PersistentMap.empty());
        }
        return List.copyOf(none);
    }

    @SuppressWarnings("EnumOrdinal") // One slot for each type, in memory only.
    private static int slot(EntityId.Type type) {
        return type.ordinal();
    }

    /** {@return a model of nothing} */
    public static Model empty() {
        return EMPTY;
    }

    /**
     * A model of some things.
     *
     * @param entities in any order; of two with one name the later counts
     * @return the model
     */
    public static Model of(Entity... entities) {
        return EMPTY.with(List.of(entities));
    }

    /** {@return how many things there are} */
    public int size() {
        return size;
    }

    /**
     * The thing of a name.
     *
     * @param id its name
     * @return the thing; empty if there is none
     */
    public Optional<Entity> get(EntityId id) {
        return Optional.ofNullable(part(id).get(id));
    }

    /**
     * The thing of a name, if it is of the wanted sort.
     *
     * @param <E> the sort
     * @param id its name
     * @param sort the sort's class
     * @return the thing; empty if there is none or it is something else
     */
    public <E extends Entity> Optional<E> get(EntityId id, Class<E> sort) {
        Entity found = part(id).get(id);
        return sort.isInstance(found) ? Optional.of(sort.cast(found)) : Optional.empty();
    }

    /**
     * Whether there is a thing of that name.
     *
     * @param id its name
     * @return whether it is there
     */
    public boolean contains(EntityId id) {
        return part(id).containsKey(id);
    }

    private PersistentMap<EntityId, Entity> part(EntityId id) {
        return parts.get(slot(id.type()));
    }

    /**
     * Shows every thing of a type, in an order that means nothing.
     *
     * @param type which
     * @param action sees each
     */
    public void forEach(EntityId.Type type, Consumer<? super Entity> action) {
        parts.get(slot(type)).forEach((id, entity) -> action.accept(entity));
    }

    /**
     * Shows every thing.
     *
     * @param action sees each
     */
    public void forEach(Consumer<? super Entity> action) {
        parts.forEach(part -> part.forEach((id, entity) -> action.accept(entity)));
    }

    /**
     * The things of a sort.
     *
     * @param <E> the sort
     * @param sort the sort's class
     * @return sorted by name
     */
    public <E extends Entity> List<E> all(Class<E> sort) {
        List<E> found = new ArrayList<>();
        forEach(entity -> {
            if (sort.isInstance(entity)) {
                found.add(sort.cast(entity));
            }
        });
        found.sort(Comparator.comparing(Entity::id));
        return found;
    }

    /**
     * Who refers to a name.
     *
     * @param id the name; it need not be there
     * @return those that do, sorted
     */
    public List<EntityId> referrers(EntityId id) {
        return claimants(index.get(id));
    }

    /**
     * Shows who refers to a name, without a list.
     *
     * @param id the name
     * @param action sees each
     */
    public void forEachReferrer(EntityId id, Consumer<? super EntityId> action) {
        Claimants found = index.get(id);
        if (found != null) {
            found.forEach(action);
        }
    }

    /**
     * Who claims something.
     *
     * @param claim what
     * @return those that do, sorted
     */
    public List<EntityId> claimants(Claim claim) {
        return claimants(index.get(claim));
    }

    /**
     * How many claim something.
     *
     * @param claim what
     * @return 0 or more
     */
    public int claimantCount(Claim claim) {
        Claimants found = index.get(claim);
        return found == null ? 0 : found.count();
    }

    /**
     * How much is claimed of something.
     *
     * @param claim what
     * @return the sum, in the claim's unit
     */
    public long amount(Claim claim) {
        Claimants found = index.get(claim);
        return found == null ? 0 : found.amount();
    }

    /**
     * Shows every claim that more than one makes.
     *
     * @param action sees each
     */
    public void forEachSharedClaim(Consumer<? super Claim> action) {
        index.forEach((key, who) -> {
            if (key instanceof Claim claim && who.count() > 1) {
                action.accept(claim);
            }
        });
    }

    private static List<EntityId> claimants(@Nullable Claimants found) {
        if (found == null) {
            return List.of();
        }
        List<EntityId> all = new ArrayList<>();
        found.forEach(all::add);
        all.sort(Comparator.naturalOrder());
        return all;
    }

    /**
     * This model with one thing added, or put in place of another of its name.
     *
     * @param entity the thing
     * @return a new model; this one if nothing changes
     */
    public Model with(Entity entity) {
        return with(List.of(entity));
    }

    /**
     * This model with some things added or put in place of others.
     *
     * @param entities in any order; of two with one name the later counts
     * @return a new model
     */
    public Model with(Collection<? extends Entity> entities) {
        return edit(editor -> entities.forEach(editor::put));
    }

    /**
     * This model without one thing; what refers to it stays.
     *
     * @param id its name
     * @return a new model; this one if it was not there
     */
    public Model without(EntityId id) {
        return edit(editor -> editor.remove(id));
    }

    /**
     * This model with several changes made at once.
     *
     * @param changes makes them
     * @return a new model; this one if nothing changes
     */
    public Model edit(Consumer<? super Editor> changes) {
        Editor editor = new Editor(this);
        changes.accept(editor);
        return editor.model();
    }

    /**
     * What must change to make another model of this one; takes time by the changes, not by the size, where one came from
     * the other.
     *
     * @param after the other model
     * @return the changes, sorted by name
     */
    public Diff diff(Model after) {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            parts.get(i)
                    .diff(
                            after.parts.get(i),
                            (id, old, now) ->
                                    changes.add(new Change(id, Optional.ofNullable(old), Optional.ofNullable(now))));
        }
        changes.sort(Comparator.comparing(Change::id));
        return new Diff(changes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof Model that && size == that.size && parts.equals(that.parts));
    }

    @Override
    public int hashCode() {
        return parts.hashCode();
    }

    /** {@return how many things there are} */
    @Override
    public String toString() {
        return "Model[" + size + " entities]";
    }

    /** Changes to a model that become visible together. Not thread-safe; of no use after the edit. */
    public static final class Editor implements ClaimSink {
        private final List<PersistentMap<EntityId, Entity>> parts;
        private final Model from;
        private PersistentMap<Object, Claimants> index;
        private int size;
        // Whose references and claims are being told, and whether they come or go.
        private @Nullable EntityId teller;
        private boolean adding;
        private boolean changed;

        private Editor(Model from) {
            this.from = from;
            this.parts = new ArrayList<>(from.parts);
            this.index = from.index;
            this.size = from.size;
        }

        /**
         * Adds a thing, or puts it in place of another of its name.
         *
         * @param entity the thing
         * @return this
         */
        public Editor put(Entity entity) {
            Objects.requireNonNull(entity, "entity");
            EntityId id = entity.id();
            int part = slot(id.type());
            Entity old = parts.get(part).get(id);
            if (entity.equals(old)) {
                return this;
            }
            if (old == null) {
                size++;
            } else {
                tell(old, false);
            }
            parts.set(part, parts.get(part).put(id, entity));
            tell(entity, true);
            return this;
        }

        /**
         * Removes a thing; what refers to it stays.
         *
         * @param id its name; nothing happens if it is not there
         * @return this
         */
        public Editor remove(EntityId id) {
            int part = slot(id.type());
            Entity old = parts.get(part).get(id);
            if (old != null) {
                size--;
                tell(old, false);
                parts.set(part, parts.get(part).remove(id));
            }
            return this;
        }

        private void tell(Entity entity, boolean comes) {
            changed = true;
            teller = entity.id();
            adding = comes;
            entity.describe(this);
            teller = null;
        }

        /** {@inheritDoc} Called by entities that are put or removed, by nobody else. */
        @Override
        public void refers(EntityId target) {
            change(target, 0);
        }

        /** {@inheritDoc} Called by entities that are put or removed, by nobody else. */
        @Override
        public void claims(Claim claim, long amount) {
            change(claim, amount);
        }

        private void change(Object key, long amount) {
            EntityId who = Objects.requireNonNull(teller, "references are told while an entity is put or removed");
            Claimants old = index.get(key);
            if (adding) {
                index = index.put(key, old == null ? Claimants.one(who, amount) : old.plus(who, amount));
            } else if (old != null) {
                Claimants left = old.minus(who, amount);
                index = left.count() == 0 ? index.remove(key) : index.put(key, left);
            }
        }

        private Model model() {
            return changed ? new Model(List.copyOf(parts), index, size) : from;
        }
    }
}
