package io.diskless.cluster.plan;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What a step makes of one field of one thing: from a value that must be there to another. So a step that is done twice
 * changes nothing, two steps that want different things meet, and every edit can be taken back. Implementations are immutable.
 */
public sealed interface Edit {
    /** {@return whose field} */
    EntityId subject();

    /** {@return the edit that takes this one back} */
    Edit reversed();

    /**
     * Whether the field has the value that the edit starts from.
     *
     * @param model the site
     * @return whether it can be made
     */
    boolean isPossible(Model model);

    /**
     * Makes the edit.
     *
     * @param model the site; {@link #isPossible} there
     * @return a new model
     */
    Model applyTo(Model model);

    /**
     * Whether the field has the value that the edit leads to.
     *
     * @param model the site
     * @return whether nothing is left to do
     */
    default boolean isDone(Model model) {
        return reversed().isPossible(model);
    }

    /**
     * A thing appears, goes, or becomes another.
     *
     * @param id its name
     * @param from how it is; empty if it is not there
     * @param to how it becomes; empty if it goes
     */
    record Becomes(EntityId id, Optional<Entity> from, Optional<Entity> to) implements Edit {
        /**
         * Insists on a difference.
         *
         * @throws IllegalArgumentException if nothing changes or a thing has another name
         */
        public Becomes {
            Objects.requireNonNull(id, "id");
            if (from.equals(to)) {
                throw new IllegalArgumentException("an edit of " + id + " changes it");
            }
            if (from.map(Entity::id).filter(name -> !name.equals(id)).isPresent()
                    || to.map(Entity::id).filter(name -> !name.equals(id)).isPresent()) {
                throw new IllegalArgumentException("a thing keeps its name, " + id);
            }
        }

        static Becomes made(Entity entity) {
            return new Becomes(entity.id(), Optional.empty(), Optional.of(entity));
        }

        static Becomes gone(Entity entity) {
            return new Becomes(entity.id(), Optional.of(entity), Optional.empty());
        }

        @Override
        public EntityId subject() {
            return id;
        }

        @Override
        public Edit reversed() {
            return new Becomes(id, to, from);
        }

        @Override
        public boolean isPossible(Model model) {
            return model.get(id).equals(from);
        }

        @Override
        public Model applyTo(Model model) {
            return to.map(model::with).orElseGet(() -> model.without(id));
        }

        @Override
        public String toString() {
            return (from.isEmpty() ? "+ " : to.isEmpty() ? "- " : "~ ") + id;
        }
    }

    /**
     * A machine enters another part of its life.
     *
     * @param node which
     * @param from where it is
     * @param to where it comes
     */
    record Lives(NodeId node, Lifecycle from, Lifecycle to) implements Edit {
        @Override
        public EntityId subject() {
            return node;
        }

        @Override
        public Edit reversed() {
            return new Lives(node, to, from);
        }

        @Override
        public boolean isPossible(Model model) {
            return model.get(node, Node.class)
                    .filter(found -> found.lifecycle().equals(from))
                    .isPresent();
        }

        @Override
        public Model applyTo(Model model) {
            return model.with(model.get(node, Node.class).orElseThrow().lifecycle(to));
        }

        @Override
        public String toString() {
            return node + " is " + to.getClass().getSimpleName();
        }
    }

    /**
     * A ConfigNode begins or ends to answer boot requests.
     *
     * @param node which
     * @param to whether it answers
     */
    record Serves(NodeId node, boolean to) implements Edit {
        @Override
        public EntityId subject() {
            return node;
        }

        @Override
        public Edit reversed() {
            return new Serves(node, !to);
        }

        @Override
        public boolean isPossible(Model model) {
            return model.get(node, ConfigNode.class)
                    .filter(found -> found.servesBoot() != to)
                    .isPresent();
        }

        @Override
        public Model applyTo(Model model) {
            return model.with(model.get(node, ConfigNode.class).orElseThrow().servesBoot(to));
        }

        @Override
        public String toString() {
            return node + (to ? " answers" : " is silent");
        }
    }

    /**
     * A guest is elsewhere.
     *
     * @param instance which
     * @param from where it is
     * @param to where it comes
     */
    record Runs(InstanceId instance, Placement from, Placement to) implements Edit {
        @Override
        public EntityId subject() {
            return instance;
        }

        @Override
        public Edit reversed() {
            return new Runs(instance, to, from);
        }

        @Override
        public boolean isPossible(Model model) {
            return model.get(instance, Instance.class)
                    .filter(guest -> guest.placement().equals(from))
                    .isPresent();
        }

        @Override
        public Model applyTo(Model model) {
            return model.with(model.get(instance, Instance.class).orElseThrow().placement(to));
        }

        @Override
        public String toString() {
            return instance + " is " + to;
        }
    }

    /**
     * A copy of a volume is written from its machine, or is not any more.
     *
     * @param volume which
     * @param node whose copy
     * @param to whether that machine writes
     */
    record Writes(LayerId volume, NodeId node, boolean to) implements Edit {
        @Override
        public EntityId subject() {
            return volume;
        }

        @Override
        public Edit reversed() {
            return new Writes(volume, node, !to);
        }

        @Override
        public boolean isPossible(Model model) {
            return copy(model, volume, node)
                    .filter(found -> found.primary() != to)
                    .isPresent();
        }

        @Override
        public Model applyTo(Model model) {
            return changed(model, volume, node, copy -> copy.primary(to));
        }

        @Override
        public String toString() {
            return volume + " is " + (to ? "Primary" : "Secondary") + " on " + node;
        }
    }

    /**
     * A copy of a volume becomes good or bad.
     *
     * @param volume which
     * @param node whose copy
     * @param from how it is
     * @param to how it becomes
     */
    record Holds(LayerId volume, NodeId node, Replica.State from, Replica.State to) implements Edit {
        @Override
        public EntityId subject() {
            return volume;
        }

        @Override
        public Edit reversed() {
            return new Holds(volume, node, to, from);
        }

        @Override
        public boolean isPossible(Model model) {
            return copy(model, volume, node)
                    .filter(found -> found.state() == from)
                    .isPresent();
        }

        @Override
        public Model applyTo(Model model) {
            return changed(model, volume, node, copy -> copy.state(to));
        }

        @Override
        public String toString() {
            return volume + " is " + to + " on " + node;
        }
    }

    /**
     * Two machines may write a volume, or may not any more.
     *
     * @param volume which
     * @param from what is allowed
     * @param to what becomes allowed
     */
    record Allows(LayerId volume, DualPrimary from, DualPrimary to) implements Edit {
        @Override
        public EntityId subject() {
            return volume;
        }

        @Override
        public Edit reversed() {
            return new Allows(volume, to, from);
        }

        @Override
        public boolean isPossible(Model model) {
            return model.get(volume, DrbdVolume.class)
                    .filter(found -> found.dualPrimary().equals(from))
                    .isPresent();
        }

        @Override
        public Model applyTo(Model model) {
            return model.with(model.get(volume, DrbdVolume.class).orElseThrow().dualPrimary(to));
        }

        @Override
        public String toString() {
            return volume + " allows " + to.getClass().getSimpleName();
        }
    }

    /**
     * A member of an array is taken out, or is filled and back.
     *
     * @param array which
     * @param member which of its members
     * @param to whether it is out
     */
    record Fails(LayerId array, LayerId member, boolean to) implements Edit {
        @Override
        public EntityId subject() {
            return array;
        }

        @Override
        public Edit reversed() {
            return new Fails(array, member, !to);
        }

        @Override
        public boolean isPossible(Model model) {
            return model.get(array, MdArray.class)
                    .filter(found ->
                            found.members().contains(member) && found.failed().contains(member) != to)
                    .isPresent();
        }

        @Override
        public Model applyTo(Model model) {
            return model.with(model.get(array, MdArray.class).orElseThrow().failed(member, to));
        }

        @Override
        public String toString() {
            return array + (to ? " is without " : " is filled on ") + member;
        }
    }

    private static Optional<Replica> copy(Model model, LayerId volume, NodeId node) {
        return model.get(volume, DrbdVolume.class).flatMap(found -> found.replica(node));
    }

    private static Model changed(Model model, LayerId volume, NodeId node, UnaryOperator<Replica> change) {
        DrbdVolume old = model.get(volume, DrbdVolume.class).orElseThrow();
        List<Replica> copies = new ArrayList<>();
        for (Replica copy : old.replicas()) {
            copies.add(copy.node().equals(node) ? change.apply(copy) : copy);
        }
        return model.with(old.replicas(copies));
    }
}
