package io.diskless.cluster.draw;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.rules.StoragePath;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** From a guest to its platters. Stateless; one object draws one picture. */
final class PathPicture {
    private final Model model;
    private final Instance guest;
    private final Map<String, Box> boxes = new LinkedHashMap<>();
    private final List<Link> links = new ArrayList<>();

    private PathPicture(Model model, Instance guest) {
        this.model = model;
        this.guest = guest;
    }

    static Picture of(Model model, InstanceId id) {
        Instance guest = model.get(id, Instance.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no " + id + " in the model"));
        return new PathPicture(model, guest).draw();
    }

    /** What the loss of one machine does to a layer. */
    private record State(boolean works, Set<NodeId> needed, Set<NodeId> below) {
        Tone tone() {
            return !works ? Tone.BAD : needed.isEmpty() ? Tone.GOOD : Tone.WARN;
        }

        String words() {
            if (!works) {
                return "does not work now";
            }
            return needed.isEmpty()
                    ? "survives the loss of any one of " + names(below)
                    : "ends with the loss of " + names(needed);
        }

        private static String names(Set<NodeId> nodes) {
            return nodes.stream().map(NodeId::name).collect(Collectors.joining(", "));
        }
    }

    private State state(LayerId id) {
        Set<NodeId> below = new TreeSet<>();
        for (Layer layer : StoragePath.below(model, id).values()) {
            if (layer instanceof Disk disk) {
                below.add(disk.node());
            } else if (layer instanceof AoeExport export) {
                below.add(export.node());
            } else if (layer instanceof DrbdVolume volume) {
                volume.replicas().forEach(replica -> below.add(replica.node()));
            }
        }
        Predicate<NodeId> up = node -> StoragePath.serves(model, node);
        boolean works = StoragePath.works(model, id, up);
        Set<NodeId> needed = new TreeSet<>();
        for (NodeId lost : below) {
            if (works && !StoragePath.works(model, id, up.and(node -> !node.equals(lost)))) {
                needed.add(lost);
            }
        }
        return new State(works, needed, below);
    }

    private Picture draw() {
        Tone worst = Tone.GOOD;
        List<String> notes = new ArrayList<>();
        for (VolumeUse use : guest.volumes()) {
            State state = state(use.layer());
            worst = worse(worst, state.tone());
            notes.add(use.layer().name() + " " + state.words());
        }
        String root = guest.id().toString();
        String hosts = guest.placement().hosts().stream().map(NodeId::name).collect(Collectors.joining(" -> "));
        boxes.put(
                root,
                new Box(
                        root,
                        -1,
                        worst,
                        List.of(
                                guest.id().name(),
                                hosts.isEmpty() ? "guest, stopped" : "guest on " + hosts,
                                guest.vcpus() + " vCPUs, " + Words.bytes(guest.memoryBytes()))));
        for (VolumeUse use : guest.volumes()) {
            boolean fresh = boxes.values().stream()
                    .noneMatch(box -> box.id().equals(use.layer().toString()));
            links.add(new Link(
                    root,
                    use.layer().toString(),
                    use.writable() ? "" : "read only",
                    state(use.layer()).tone(),
                    false));
            if (fresh) {
                layer(use.layer());
            }
        }
        return new Picture("Storage path of " + guest.id().name(), notes, List.copyOf(boxes.values()), links);
    }

    private static Tone worse(Tone a, Tone b) {
        return a == Tone.BAD || b == Tone.BAD ? Tone.BAD : a == Tone.WARN || b == Tone.WARN ? Tone.WARN : Tone.GOOD;
    }

    private void layer(LayerId id) {
        Entity found = model.get(id).orElse(null);
        if (!(found instanceof Layer layer)) {
            boxes.put(
                    id.toString(), new Box(id.toString(), -1, Tone.BAD, List.of(id.name(), "is missing in the model")));
            return;
        }
        boxes.put(id.toString(), new Box(id.toString(), -1, state(id).tone(), lines(layer)));
        for (LayerId lower : layer.lower()) {
            boolean standby = layer instanceof DrbdVolume volume
                    && volume.replicas().stream().anyMatch(r -> r.lower().equals(lower) && !r.primary());
            links.add(new Link(id.toString(), lower.toString(), "", tone(layer, lower), standby));
            if (!boxes.containsKey(lower.toString())) {
                layer(lower);
            }
        }
    }

    private Tone tone(Layer upper, LayerId lower) {
        if (upper instanceof DrbdVolume volume) {
            for (Replica replica : volume.replicas()) {
                boolean good = replica.state() == Replica.State.UP_TO_DATE && StoragePath.serves(model, replica.node());
                if (replica.lower().equals(lower) && !good) {
                    return Tone.BAD;
                }
            }
        }
        return state(lower).works() ? Tone.GOOD : Tone.BAD;
    }

    private static List<String> lines(Layer layer) {
        String name = layer.id().name();
        if (layer instanceof Disk disk) {
            return List.of(
                    name, "disk of " + disk.node().name(), Words.cut(disk.device()), Words.bytes(disk.sizeBytes()));
        }
        if (layer instanceof MdArray array) {
            String where = array.activeOn().stream().map(NodeId::name).collect(Collectors.joining(", "));
            return List.of(name, "md " + Words.of(array.level()) + " on " + where);
        }
        if (layer instanceof DrbdVolume volume) {
            String dual = volume.dualPrimary() instanceof DualPrimary.Never ? "" : ", dual primary";
            List<String> lines = new ArrayList<>(List.of(
                    name,
                    "DRBD, protocol " + volume.policy().protocol() + dual,
                    "quorum " + Words.of(volume.policy().quorum())));
            for (Replica replica : volume.replicas()) {
                lines.add(replica.node().name() + ", " + (replica.primary() ? "primary" : "secondary") + ", "
                        + Words.of(replica.state()));
            }
            return lines;
        }
        if (layer instanceof AoeExport export) {
            return List.of(
                    name,
                    "AoE e" + export.address().shelf() + "." + export.address().slot() + " of "
                            + export.node().name(),
                    export.nic() + " on " + export.segment().name() + ", MTU " + export.mtu());
        }
        if (layer instanceof Multipath multipath) {
            return List.of(name, "multipath, " + Words.count(multipath.paths().size(), "path"));
        }
        FileSystem files = (FileSystem) layer;
        return List.of(name, Words.of(files.format()) + ", " + Words.bytes(files.sizeBytes()));
    }
}
