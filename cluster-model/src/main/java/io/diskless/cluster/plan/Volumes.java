package io.diskless.cluster.plan;

import io.diskless.cluster.model.Change;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.operation.VolumeOperation;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.rules.StoragePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Steps for the storage path. Stateless. */
final class Volumes {
    private Volumes() {}

    static void unpublish(Draft draft, LayerId device) {
        Multipath old = draft.now().get(device, Multipath.class).orElseThrow();
        int apart = Making.unmake(draft, old, 0);
        for (LayerId path : old.paths()) {
            Optional<AoeExport> export = draft.now().get(path, AoeExport.class);
            if (export.isPresent()) {
                Making.unmake(draft, export.get(), apart);
            }
        }
    }

    /** From the disks up: what stands on a layer grows after it. Users of an OCFS2 stop meanwhile. */
    static void grow(Draft draft, VolumeOperation.GrowVolume operation) {
        Map<EntityId, Change> changes = new LinkedHashMap<>();
        for (Change change : draft.now().diff(operation.applyTo(draft.now())).changes()) {
            changes.put(change.id(), change);
        }
        grow(draft, changes, concerned(draft.now(), operation.layer()));
    }

    /** The layers that change, and between them those that look at their size again. */
    static void grow(Draft draft, Map<EntityId, Change> changes, Map<LayerId, Layer> concerned) {
        List<Layer> ordered = new ArrayList<>(concerned.values());
        ordered.sort(java.util.Comparator.comparingInt((Layer layer) -> Making.rank(layer.kind()))
                .thenComparing(Layer::id));
        Map<Instance, Integer> offline = new HashMap<>();
        List<Instance> stopped = new ArrayList<>();
        Map<LayerId, Integer> done = new HashMap<>();
        for (Layer layer : ordered) {
            List<Integer> below = new ArrayList<>();
            for (LayerId lower : layer.lower()) {
                below.add(done.getOrDefault(lower, 0));
            }
            Change change = changes.get(layer.id());
            if (layer instanceof Disk && change != null) {
                done.put(
                        layer.id(),
                        changed(draft, Verb.GROW_DISK, change)
                                .noReturn("a disk does not shrink")
                                .add());
            } else if (layer instanceof MdArray || layer instanceof DrbdVolume) {
                done.put(
                        layer.id(),
                        draft.step(Verb.RESIZE, layer.id())
                                .noReturn("what is written beyond the old end would be lost")
                                .after(below)
                                .add());
            } else if (layer instanceof AoeExport) {
                done.put(
                        layer.id(),
                        draft.step(Verb.REIDENTIFY, layer.id()).after(below).add());
            } else if (layer instanceof FileSystem files && change != null) {
                if (files.format() == FileSystem.Format.OCFS2) {
                    for (Instance guest : draft.guestsAbove(files.id())) {
                        offline.put(guest, Guests.stop(draft, guest, Duration.ofMinutes(2)));
                        stopped.add(guest);
                    }
                }
                done.put(
                        layer.id(),
                        changed(draft, Verb.GROW_FILE_SYSTEM, change)
                                .noReturn("a file system does not shrink while it is used")
                                .after(below)
                                .after(List.copyOf(offline.values()))
                                .add());
            } else {
                below.stream().max(Integer::compare).ifPresent(number -> done.put(layer.id(), number));
            }
        }
        int last = draft.steps().size();
        Guests.startAgain(draft, stopped, last);
    }

    /** Whether a guest can reach all that it uses on machines that work. */
    static boolean works(Model model, Instance guest) {
        return guest.volumes().stream()
                .allMatch(use -> StoragePath.works(model, use.layer(), id -> StoragePath.serves(model, id)));
    }

    private static Draft.Next changed(Draft draft, Verb verb, Change change) {
        EntityId[] operands = change.before().orElseThrow() instanceof Disk disk
                ? new EntityId[] {disk.id(), disk.node()}
                : new EntityId[] {change.id()};
        return draft.step(verb, operands).edit(new Edit.Becomes(change.id(), change.before(), change.after()));
    }

    private static Map<LayerId, Layer> concerned(Model model, LayerId layer) {
        Map<LayerId, Layer> found = new TreeMap<>(StoragePath.below(model, layer));
        above(model, layer, found);
        return found;
    }

    static void above(Model model, LayerId id, Map<LayerId, Layer> found) {
        for (EntityId who : model.referrers(id)) {
            Layer layer = model.get(who, Layer.class).orElse(null);
            if (layer != null && found.putIfAbsent(layer.id(), layer) == null) {
                above(model, layer.id(), found);
            }
        }
    }

    /** Takes a member out that the others can do without; if it failed before, nothing changes. */
    static int remove(Draft draft, MdArray array, LayerId member, List<Instance> guests, Impact impact) {
        Draft.Next out = draft.step(Verb.REMOVE_MEMBER, array.id(), member)
                .requires(new Condition.WorksWithoutMember(array.id(), member))
                .hurts(guests, impact);
        if (!array.failed().contains(member)) {
            out.edit(new Edit.Fails(array.id(), member, true));
        }
        return out.add();
    }

    /** Puts a member back and waits until it is filled. */
    static int add(Draft draft, LayerId array, LayerId member, int after) {
        return draft.step(Verb.ADD_MEMBER, array, member)
                .edit(new Edit.Fails(array, member, false))
                .copies(Making.size(draft.now(), member))
                .after(after)
                .add();
    }

    /** A disk goes and another comes, while the other copies or members carry on. */
    static void replaceDisk(Draft draft, VolumeOperation.ReplaceDisk operation) {
        Disk old = draft.now().get(operation.disk(), Disk.class).orElseThrow();
        Disk fresh = new Disk(old.id(), old.node(), operation.device(), operation.sizeBytes());
        List<DrbdVolume> volumes = VolumeOperation.volumesOn(draft.now(), old.id());
        List<MdArray> arrays = new ArrayList<>();
        for (EntityId who : draft.now().referrers(old.id())) {
            draft.now().get(who, MdArray.class).ifPresent(arrays::add);
        }
        List<Instance> guests = draft.guestsAbove(old.id());
        if (!guests.isEmpty()) {
            draft.allow(Allowance.lessRedundancy(old.id() + " is replaced"));
        }
        Impact less = new Impact(Impact.Kind.LESS_REDUNDANCY, Duration.ZERO);
        List<Integer> off = new ArrayList<>();
        for (DrbdVolume volume : volumes) {
            Replica copy = volume.replica(old.node()).orElseThrow();
            Draft.Next detach = draft.step(Verb.DETACH, volume.id(), old.node())
                    .requires(new Condition.IsGoodElsewhere(volume.id(), old.node()))
                    .hurts(guests, less);
            if (copy.state() != Replica.State.FAILED) {
                detach.edit(new Edit.Holds(volume.id(), old.node(), copy.state(), Replica.State.FAILED));
            }
            off.add(detach.add());
        }
        for (MdArray array : arrays) {
            if (array.level().redundancy(array.members().size()) == 0) {
                throw new Draft.Refusal(array.id() + " is " + array.level() + " and works with all of its "
                        + array.members().size() + " members only; copy " + old.id() + " while nothing uses it");
            }
            off.add(remove(draft, array, old.id(), guests, less));
        }
        Draft.Next swap = draft.step(Verb.SWAP_DISK, old.id(), old.node())
                .noReturn("the old disk is out")
                .takes(Duration.ofMinutes(10))
                .after(off);
        if (!fresh.equals(old)) {
            swap.edit(new Edit.Becomes(old.id(), Optional.of((Entity) old), Optional.of((Entity) fresh)));
        }
        if (volumes.isEmpty() && arrays.isEmpty()) {
            swap.requires(new Condition.IsUnused(old.id()));
        }
        int swapped = swap.add();
        for (DrbdVolume volume : volumes) {
            Replica copy = volume.replica(old.node()).orElseThrow();
            int on = draft.step(Verb.ATTACH, volume.id(), old.node())
                    .edit(new Edit.Holds(volume.id(), old.node(), Replica.State.FAILED, Replica.State.INCONSISTENT))
                    .after(swapped)
                    .add();
            Making.sync(draft, volume.id(), copy.node(), Making.size(draft.now(), copy.lower()), on);
        }
        for (MdArray array : arrays) {
            add(draft, array.id(), old.id(), swapped);
        }
    }
}
