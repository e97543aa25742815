package io.diskless.cluster.plan;

import io.diskless.cluster.model.Change;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.rules.StoragePath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Steps from a site as it is to any other, by what differs. Guests stop first, then machines come up and their copies are
 * filled; new things come, others change, guests start and move, machines go, and at last what is not wanted any more.
 *
 * <p>What nobody can do has no step, not even one that only writes it down: then there is no plan, and the reason is told.
 * Used once, not thread-safe.
 */
final class Wish {
    private final Draft draft;
    private final Model wish;

    private Wish(Draft draft, Model wish) {
        this.draft = draft;
        this.wish = wish;
    }

    /** Leads there. */
    static void lead(Draft draft, Model wish) {
        new Wish(draft, wish).lead();
    }

    /** Leads back to a state that a site had: into that of a machine that nobody hears or that was cut off no step leads. */
    static void leadBack(Draft draft, Model wish) {
        for (Node node : wish.all(Node.class)) {
            Lifecycle life = node.lifecycle();
            boolean down = life instanceof Lifecycle.Lost || life instanceof Lifecycle.Fenced;
            Optional<Node> now = draft.now().get(node.id(), Node.class);
            if (down && now.filter(is -> is.lifecycle().equals(life)).isEmpty()) {
                throw new Draft.Refusal(node.id() + " was " + life.getClass().getSimpleName() + " then and is "
                        + now.map(is -> is.lifecycle().getClass().getSimpleName())
                                .orElse("not there")
                        + "; no step leads back to that");
            }
        }
        lead(draft, wish);
    }

    private void lead() {
        stopGuests();
        machines();
        Making.makeNew(
                draft,
                wish.edit(editor -> wish.all(Instance.class).stream()
                        .filter(guest -> !draft.now().contains(guest.id()))
                        .forEach(guest -> editor.remove(guest.id()))),
                0);
        copies();
        bootServers();
        grow();
        for (Change change : changed()) {
            if (!(change.after().orElseThrow() instanceof Node) && !(change.id() instanceof InstanceId)) {
                Becoming.become(
                        draft, change.before().orElseThrow(), change.after().orElseThrow());
            }
        }
        Making.makeNew(draft, wish, 0);
        for (Change change : changed()) {
            if (change.before().orElseThrow() instanceof Instance old
                    && change.after().orElseThrow() instanceof Instance next) {
                Guests.become(draft, old, next);
            }
        }
        for (Change change : changed()) {
            if (change.after().orElseThrow() instanceof Node next) {
                Lives.become(draft, next.id(), next.lifecycle());
            }
        }
        remove();
        List<Change> left = draft.now().diff(wish).changes();
        if (!left.isEmpty()) {
            throw new Draft.Refusal("no step leads to what is left: "
                    + left.stream().limit(3).map(Wish::told).collect(Collectors.joining("; ")));
        }
    }

    private static String told(Change change) {
        if (change.before().orElse(null) instanceof DrbdVolume old
                && change.after().orElse(null) instanceof DrbdVolume next) {
            for (Replica copy : next.replicas()) {
                Optional<Replica> is = old.replica(copy.node());
                if (is.isPresent() && is.get().state() != copy.state()) {
                    return old.id() + " is " + is.get().state() + " on " + copy.node() + ", and would be "
                            + copy.state();
                }
            }
        }
        return change.id() + " is " + change.before().map(Object::toString).orElse("not there") + ", and would be "
                + change.after().map(Object::toString).orElse("gone");
    }

    /** What is on both sides and differs, in the order in which things stand on each other. */
    private List<Change> changed() {
        List<Change> found = new ArrayList<>();
        for (Change change : draft.now().diff(wish).changes()) {
            if (change.before().isPresent() && change.after().isPresent()) {
                found.add(change);
            }
        }
        found.sort(Comparator.comparingInt((Change change) ->
                        Making.rank(change.after().orElseThrow().kind()))
                .thenComparing(Change::id));
        return found;
    }

    private void stopGuests() {
        for (Change change : draft.now().diff(wish).changes()) {
            if (runs(change.before()) && !runs(change.after())) {
                Guests.stop(draft, (InstanceId) change.id());
            }
        }
    }

    private static boolean runs(Optional<Entity> entity) {
        return entity.orElse(null) instanceof Instance guest
                && guest.placement().isRunning();
    }

    /** Host entries, and machines that shall work and do not. */
    private void machines() {
        for (Change change : changed()) {
            if (change.before().orElseThrow() instanceof Node old
                    && change.after().orElseThrow() instanceof Node next) {
                Node entry = next.lifecycle(old.lifecycle());
                if (entry instanceof ConfigNode config && old instanceof ConfigNode was) {
                    entry = config.servesBoot(was.servesBoot());
                }
                Lives.entry(draft, entry);
                if (next.lifecycle().isServing() && !old.lifecycle().isServing()) {
                    Lives.become(draft, next.id(), next.lifecycle());
                }
            }
        }
    }

    /** Copies that shall be good and are not, on machines that work now. */
    private void copies() {
        List<Integer> ends = new ArrayList<>();
        int lanes = draft.policy().lanes();
        for (Change change : changed()) {
            if (change.after().orElseThrow() instanceof DrbdVolume next) {
                for (Replica copy : next.replicas()) {
                    DrbdVolume now =
                            draft.now().get(next.id(), DrbdVolume.class).orElseThrow();
                    Optional<Replica> old = now.replica(copy.node());
                    if (old.isPresent()
                            && copy.state() == Replica.State.UP_TO_DATE
                            && old.get().state() != Replica.State.UP_TO_DATE
                            && StoragePath.serves(draft.now(), copy.node())) {
                        int lane = ends.size() < lanes ? 0 : ends.get(ends.size() - lanes);
                        ends.add(Lives.fill(draft, now, old.get(), lane));
                    }
                }
            }
        }
    }

    /** Who answers boot requests: of a pair one serves in place of the other, with all that belongs to it. */
    private void bootServers() {
        for (HaPair pair : draft.now().all(HaPair.class)) {
            for (NodeId id : List.of(pair.first(), pair.second())) {
                boolean serves = draft.now().get(id, ConfigNode.class).stream().anyMatch(ConfigNode::servesBoot);
                boolean shall = wish.get(id, ConfigNode.class).stream().anyMatch(ConfigNode::servesBoot);
                if (shall && !serves) {
                    Nodes.failover(
                            draft,
                            new NodeOperation.FailoverConfigNode(
                                    pair.id(), id, draft.policy().token()));
                }
            }
        }
        for (boolean serves : new boolean[] {false, true}) {
            for (ConfigNode node : wish.all(ConfigNode.class)) {
                boolean differs = draft.now().get(node.id(), ConfigNode.class).stream()
                        .anyMatch(now -> now.servesBoot() != node.servesBoot());
                if (differs && node.servesBoot() == serves) {
                    Nodes.serveBoot(draft, node.id(), serves, 0);
                }
            }
        }
    }

    /** All disks and file systems that shall be larger, with what lies between them. */
    private void grow() {
        Map<EntityId, Change> grown = new LinkedHashMap<>();
        Map<LayerId, Layer> concerned = new LinkedHashMap<>();
        for (Change change : changed()) {
            Entity before = change.before().orElseThrow();
            Entity after = change.after().orElseThrow();
            boolean larger = (before instanceof Disk old
                            && after instanceof Disk next
                            && old.device().equals(next.device())
                            && old.sizeBytes() < next.sizeBytes())
                    || (before instanceof FileSystem files
                            && after instanceof FileSystem more
                            && files.sizeBytes() < more.sizeBytes());
            if (larger) {
                grown.put(change.id(), change);
                concerned.put(((Layer) before).id(), (Layer) before);
                Volumes.above(draft.now(), (LayerId) change.id(), concerned);
            }
        }
        if (!grown.isEmpty()) {
            Volumes.grow(draft, grown, concerned);
        }
    }

    /** First what nothing that stays a while refers to. */
    private void remove() {
        Map<EntityId, Entity> gone = new LinkedHashMap<>();
        draft.now().diff(wish).changes().stream()
                .filter(change -> change.after().isEmpty())
                .map(change -> change.before().orElseThrow())
                .sorted(Comparator.comparingInt((Entity entity) -> Making.rank(entity.kind()))
                        .thenComparing(Entity::id))
                .forEach(entity -> gone.put(entity.id(), entity));
        List<Entity> order = byReference(gone);
        Collections.reverse(order);
        for (Entity entity : order) {
            if (entity instanceof Node node) {
                Lives.forget(draft, node.id());
            } else {
                Making.unmake(draft, draft.now().get(entity.id()).orElseThrow(), 0);
            }
        }
    }

    /** Things after those of them that they refer to; where that goes round in a circle, as they come. */
    static List<Entity> byReference(Map<EntityId, Entity> things) {
        List<Entity> order = new ArrayList<>();
        Set<EntityId> seen = new HashSet<>();
        things.values().forEach(entity -> visit(entity, things, seen, order));
        return order;
    }

    private static void visit(Entity entity, Map<EntityId, Entity> things, Set<EntityId> seen, List<Entity> order) {
        if (!seen.add(entity.id())) {
            return;
        }
        Set<EntityId> below = new TreeSet<>();
        Draft.references(entity, below);
        for (EntityId id : below) {
            Entity other = things.get(id);
            if (other != null) {
                visit(other, things, seen, order);
            }
        }
        order.add(entity);
    }
}
