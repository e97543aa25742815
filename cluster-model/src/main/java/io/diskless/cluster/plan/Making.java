package io.diskless.cluster.plan;

import io.diskless.cluster.model.Change;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.rules.StoragePath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Steps that make things, take them away, and make others of them. Stateless. */
final class Making {
    private Making() {}

    /** What others stand on comes first. */
    static int rank(Kind kind) {
        return switch (kind) {
            case SEGMENT, NETBOOT_PROFILE -> 0;
            case CONFIG_NODE, STORAGE_NODE, HARDWARE_NODE -> 1;
            case FENCING_DEVICE, OCFS_CLUSTER -> 2;
            case DISK -> 3;
            case MD_ARRAY -> 4;
            case DRBD_VOLUME -> 5;
            case AOE_EXPORT -> 6;
            case MULTIPATH -> 7;
            case FILE_SYSTEM -> 8;
            case HA_PAIR -> 9;
            case INSTANCE -> 10;
            case TEMPLATE -> 11;
        };
    }

    /** Makes what another model has and this one has not, from the bottom up; the numbers of the steps. */
    static List<Integer> makeNew(Draft draft, Model wish, int after) {
        List<Entity> made = new ArrayList<>();
        for (Change change : draft.now().diff(wish).changes()) {
            if (change.before().isEmpty()) {
                change.after().ifPresent(made::add);
            }
        }
        made.sort(
                Comparator.comparingInt((Entity entity) -> rank(entity.kind())).thenComparing(Entity::id));
        Map<EntityId, Entity> named = new LinkedHashMap<>();
        made.forEach(entity -> named.put(entity.id(), entity));
        List<Integer> steps = new ArrayList<>();
        for (Entity entity : Wish.byReference(named)) {
            make(draft, entity, after, steps);
        }
        return steps;
    }

    private static void make(Draft draft, Entity entity, int after, List<Integer> steps) {
        if (entity instanceof DrbdVolume volume) {
            steps.addAll(volume(draft, volume, after));
        } else if (entity instanceof Node node) {
            node(draft, node, after);
        } else if (entity instanceof Instance guest) {
            Instance stopped = guest.placement(new Placement.Stopped());
            int defined = draft.step(Verb.DEFINE, guest.id())
                    .edit(Edit.Becomes.made(stopped))
                    .after(after)
                    .add();
            steps.add(defined);
            if (guest.placement() instanceof Placement.On on) {
                steps.add(Guests.start(draft, stopped, on.node(), defined));
            }
        } else {
            Draft.Next next = draft.step(verb(entity), operands(entity))
                    .edit(Edit.Becomes.made(entity))
                    .after(after);
            steps.add(next.add());
        }
    }

    /** A machine that shall work is told what it is, and boots. Whether it answers boot requests is seen to later. */
    private static void node(Draft draft, Node node, int after) {
        Lifecycle life = node.lifecycle();
        boolean boots = life.isServing() || life instanceof Lifecycle.Booting;
        Node first = boots ? node.lifecycle(new Lifecycle.Tagged()) : node;
        draft.step(Verb.WRITE_HOST_ENTRY, node.id())
                .edit(Edit.Becomes.made(first instanceof ConfigNode config ? config.servesBoot(false) : first))
                .after(after)
                .add();
        if (boots) {
            Lives.become(draft, node.id(), life);
        }
    }

    /** A volume comes up with one good copy, and the others are filled. */
    private static List<Integer> volume(Draft draft, DrbdVolume volume, int after) {
        if (volume.dualPrimary() instanceof DualPrimary.Leased) {
            throw new Draft.Refusal("a lease for two writers of " + volume.id() + " is given to one operation only");
        }
        Optional<Replica> source = volume.replicas().stream()
                .filter(copy -> copy.state() == Replica.State.UP_TO_DATE)
                .reduce((best, next) -> next.primary() && !best.primary() ? next : best);
        List<Replica> fresh = new ArrayList<>();
        List<Replica> filled = new ArrayList<>();
        for (Replica copy : volume.replicas()) {
            boolean empty =
                    source.isPresent() && !copy.equals(source.get()) && copy.state() == Replica.State.UP_TO_DATE;
            fresh.add(empty ? copy.state(Replica.State.INCONSISTENT) : copy);
            if (empty) {
                filled.add(copy);
            }
        }
        List<EntityId> operands = new ArrayList<>(List.of(volume.id()));
        volume.replicas().forEach(copy -> operands.add(copy.node()));
        int up = draft.step(Verb.BRING_UP, operands)
                .edit(Edit.Becomes.made(volume.replicas(fresh)))
                .after(after)
                .add();
        List<Integer> steps = new ArrayList<>(List.of(up));
        for (Replica copy : filled) {
            steps.add(sync(draft, volume.id(), copy.node(), size(draft.now(), copy.lower()), up));
        }
        return steps;
    }

    /** Waits until a copy is good, into which so many bytes go. */
    static int sync(Draft draft, LayerId volume, NodeId node, long bytes, int after) {
        return draft.step(Verb.AWAIT_SYNC, volume, node)
                .edit(new Edit.Holds(volume, node, Replica.State.INCONSISTENT, Replica.State.UP_TO_DATE))
                .requires(new Condition.IsGoodElsewhere(volume, node))
                .requires(new Condition.Works(node))
                .copies(bytes)
                .after(after)
                .add();
    }

    /** How much a layer holds at most: the largest disk below it. */
    static long size(Model model, LayerId layer) {
        return StoragePath.below(model, layer).values().stream()
                .filter(Disk.class::isInstance)
                .mapToLong(below -> ((Disk) below).sizeBytes())
                .max()
                .orElse(0);
    }

    private static Verb verb(Entity entity) {
        return switch (entity.kind()) {
            case DISK -> Verb.CREATE_DISK;
            case MD_ARRAY, MULTIPATH -> Verb.ASSEMBLE;
            case AOE_EXPORT -> Verb.EXPORT;
            case FILE_SYSTEM -> Verb.MAKE_FILE_SYSTEM;
            default -> Verb.RECORD;
        };
    }

    private static List<EntityId> operands(Entity entity) {
        if (entity instanceof Disk disk) {
            return List.of(disk.id(), disk.node());
        }
        return entity instanceof AoeExport export ? List.of(export.id(), export.node()) : List.of(entity.id());
    }

    /** Takes a thing away that nothing running uses. */
    static int unmake(Draft draft, Entity entity, int after) {
        Verb verb = switch (entity.kind()) {
            case DISK -> Verb.REMOVE_DISK;
            case MD_ARRAY, MULTIPATH -> Verb.DISASSEMBLE;
            case DRBD_VOLUME -> Verb.TAKE_DOWN;
            case AOE_EXPORT -> Verb.WITHDRAW;
            case INSTANCE -> Verb.UNDEFINE;
            default -> Verb.RECORD;
        };
        List<EntityId> operands = new ArrayList<>(operands(entity));
        if (entity instanceof DrbdVolume volume) {
            volume.replicas().forEach(copy -> operands.add(copy.node()));
        }
        Draft.Next next =
                draft.step(verb, operands).edit(Edit.Becomes.gone(entity)).after(after);
        if (entity.id() instanceof LayerId layer) {
            next.requires(new Condition.IsUnused(layer));
        }
        if (entity instanceof Disk || entity instanceof FileSystem) {
            next.noReturn("what was on it is gone");
        }
        return next.add();
    }

    /** Writes down what is so already, for somebody has read it where it is. */
    static void record(Draft draft, Change change) {
        draft.step(Verb.RECORD, change.id())
                .edit(new Edit.Becomes(change.id(), change.before(), change.after()))
                .add();
    }

    /** The exports of a layer on one node. */
    static List<AoeExport> exports(Model model, LayerId layer, NodeId node) {
        List<AoeExport> found = new ArrayList<>();
        for (EntityId who : model.referrers(layer)) {
            model.get(who, AoeExport.class)
                    .filter(export ->
                            export.node().equals(node) && export.served().equals(layer))
                    .ifPresent(found::add);
        }
        return found;
    }
}
