package io.diskless.cluster.plan;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.VolumeOperation;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.rules.StoragePath;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What must hold before a step, beside what it changes. Implementations are immutable. */
public sealed interface Condition {
    /**
     * Whether it holds.
     *
     * @param model the site
     * @return whether it does
     */
    boolean holds(Model model);

    /** {@return the things that it looks at; a step that changes one of them has an order with the step that asks} */
    List<EntityId> reads();

    /**
     * A machine works: it is ready or draining.
     *
     * @param node which
     */
    record Works(NodeId node) implements Condition {
        @Override
        public boolean holds(Model model) {
            return model.get(node, Node.class)
                    .filter(found -> found.lifecycle().isServing())
                    .isPresent();
        }

        @Override
        public List<EntityId> reads() {
            return List.of(node);
        }

        @Override
        public String toString() {
            return node + " works";
        }
    }

    /**
     * A machine has a good copy of a volume.
     *
     * @param volume which
     * @param node whose copy
     */
    record IsGood(LayerId volume, NodeId node) implements Condition {
        @Override
        public boolean holds(Model model) {
            return model.get(volume, DrbdVolume.class)
                    .flatMap(found -> found.replica(node))
                    .filter(copy -> copy.state() == Replica.State.UP_TO_DATE)
                    .isPresent();
        }

        @Override
        public List<EntityId> reads() {
            return List.of(volume);
        }

        @Override
        public String toString() {
            return volume + " is good on " + node;
        }
    }

    /**
     * A good copy of a volume is on another machine that works.
     *
     * @param volume which
     * @param node the machine that does not count
     */
    record IsGoodElsewhere(LayerId volume, NodeId node) implements Condition {
        @Override
        public boolean holds(Model model) {
            return model.get(volume, DrbdVolume.class)
                    .flatMap(found -> VolumeOperation.otherGoodCopy(model, found, node))
                    .isPresent();
        }

        @Override
        public List<EntityId> reads() {
            return List.of(volume);
        }

        @Override
        public String toString() {
            return volume + " has a good copy elsewhere than on " + node;
        }
    }

    /**
     * No machine writes a volume.
     *
     * @param volume which
     */
    record HasNoWriter(LayerId volume) implements Condition {
        @Override
        public boolean holds(Model model) {
            return model.get(volume, DrbdVolume.class)
                    .filter(found -> found.primaries() == 0)
                    .isPresent();
        }

        @Override
        public List<EntityId> reads() {
            return List.of(volume);
        }

        @Override
        public String toString() {
            return volume + " has no writer";
        }
    }

    /**
     * A layer can be read and written without one machine.
     *
     * @param layer which
     * @param node the machine
     */
    record WorksWithout(LayerId layer, NodeId node) implements Condition {
        @Override
        public boolean holds(Model model) {
            return StoragePath.works(model, layer, id -> !id.equals(node) && new Works(id).holds(model));
        }

        @Override
        public List<EntityId> reads() {
            return List.of(layer);
        }

        @Override
        public String toString() {
            return layer + " works without " + node;
        }
    }

    /**
     * An array can be read and written without one of its members.
     *
     * @param array which
     * @param member the member
     */
    record WorksWithoutMember(LayerId array, LayerId member) implements Condition {
        @Override
        public boolean holds(Model model) {
            return model.get(array, MdArray.class)
                    .filter(found -> found.members().contains(member))
                    .map(found -> model.with(found.failed(member, true)))
                    .filter(without -> StoragePath.works(without, array, id -> new Works(id).holds(without)))
                    .isPresent();
        }

        @Override
        public List<EntityId> reads() {
            return List.of(array);
        }

        @Override
        public String toString() {
            return array + " works without " + member;
        }
    }

    /**
     * A guest runs on a node, or nowhere.
     *
     * @param instance which
     * @param placement where
     */
    record Runs(InstanceId instance, Placement placement) implements Condition {
        @Override
        public boolean holds(Model model) {
            return model.get(instance, Instance.class)
                    .filter(guest -> guest.placement().equals(placement))
                    .isPresent();
        }

        @Override
        public List<EntityId> reads() {
            return List.of(instance);
        }

        @Override
        public String toString() {
            return instance + " is " + placement;
        }
    }

    /**
     * No guest runs on a node.
     *
     * @param node which
     */
    record HasNoGuests(NodeId node) implements Condition {
        @Override
        public boolean holds(Model model) {
            return model.referrers(node).stream().noneMatch(id -> id.type() == EntityId.Type.INSTANCE);
        }

        @Override
        public List<EntityId> reads() {
            return List.of(node);
        }

        @Override
        public String toString() {
            return node + " has no guests";
        }
    }

    /**
     * No running guest uses a layer, over whatever lies between.
     *
     * @param layer which
     */
    record IsUnused(LayerId layer) implements Condition {
        @Override
        public boolean holds(Model model) {
            return !isUsed(model, layer, new HashSet<>());
        }

        private static boolean isUsed(Model model, LayerId id, Set<EntityId> seen) {
            for (EntityId who : model.referrers(id)) {
                boolean guest = model.get(who, Instance.class)
                        .filter(found -> found.placement().isRunning())
                        .isPresent();
                if (guest || (who instanceof LayerId above && seen.add(above) && isUsed(model, above, seen))) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public List<EntityId> reads() {
            return List.of(layer);
        }

        @Override
        public String toString() {
            return layer + " is used by no running guest";
        }
    }
}
