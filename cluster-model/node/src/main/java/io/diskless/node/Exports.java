package io.diskless.node;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.drbd.wire.Role;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a storage node exports. An export of a volume answers while this side is Primary, and is withdrawn, with all that is
 * under way ended, before it becomes Secondary: so of two machines that export one volume at one address, one answers. An
 * export of a plain disk answers always. Confined to the runtime's thread.
 */
final class Exports {
    private final NodeId id;
    private final StorageOptions options;
    private final Troubles troubles;
    private final Function<LayerId, @Nullable Replicated> volumes;
    private final AoePorts ports;
    private final Map<LayerId, AoeExport> wanted = new TreeMap<>();
    /** Those that a step withdrew: they come back by a step, or with the next model. */
    private final Set<LayerId> withdrawn = new HashSet<>();

    private final Map<LayerId, BlockDevice> disks = new TreeMap<>();

    Exports(NodeId id, StorageOptions options, Troubles troubles, Function<LayerId, @Nullable Replicated> volumes) {
        this.id = id;
        this.options = options;
        this.troubles = troubles;
        this.volumes = volumes;
        ports = new AoePorts(options);
    }

    /** Read by any thread. */
    Set<LayerId> served() {
        return ports.served().keySet();
    }

    /** Withdraws what another model does not have, or has differently. */
    void retain(Model next) {
        for (AoeExport old : List.copyOf(wanted.values())) {
            if (next.get(old.id(), AoeExport.class).filter(old::equals).isEmpty()) {
                wanted.remove(old.id());
                troubles.end(old.id());
                troubles.attempt(old.id(), () -> {
                    withdraw(old.id());
                    closeUnused(old.served());
                });
            }
        }
    }

    /** Serves what a model has and may be served. */
    void take(Model next) {
        withdrawn.clear();
        for (AoeExport export : next.all(AoeExport.class)) {
            if (export.node().equals(id)) {
                wanted.put(export.id(), export);
                troubles.attempt(export.id(), () -> serve(export, next));
            }
        }
    }

    void export(AoeExport export, Model known) throws NodeException {
        wanted.put(export.id(), export);
        withdrawn.remove(export.id());
        serve(export, known);
    }

    void withdrawByStep(LayerId export) throws NodeException {
        withdrawn.add(export);
        withdraw(export);
    }

    /** A volume is Primary: what serves it may answer. */
    void serveAll(LayerId volume, Model known) {
        for (AoeExport export : of(volume)) {
            if (!withdrawn.contains(export.id())) {
                troubles.attempt(export.id(), () -> serve(export, known));
            }
        }
    }

    /** A volume is not Primary, or will not be: returns when nothing of it is under way. */
    void withdrawAll(LayerId volume) {
        for (AoeExport export : of(volume)) {
            troubles.attempt(export.id(), () -> withdraw(export.id()));
        }
    }

    private List<AoeExport> of(LayerId layer) {
        return wanted.values().stream()
                .filter(export -> export.served().equals(layer))
                .toList();
    }

    private void withdraw(LayerId export) throws NodeException {
        if (ports.withdraw(export)) {
            options.listener().accept(new StorageEvent.Export(export, false));
        }
    }

    private void serve(AoeExport export, Model known) throws NodeException {
        Nic nic = known.get(id, Node.class).stream()
                .flatMap(node -> node.machine().nics().stream())
                .filter(port -> port.name().equals(export.nic()))
                .findFirst()
                .orElseThrow(() -> new NodeException(
                        NodeException.Kind.NO_SUCH, id + " has no port " + export.nic() + " for " + export.id()));
        Layer layer = known.get(export.served(), Layer.class)
                .orElseThrow(() -> new NodeException(
                        NodeException.Kind.NO_SUCH,
                        export.id() + " serves " + export.served() + ", which is not there"));
        if (layer instanceof DrbdVolume) {
            Replicated copy = volumes.apply(layer.id());
            if (copy != null && copy.state().role() == Role.PRIMARY && !copy.isChanging()) {
                begin(nic, export, copy.device());
            }
        } else if (layer instanceof Disk disk && disk.node().equals(id)) {
            begin(nic, export, open(disk));
        } else {
            throw new NodeException(
                    NodeException.Kind.NOT_SUPPORTED,
                    export.id() + " serves " + layer.id() + ", expected a DRBD volume or a disk of " + id);
        }
    }

    private void begin(Nic nic, AoeExport export, BlockDevice device) throws NodeException {
        if (ports.serve(nic, export, serial(export.served()), device)) {
            options.listener().accept(new StorageEvent.Export(export.id(), true));
        }
    }

    private BlockDevice open(Disk disk) throws NodeException {
        BlockDevice open = disks.get(disk.id());
        if (open == null) {
            try {
                open = options.parts().disk(disk);
            } catch (IOException e) {
                throw new NodeException(NodeException.Kind.DISK, disk.id() + " cannot be opened", e);
            }
            disks.put(disk.id(), open);
        }
        return open;
    }

    private void closeUnused(LayerId layer) throws NodeException {
        BlockDevice disk = of(layer).isEmpty() ? disks.remove(layer) : null;
        if (disk != null) {
            close(disk, layer);
        }
    }

    private static void close(BlockDevice disk, LayerId layer) throws NodeException {
        try {
            disk.close();
        } catch (IOException e) {
            throw new NodeException(NodeException.Kind.DISK, layer + " cannot be closed", e);
        }
    }

    /** Alike on all machines that keep a volume, so that an initiator takes each for the same disk; at most 20 characters. */
    static String serial(LayerId layer) {
        String name = layer.name();
        return name.length() <= 20
                ? name
                : name.substring(0, 11) + String.format(Locale.ROOT, "-%08x", name.hashCode());
    }

    void close(List<Exception> failures) {
        ports.close(failures);
        disks.forEach((layer, disk) -> {
            try {
                close(disk, layer);
            } catch (NodeException e) {
                failures.add(e);
            }
        });
        disks.clear();
    }
}
