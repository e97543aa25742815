package io.diskless.cluster.simulate;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.rules.StoragePath;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** How a guest is off. Beyond the rules it asks whether the way leads to a machine that may write. */
enum Sight {
    /** Runs, and would not notice the loss of any one StorageNode. */
    SAFE,
    /** Runs, and would stand still after the loss of one. */
    WITHOUT_SPARE,
    /** Its host works, and one of its volumes cannot be written. */
    STANDING,
    /** Runs nowhere, or on a host that does not work. */
    DOWN;

    private static final int DEEPEST = 16;

    boolean works() {
        return this == SAFE || this == WITHOUT_SPARE;
    }

    static Sight of(Model model, @Nullable Instance guest, @Nullable Cut cut) {
        if (guest == null || !guest.placement().isRunning()) {
            return DOWN;
        }
        // A guest on its way runs where it comes from until it is switched over.
        NodeId host = guest.placement().hosts().get(0);
        if (!StoragePath.serves(model, host)) {
            return DOWN;
        }
        Predicate<NodeId> up =
                node -> StoragePath.serves(model, node) && (cut == null || cut.reaches(model, host, node));
        View view = new View(model, host, cut);
        boolean spare = true;
        for (VolumeUse use : guest.volumes()) {
            if (!view.works(use.layer(), host, use.writable(), up, DEEPEST)) {
                return STANDING;
            }
            for (NodeId node : StoragePath.storageNodes(model, use.layer())) {
                // After the loss another copy is promoted, so only good copies are asked for.
                Predicate<NodeId> others = id -> !id.equals(node) && up.test(id);
                spare &= !up.test(node) || view.works(use.layer(), host, false, others, DEEPEST);
            }
        }
        return spare ? SAFE : WITHOUT_SPARE;
    }

    /** The storage path as one host sees it. */
    private record View(Model model, NodeId host, @Nullable Cut cut) {
        boolean works(LayerId id, NodeId at, boolean writing, Predicate<NodeId> up, int left) {
            Entity layer = left == 0 ? null : model.get(id).orElse(null);
            if (layer instanceof AoeExport export) {
                return up.test(export.node())
                        && (cut == null || cut.hears(export.segment(), host, export.node()))
                        && works(export.served(), export.node(), writing, up, left - 1);
            }
            if (layer instanceof DrbdVolume volume) {
                boolean mayWrite = !writing
                        || volume.replica(at).map(copy -> copy.primary()).orElse(volume.primaries() > 0);
                return mayWrite && StoragePath.works(model, id, up);
            }
            if (layer instanceof Multipath multipath) {
                return multipath.paths().stream().anyMatch(path -> works(path, at, writing, up, left - 1));
            }
            if (layer instanceof MdArray array) {
                long good = array.members().stream()
                        .filter(member -> works(member, at, writing, up, left - 1))
                        .count();
                int members = array.members().size();
                return good > 0 && good >= members - array.level().redundancy(members);
            }
            if (layer instanceof FileSystem files) {
                return works(files.device(), at, writing, up, left - 1);
            }
            return layer instanceof Disk disk && up.test(disk.node());
        }
    }
}
