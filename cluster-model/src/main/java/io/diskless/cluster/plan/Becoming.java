package io.diskless.cluster.plan;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.operation.VolumeOperation;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.model.storage.Replica;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Steps that make of one thing another of its name, by what a machine must do for it. Stateless. */
final class Becoming {
    /** What initiators notice of a device that is gone for a moment. */
    private static final Duration GONE = Duration.ofSeconds(2);

    private static final Duration OFFLINE = Duration.ofMinutes(2);

    private Becoming() {}

    static void become(Draft draft, Entity before, Entity after) {
        if (before instanceof DrbdVolume old && after instanceof DrbdVolume next) {
            volume(draft, old, next);
        } else if (before instanceof Disk old && after instanceof Disk next) {
            disk(draft, old, next);
        } else if (before instanceof MdArray old && after instanceof MdArray next) {
            array(draft, old, next);
        } else if (before instanceof AoeExport old && after instanceof AoeExport next) {
            export(draft, old, next);
        } else if (before instanceof FileSystem old && after instanceof FileSystem next) {
            files(draft, old, next);
        } else if (before instanceof OcfsCluster old && after instanceof OcfsCluster next) {
            cluster(draft, old, next);
        } else if (before instanceof HaPair old && after instanceof HaPair next) {
            pair(draft, old, next);
        } else {
            Verb verb = before instanceof Multipath ? Verb.ASSEMBLE : Verb.RECORD;
            draft.step(verb, before.id()).edit(edit(before, after)).add();
        }
    }

    private static Edit edit(Entity before, Entity after) {
        return new Edit.Becomes(before.id(), Optional.of(before), Optional.of(after));
    }

    /** Its copies come, change roles, and go; which of them are good was seen to before. */
    private static void volume(Draft draft, DrbdVolume old, DrbdVolume next) {
        LayerId id = next.id();
        if (next.dualPrimary() instanceof DualPrimary.Leased
                && !old.dualPrimary().equals(next.dualPrimary())) {
            throw new Draft.Refusal("a lease for two writers of " + id + " is given to one operation, and not again");
        }
        DrbdVolume told = new DrbdVolume(id, old.replicas(), next.policy(), old.dualPrimary(), next.numbers());
        if (!told.equals(old)) {
            draft.step(Verb.ADJUST, id).edit(edit(old, told)).add();
        }
        for (Replica copy : next.replicas()) {
            if (now(draft, id).replica(copy.node()).isEmpty()) {
                join(draft, id, copy);
            }
        }
        if (next.dualPrimary() instanceof DualPrimary.ClusterFileSystem) {
            allow(draft, id, Verb.RECORD, next.dualPrimary());
        }
        for (Replica copy : now(draft, id).replicas()) {
            boolean writes = next.replica(copy.node()).filter(Replica::primary).isPresent();
            if (copy.primary() && !writes) {
                Nodes.demote(draft, next, copy.node(), 0);
            }
        }
        for (Replica copy : next.replicas()) {
            if (copy.primary()) {
                Nodes.promote(draft, next, copy.node(), 0);
            }
        }
        boolean leased = now(draft, id).dualPrimary() instanceof DualPrimary.Leased;
        allow(draft, id, leased ? Verb.END_LEASE : Verb.RECORD, next.dualPrimary());
        for (Replica copy : now(draft, id).replicas()) {
            if (next.replica(copy.node()).isEmpty()) {
                leave(draft, id, copy);
            }
        }
    }

    private static DrbdVolume now(Draft draft, LayerId id) {
        return draft.now().get(id, DrbdVolume.class).orElseThrow();
    }

    private static void allow(Draft draft, LayerId id, Verb verb, DualPrimary wish) {
        DualPrimary is = now(draft, id).dualPrimary();
        if (!is.equals(wish)) {
            draft.step(verb, id).edit(new Edit.Allows(id, is, wish)).add();
        }
    }

    /** A copy comes empty and is filled. */
    static void join(Draft draft, LayerId id, Replica copy) {
        DrbdVolume old = now(draft, id);
        Replica empty = copy.primary(false).state(Replica.State.INCONSISTENT);
        List<Replica> copies = new ArrayList<>(old.replicas());
        copies.add(empty);
        int up = draft.step(Verb.BRING_UP, id, copy.node())
                .edit(edit(old, old.replicas(copies)))
                .requires(new Condition.Works(copy.node()))
                .add();
        if (copy.state() == Replica.State.UP_TO_DATE) {
            Lives.fill(draft, now(draft, id), empty, up);
        }
    }

    /** A copy that is not written goes, while a good one is elsewhere. */
    static void leave(Draft draft, LayerId id, Replica copy) {
        DrbdVolume old = now(draft, id);
        List<Replica> copies = new ArrayList<>(old.replicas());
        copies.removeIf(other -> other.node().equals(copy.node()));
        draft.step(Verb.TAKE_DOWN, id, copy.node())
                .edit(edit(old, old.replicas(copies)))
                .requires(new Condition.IsGoodElsewhere(id, copy.node()))
                .noReturn("what was on that copy is not kept up any more")
                .add();
    }

    private static void disk(Draft draft, Disk old, Disk next) {
        if (next.sizeBytes() < old.sizeBytes()) {
            throw new Draft.Refusal(
                    old.id() + " has " + old.sizeBytes() + " bytes, and a disk does not shrink to " + next.sizeBytes());
        }
        if (!next.node().equals(old.node())) {
            throw new Draft.Refusal(old.id() + " is in " + old.node() + "; no step carries it to " + next.node());
        }
        Volumes.replaceDisk(draft, new VolumeOperation.ReplaceDisk(old.id(), next.device(), next.sizeBytes()));
    }

    private static void array(Draft draft, MdArray old, MdArray next) {
        if (old.level() != next.level()) {
            throw new Draft.Refusal(
                    old.id() + " is " + old.level() + "; make another array of " + next.level() + " and copy");
        }
        MdArray now = old;
        for (NodeId node : old.activeOn()) {
            if (!next.activeOn().contains(node)) {
                List<NodeId> left = new ArrayList<>(now.activeOn());
                left.remove(node);
                now = changed(draft, Verb.DISASSEMBLE, now, now.activeOn(left), node);
            }
        }
        for (LayerId member : next.members()) {
            if (!now.members().contains(member)) {
                List<LayerId> more = new ArrayList<>(now.members());
                more.add(member);
                now = changed(draft, Verb.ADD_MEMBER, now, now.members(more), member);
            }
        }
        for (LayerId member : now.members()) {
            if (!next.members().contains(member)) {
                List<LayerId> left = new ArrayList<>(now.members());
                left.remove(member);
                now = changed(draft, Verb.REMOVE_MEMBER, now, now.members(left), member);
            }
        }
        for (LayerId member : next.members()) {
            if (next.failed().contains(member) && !now.failed().contains(member)) {
                List<Instance> guests = draft.guestsAbove(now.id());
                Volumes.remove(draft, now, member, guests, new Impact(Impact.Kind.LESS_REDUNDANCY, Duration.ZERO));
            } else if (!next.failed().contains(member) && now.failed().contains(member)) {
                Volumes.add(draft, now.id(), member, 0);
            }
            now = draft.now().get(now.id(), MdArray.class).orElseThrow();
        }
        for (NodeId node : next.activeOn()) {
            if (!now.activeOn().contains(node)) {
                List<NodeId> more = new ArrayList<>(now.activeOn());
                more.add(node);
                now = changed(draft, Verb.ASSEMBLE, now, now.activeOn(more), node);
            }
        }
        if (!now.equals(next)) {
            draft.step(Verb.ADJUST, now.id()).edit(edit(now, next)).add();
        }
    }

    private static MdArray changed(Draft draft, Verb verb, MdArray before, MdArray after, EntityId with) {
        draft.step(verb, before.id(), with).edit(edit(before, after)).add();
        return after;
    }

    /** Initiators lose a device that changes its address or its place; what else changes they do not notice. */
    private static void export(Draft draft, AoeExport old, AoeExport next) {
        boolean same = old.address().equals(next.address())
                && old.node().equals(next.node())
                && old.nic().equals(next.nic())
                && old.segment().equals(next.segment())
                && old.served().equals(next.served());
        int last = 0;
        List<Instance> stopped = List.of();
        if (!same) {
            List<Instance> guests = draft.guestsAbove(old.id());
            stopped = guests.stream()
                    .filter(guest -> !Volumes.works(draft.now().without(old.id()), guest))
                    .toList();
            for (Instance guest : stopped) {
                last = Math.max(last, Guests.stop(draft, guest, GONE));
            }
            last = draft.step(Verb.WITHDRAW, old.id(), old.node())
                    .hurts(guests, new Impact(Impact.Kind.LESS_REDUNDANCY, Duration.ZERO))
                    .after(last)
                    .add();
        }
        last = draft.step(Verb.EXPORT, next.id(), next.node())
                .edit(edit(old, next))
                .after(last)
                .add();
        Guests.startAgain(draft, stopped, last);
    }

    private static void files(Draft draft, FileSystem old, FileSystem next) {
        boolean other = old.format() != next.format() || !old.device().equals(next.device());
        if (other || next.sizeBytes() < old.sizeBytes() || next.slots() < old.slots()) {
            throw new Draft.Refusal(old.id() + " would have to be made anew, and what is on it would be lost: " + old
                    + " does not become " + next);
        }
        // More slots are added while it is used; anything else waits until nobody does.
        boolean online =
                old.blockNumberBits() == next.blockNumberBits() && old.cluster().equals(next.cluster());
        List<Instance> stopped = online ? List.of() : draft.guestsAbove(old.id());
        List<Integer> offline = new ArrayList<>();
        for (Instance guest : stopped) {
            offline.add(Guests.stop(draft, guest, OFFLINE));
        }
        int tuned = draft.step(Verb.GROW_FILE_SYSTEM, old.id())
                .edit(edit(old, next))
                .noReturn("a file system is not tuned back")
                .after(offline)
                .add();
        Guests.startAgain(draft, stopped, tuned);
    }

    /** One file after the other; what no file says is said with the first. */
    static List<Integer> cluster(Draft draft, OcfsCluster old, OcfsCluster wish) {
        List<Integer> steps = new ArrayList<>();
        OcfsCluster now = old;
        for (OcfsCluster.Copy copy : wish.copies().equals(old.copies()) ? List.<OcfsCluster.Copy>of() : wish.copies()) {
            List<OcfsCluster.Copy> copies = new ArrayList<>();
            for (OcfsCluster.Copy other : wish.copies()) {
                boolean written = wish.copies().indexOf(other) <= wish.copies().indexOf(copy);
                Optional<OcfsCluster.Copy> before = old.copies().stream()
                        .filter(file -> file.holder().equals(other.holder()))
                        .findFirst();
                if (written) {
                    copies.add(other);
                } else {
                    before.ifPresent(copies::add);
                }
            }
            OcfsCluster next = new OcfsCluster(
                    wish.id(), wish.nodeCount(), wish.globalHeartbeat(), wish.regions(), wish.members(), copies);
            if (!next.equals(now)) {
                steps.add(draft.step(Verb.WRITE_CLUSTER_FILE, wish.id(), copy.holder())
                        .edit(edit(now, next))
                        .add());
                now = next;
            }
        }
        if (!now.equals(wish)) {
            steps.add(draft.step(Verb.RECORD, wish.id()).edit(edit(now, wish)).add());
        }
        return steps;
    }

    /** A service address is given up before another is taken. */
    private static void pair(Draft draft, HaPair old, HaPair next) {
        Optional<NodeId> active = List.of(old.first(), old.second()).stream()
                .filter(id -> draft.now().get(id, ConfigNode.class).stream().anyMatch(ConfigNode::servesBoot))
                .findFirst();
        boolean moves = active.isPresent() && !old.serviceAddress().equals(next.serviceAddress());
        int last = 0;
        if (moves) {
            last = draft.step(Verb.DROP_ADDRESS, old.id(), active.get()).add();
        }
        last = draft.step(Verb.RECORD, old.id())
                .edit(edit(old, next))
                .after(last)
                .add();
        if (moves) {
            draft.step(Verb.TAKE_ADDRESS, old.id(), active.get()).after(last).add();
        }
    }
}
