package io.diskless.node;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.target.Access;
import io.diskless.aoe.target.AccessRule;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.Export;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.storage.AoeExport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The AoE side of a storage node: a target for each port, and what is exported there. Confined to the runtime's thread. */
final class AoePorts {
    private record Port(Nic nic, EthernetLink link, AoeTarget target) {}

    private final StorageOptions options;
    private final Map<String, Port> ports = new TreeMap<>();
    /** Read by whoever asks how the node is. */
    private final Map<LayerId, Export> served = new ConcurrentHashMap<>();

    AoePorts(StorageOptions options) {
        this.options = options;
    }

    Map<LayerId, Export> served() {
        return served;
    }

    /** Serves a device; one that is served already stays as it is. */
    boolean serve(Nic nic, AoeExport export, String serial, BlockDevice device) throws NodeException {
        if (served.containsKey(export.id())) {
            return false;
        }
        try {
            AoeTarget target = port(nic).target();
            access(target, export);
            ExportOptions how = options.exports().toBuilder()
                    .serial(serial)
                    .readOnly(export.readOnly())
                    .build();
            served.put(export.id(), target.export(export.address(), device, how));
            return true;
        } catch (IOException e) {
            throw new NodeException(
                    NodeException.Kind.NETWORK,
                    export.id() + " cannot be served as " + export.address() + " on " + nic.name(),
                    e);
        }
    }

    private Port port(Nic nic) throws IOException {
        Port open = ports.get(nic.name());
        if (open != null) {
            return open;
        }
        EthernetLink link = options.parts().port(nic);
        AoeTarget target = AoeTarget.create(options.target());
        try {
            target.attach(link);
            target.start();
        } catch (AoeException e) {
            try {
                link.close();
            } catch (AoeException further) {
                e.addSuppressed(further);
            }
            throw e;
        }
        Port port = new Port(nic, link, target);
        ports.put(nic.name(), port);
        return port;
    }

    /** A list that is fixed is ours to keep; a packet filter is somebody else's. */
    private static void access(AoeTarget target, AoeExport export) {
        List<AccessRule> rules = new ArrayList<>(target.access().rules());
        rules.removeIf(rule -> rule.address().filter(export.address()::equals).isPresent());
        if (export.access() instanceof AoeExport.Access.StaticList list) {
            list.macs().forEach(mac -> rules.add(AccessRule.of(mac, export.address(), Access.READ_WRITE)));
            rules.add(AccessRule.ofAnyone(export.address(), Access.NONE));
        }
        target.access().replaceAll(rules);
    }

    /** Serves it no more; returns when the device has nothing of it under way. */
    boolean withdraw(LayerId export) throws NodeException {
        Export open = served.remove(export);
        if (open == null) {
            return false;
        }
        try {
            open.close();
            return true;
        } catch (AoeException e) {
            throw new NodeException(
                    NodeException.Kind.DISK, export + " is served no more, but its disk did not let go in time", e);
        }
    }

    void close(List<Exception> failures) {
        for (Port port : ports.values()) {
            for (AutoCloseable each : List.of(port.target(), port.link())) {
                try {
                    each.close();
                } catch (Exception e) {
                    failures.add(e);
                }
            }
        }
        ports.clear();
        served.clear();
    }
}
