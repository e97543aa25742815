package io.diskless.cluster.model.operation;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.OcfsId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.FencingDevice;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** What can be asked of a machine. Implementations are immutable. */
public sealed interface NodeOperation extends Operation {
    /** {@return which machine or pair of machines} */
    EntityId subject();

    /**
     * A machine that was announced, or that nobody knew, is told what it is.
     *
     * @param node as it shall be; its life is not looked at
     */
    record TagNode(Node node) implements NodeOperation {
        /** Insists on a node. */
        public TagNode {
            Objects.requireNonNull(node, "node");
        }

        @Override
        public NodeId subject() {
            return node.id();
        }

        @Override
        public Model applyTo(Model model) {
            boolean known = model.get(node.id(), Node.class)
                    .map(old -> old.lifecycle().isMember())
                    .orElse(false);
            return known ? model : model.with(node.lifecycle(new Lifecycle.Tagged()));
        }

        @Override
        public String toString() {
            return "tag " + node.id();
        }
    }

    /**
     * A machine is told what it is, boots, and works. If it was here before, its copies of volumes are filled with what they
     * missed wherever a good copy is elsewhere.
     *
     * @param node as it shall be; its life is not looked at
     * @param joins the OCFS2 cluster that it becomes a member of, with the lowest free number; empty if none
     */
    record AddNode(Node node, Optional<OcfsId> joins) implements NodeOperation {
        /** Insists on both. */
        public AddNode {
            Objects.requireNonNull(node, "node");
            Objects.requireNonNull(joins, "joins");
        }

        @Override
        public NodeId subject() {
            return node.id();
        }

        @Override
        public Model applyTo(Model model) {
            Model added = filled(model.with(node.lifecycle(Lifecycle.ready())), node.id());
            return joins.map(id -> joined(added, id)).orElse(added);
        }

        private Model joined(Model model, OcfsId id) {
            OcfsCluster old = model.get(id, OcfsCluster.class)
                    .orElseThrow(() -> new IllegalArgumentException("there is no " + id + " in the model"));
            List<OcfsCluster.Member> members = new ArrayList<>(old.members());
            if (members.stream().anyMatch(member -> member.node().equals(node.id()))) {
                return model;
            }
            int number = 0;
            while (isTaken(members, number)) {
                number++;
            }
            Ipv4Address address = node.machine().nics().stream()
                    .map(Nic::address)
                    .flatMap(Optional::stream)
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(node.id() + " has no address for " + id));
            // The port that o2cb's own examples use.
            members.add(new OcfsCluster.Member(node.id(), number, address, 7777));
            return model.with(
                    new OcfsCluster(id, members.size(), old.globalHeartbeat(), old.regions(), members, old.copies())
                            .written());
        }

        private static boolean isTaken(List<OcfsCluster.Member> members, int number) {
            return members.stream().anyMatch(member -> member.number() == number);
        }

        @Override
        public String toString() {
            return "add " + node.id() + joins.map(id -> " to " + id).orElse("");
        }
    }

    /**
     * A machine that nothing depends on goes for good.
     *
     * @param node which
     */
    record RetireNode(NodeId node) implements NodeOperation {
        /** Insists on a node. */
        public RetireNode {
            Objects.requireNonNull(node, "node");
        }

        @Override
        public NodeId subject() {
            return node;
        }

        @Override
        public Model applyTo(Model model) {
            return model.with(known(model, node).lifecycle(new Lifecycle.Retired()));
        }

        @Override
        public String toString() {
            return "retire " + node;
        }
    }

    /**
     * A StorageNode hands its work to the other copies and may be switched off.
     *
     * @param node which
     */
    record DrainStorageNode(NodeId node) implements NodeOperation {
        /** Insists on a node. */
        public DrainStorageNode {
            Objects.requireNonNull(node, "node");
        }

        @Override
        public NodeId subject() {
            return node;
        }

        @Override
        public Model applyTo(Model model) {
            Node now = known(model, node);
            if (now.lifecycle() instanceof Lifecycle.Maintenance) {
                return model;
            }
            return handedOver(model, node).with(now.lifecycle(new Lifecycle.Maintenance()));
        }

        @Override
        public String toString() {
            return "drain " + node;
        }
    }

    /**
     * A HardwareNode hands its guests to others and may be switched off.
     *
     * @param node which
     * @param targets where its guests go; whoever plans chooses for those that are not named
     */
    record DrainHardwareNode(NodeId node, Map<InstanceId, NodeId> targets) implements NodeOperation {
        /** Copies the map. */
        public DrainHardwareNode {
            Objects.requireNonNull(node, "node");
            targets = java.util.Collections.unmodifiableMap(new TreeMap<>(targets));
        }

        @Override
        public NodeId subject() {
            return node;
        }

        /** {@inheritDoc} Guests without a target stay where they are. */
        @Override
        public Model applyTo(Model model) {
            Model now = model.with(known(model, node).lifecycle(new Lifecycle.Maintenance()));
            for (Map.Entry<InstanceId, NodeId> target : targets.entrySet()) {
                now = new GuestOperation.LiveMigrate(target.getKey(), target.getValue()).applyTo(now);
            }
            return now;
        }

        @Override
        public String toString() {
            return "drain " + node;
        }
    }

    /**
     * One of a pair serves in place of the other.
     *
     * @param pair which
     * @param to the one that shall serve
     * @param token fencing token under which the other is cut off if it does not answer
     */
    record FailoverConfigNode(PairId pair, NodeId to, long token) implements NodeOperation {
        /** Insists on a pair and a node. */
        public FailoverConfigNode {
            Objects.requireNonNull(pair, "pair");
            Objects.requireNonNull(to, "to");
        }

        @Override
        public PairId subject() {
            return pair;
        }

        /**
         * The one that shall not serve.
         *
         * @param model the site
         * @return it
         */
        public ConfigNode active(Model model) {
            HaPair both = pair(model);
            if (!to.equals(both.first()) && !to.equals(both.second())) {
                throw new IllegalArgumentException(to + " is not of " + pair);
            }
            return config(model, to.equals(both.first()) ? both.second() : both.first());
        }

        /**
         * The one that shall serve.
         *
         * @param model the site
         * @return it
         */
        public ConfigNode standby(Model model) {
            return config(model, to);
        }

        /**
         * The pair itself.
         *
         * @param model the site
         * @return it
         */
        public HaPair pair(Model model) {
            return model.get(pair, HaPair.class)
                    .orElseThrow(() -> new IllegalArgumentException("there is no " + pair + " in the model"));
        }

        private static ConfigNode config(Model model, NodeId id) {
            return model.get(id, ConfigNode.class)
                    .orElseThrow(() -> new IllegalArgumentException("there is no ConfigNode " + id + " in the model"));
        }

        @Override
        public Model applyTo(Model model) {
            ConfigNode old = active(model);
            ConfigNode next = standby(model);
            Model now =
                    old.lifecycle() instanceof Lifecycle.Lost ? new FenceNode(old.id(), token).applyTo(model) : model;
            ConfigNode silent = config(now, old.id()).servesBoot(false);
            now = now.with(silent).with(next.servesBoot(true));
            Optional<DrbdVolume> shared = now.get(pair(model).sharedVolume(), DrbdVolume.class);
            return shared.isEmpty() ? now : now.with(only(shared.get(), next.id()));
        }

        private static DrbdVolume only(DrbdVolume volume, NodeId writer) {
            return volume.replicas(volume.replicas().stream()
                    .map(copy -> copy.primary(copy.node().equals(writer)))
                    .toList());
        }

        @Override
        public String toString() {
            return "fail over " + pair + " to " + to;
        }
    }

    /**
     * A machine that does not answer is cut off, so that it cannot write; its guests are down.
     *
     * @param node which
     * @param token fencing token under which it is done
     */
    record FenceNode(NodeId node, long token) implements NodeOperation {
        /** Insists on a node. */
        public FenceNode {
            Objects.requireNonNull(node, "node");
        }

        @Override
        public NodeId subject() {
            return node;
        }

        /**
         * What can cut it off.
         *
         * @param model the site
         * @return the devices, sorted
         */
        public List<FencingDevice> devices(Model model) {
            List<FencingDevice> found = new ArrayList<>();
            model.forEachReferrer(
                    node, who -> model.get(who, FencingDevice.class).ifPresent(found::add));
            found.sort(java.util.Comparator.comparing(FencingDevice::id));
            return found;
        }

        @Override
        public Model applyTo(Model model) {
            Node old = known(model, node);
            if (old.lifecycle() instanceof Lifecycle.Fenced) {
                return model;
            }
            List<FencingDevice> able = devices(model);
            if (able.isEmpty()) {
                throw new IllegalArgumentException("no fencing device reaches " + node);
            }
            String by = able.get(0).id().name();
            Lifecycle cut = new Lifecycle.Fenced(token, by, "confirmed by " + by);
            Model now = handedOver(model, node).with(old.lifecycle(cut));
            for (EntityId user : model.referrers(node)) {
                Instance guest = model.get(user, Instance.class).orElse(null);
                if (guest != null && guest.placement().equals(new Placement.On(node))) {
                    now = now.with(guest.placement(new Placement.Stopped()));
                }
            }
            return now;
        }

        @Override
        public String toString() {
            return "fence " + node;
        }
    }

    private static Node known(Model model, NodeId id) {
        return model.get(id, Node.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no " + id + " in the model"));
    }

    /** What a node's copies missed is written to them, where there is a good one. */
    private static Model filled(Model model, NodeId node) {
        Model now = model;
        for (EntityId user : model.referrers(node)) {
            DrbdVolume volume = model.get(user, DrbdVolume.class).orElse(null);
            if (volume != null && VolumeOperation.isBehind(model, volume, node)) {
                now = now.with(volume.replicas(volume.replicas().stream()
                        .map(copy -> copy.node().equals(node) ? copy.state(Replica.State.UP_TO_DATE) : copy)
                        .toList()));
            }
        }
        return now;
    }

    /** A node's copies are not written there any more, and miss what is written elsewhere from now on. */
    private static Model handedOver(Model model, NodeId node) {
        Model now = model;
        for (EntityId user : model.referrers(node)) {
            Entity entity = model.get(user).orElse(null);
            if (entity instanceof DrbdVolume volume && volume.replica(node).isPresent()) {
                now = now.with(handedOver(model, volume, node));
            }
        }
        return now;
    }

    private static DrbdVolume handedOver(Model model, DrbdVolume volume, NodeId node) {
        Optional<Replica> heir = VolumeOperation.otherGoodCopy(model, volume, node);
        Replica own = volume.replica(node).orElseThrow();
        List<Replica> copies = new ArrayList<>();
        for (Replica copy : volume.replicas()) {
            if (copy.node().equals(node)) {
                boolean missesWrites = heir.isPresent() && copy.state() == Replica.State.UP_TO_DATE;
                Replica still = copy.primary(false);
                copies.add(missesWrites ? still.state(Replica.State.OUTDATED) : still);
            } else {
                boolean takesOver =
                        own.primary() && heir.isPresent() && heir.get().equals(copy);
                copies.add(takesOver ? copy.primary(true) : copy);
            }
        }
        return volume.replicas(copies);
    }
}
