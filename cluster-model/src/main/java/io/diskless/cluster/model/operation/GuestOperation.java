package io.diskless.cluster.model.operation;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.GuestNic;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdNumbers;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.Replica;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What can be asked of a guest, beside starting and stopping it. Implementations are immutable. */
public sealed interface GuestOperation extends Operation {
    /** {@return which guest} */
    InstanceId subject();

    /**
     * A running guest goes to another node and does not stop.
     *
     * @param instance which guest
     * @param node where it goes
     */
    record LiveMigrate(InstanceId instance, NodeId node) implements GuestOperation {
        /** Insists on both. */
        public LiveMigrate {
            Objects.requireNonNull(instance, "instance");
            Objects.requireNonNull(node, "node");
        }

        @Override
        public InstanceId subject() {
            return instance;
        }

        @Override
        public Model applyTo(Model model) {
            Instance guest = guest(model, instance);
            if (guest.placement().equals(new Placement.On(node))) {
                return model;
            }
            if (!(guest.placement() instanceof Placement.On from)) {
                throw new IllegalArgumentException(instance + " does not run on one node, it cannot migrate");
            }
            Model now = model.with(guest.placement(new Placement.On(node)));
            for (DrbdVolume volume : written(model, guest)) {
                if (movesWriter(volume, from.node(), node)) {
                    now = now.with(volume.replicas(volume.replicas().stream()
                            .map(copy -> copy.primary(copy.node().equals(node)
                                    || (copy.primary() && !copy.node().equals(from.node()))))
                            .toList()));
                }
            }
            return now;
        }

        @Override
        public String toString() {
            return "migrate " + instance + " to " + node;
        }
    }

    /**
     * A guest is copied with its volumes; the copy is stopped and has Ethernet addresses of its own.
     *
     * @param instance which guest
     * @param copy name of the new one
     */
    record CopyInstance(InstanceId instance, InstanceId copy) implements GuestOperation {
        /** Insists on both. */
        public CopyInstance {
            Objects.requireNonNull(instance, "instance");
            Objects.requireNonNull(copy, "copy");
        }

        @Override
        public InstanceId subject() {
            return instance;
        }

        @Override
        public Model applyTo(Model model) {
            if (model.contains(copy)) {
                return model;
            }
            Instance guest = guest(model, instance);
            Map<LayerId, Layer> below = new LinkedHashMap<>();
            guest.volumes().forEach(use -> collect(model, use.layer(), below));
            Model now = model;
            for (Layer layer : below.values()) {
                now = now.with(copied(now, layer));
            }
            List<VolumeUse> uses = guest.volumes().stream()
                    .map(use -> new VolumeUse(name(use.layer()), use.writable(), use.cache()))
                    .toList();
            List<GuestNic> nics = new ArrayList<>();
            for (GuestNic nic : guest.nics()) {
                nics.add(new GuestNic(Names.freeMac(now, copy.name() + nics.size()), nic.segment()));
            }
            return now.with(new Instance(
                    copy,
                    guest.vcpus(),
                    guest.memoryBytes(),
                    guest.boot(),
                    uses,
                    nics,
                    new Placement.Stopped(),
                    guest.storageMbps()));
        }

        /**
         * What a layer of the guest is called in the copy.
         *
         * @param id the layer's name
         * @return the name of its copy
         */
        public LayerId name(LayerId id) {
            return new LayerId(Names.renamed(id.name(), instance.name(), copy.name()));
        }

        private List<LayerId> names(List<LayerId> ids) {
            return ids.stream().map(this::name).toList();
        }

        private Entity copied(Model now, Layer layer) {
            LayerId id = Names.free(now, name(layer.id()));
            if (layer instanceof Disk disk) {
                return new Disk(id, disk.node(), "/dev/vg/" + id.name(), disk.sizeBytes());
            }
            if (layer instanceof MdArray md) {
                return new MdArray(
                        id, md.level(), names(md.members()), md.activeOn(), md.bitmap(), List.of(), List.of());
            }
            if (layer instanceof DrbdVolume volume) {
                List<Replica> copies = new ArrayList<>();
                for (Replica old : volume.replicas()) {
                    copies.add(Replica.of(
                                    old.node().name(),
                                    old.number(),
                                    name(old.lower()).name())
                            .primary(old.primary()));
                }
                return new DrbdVolume(id, copies, volume.policy(), new DualPrimary.Never())
                        .numbers(DrbdNumbers.free(now, volume.nodes()));
            }
            if (layer instanceof AoeExport export) {
                return new AoeExport(
                        id,
                        Names.freeAddress(
                                now, export.segment(), export.address().shelf()),
                        export.node(),
                        export.nic(),
                        export.segment(),
                        name(export.served()),
                        export.access(),
                        export.readOnly(),
                        export.mtu(),
                        export.trafficMbps());
            }
            if (layer instanceof Multipath multipath) {
                return new Multipath(id, names(multipath.paths()));
            }
            FileSystem files = (FileSystem) layer;
            return new FileSystem(
                    id,
                    files.format(),
                    name(files.device()),
                    files.sizeBytes(),
                    files.blockNumberBits(),
                    files.slots(),
                    files.cluster());
        }

        @Override
        public String toString() {
            return "copy " + instance + " to " + copy;
        }
    }

    /**
     * The DRBD volumes that a guest writes, over whatever lies between.
     *
     * @param model the site
     * @param guest the guest
     * @return each once, in the order of the guest's volumes
     */
    static List<DrbdVolume> written(Model model, Instance guest) {
        Map<LayerId, Layer> below = new LinkedHashMap<>();
        for (VolumeUse use : guest.volumes()) {
            if (use.writable()) {
                collect(model, use.layer(), below);
            }
        }
        List<DrbdVolume> found = new ArrayList<>();
        for (Layer layer : below.values()) {
            if (layer instanceof DrbdVolume volume) {
                found.add(volume);
            }
        }
        return found;
    }

    /**
     * Whether the machine that writes a volume changes with the guest: where both hosts keep a copy of their own. A guest
     * whose hosts reach the volume over the network leaves it where it is.
     *
     * @param volume which
     * @param from where the guest runs
     * @param to where it goes
     * @return whether the target has to become Primary, and the source to end being it
     */
    static boolean movesWriter(DrbdVolume volume, NodeId from, NodeId to) {
        boolean here = volume.replica(from).map(Replica::primary).orElse(false);
        Optional<Replica> there = volume.replica(to);
        return here
                && there.isPresent()
                && !there.get().primary()
                && !(volume.dualPrimary() instanceof DualPrimary.ClusterFileSystem);
    }

    private static Instance guest(Model model, InstanceId id) {
        return model.get(id, Instance.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no " + id + " in the model"));
    }

    private static void collect(Model model, LayerId id, Map<LayerId, Layer> found) {
        Layer layer = model.get(id, Layer.class).orElse(null);
        if (layer != null && found.putIfAbsent(id, layer) == null) {
            layer.lower().forEach(lower -> collect(model, lower, found));
        }
    }
}
