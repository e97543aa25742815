package io.diskless.cluster.importing;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ha.CibConfig;
import io.diskless.cluster.conf.ha.CorosyncConfig;
import io.diskless.cluster.conf.ha.CorosyncNode;
import io.diskless.cluster.conf.ha.HaResources;
import io.diskless.cluster.conf.ha.HeartbeatConfig;
import io.diskless.cluster.conf.internal.Values;
import io.diskless.cluster.model.id.FencerId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.node.FencingDevice;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.net.Ipv4Address;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the files of those say that keep one of two machines serving. Not thread-safe. */
final class PairReading {
    /** As far as it was told: several files of two machines tell of one pair. */
    private static final class Told {
        final ConfigText text;
        final Set<String> nodes = new LinkedHashSet<>();
        final Set<FencerId> fencing = new LinkedHashSet<>();
        String name = "";
        Optional<Ipv4Address> address = Optional.empty();
        Optional<LayerId> volume = Optional.empty();
        HaPair.Stack stack = HaPair.Stack.COROSYNC_PACEMAKER;

        Told(ConfigText text) {
            this.text = text;
        }
    }

    private final Reading reading;
    /** By each machine that is one of it. */
    private final Map<String, Told> pairs = new TreeMap<>();

    PairReading(Reading reading) {
        this.reading = reading;
    }

    /** The pair of a machine, of which a file names these as members. */
    private Told told(String host, ConfigText text, List<String> members) {
        reading.machines().is(host, Machines.Trait.SERVES_BOOT);
        Set<String> all = new LinkedHashSet<>(members);
        all.add(host);
        Told pair = all.stream()
                .filter(pairs::containsKey)
                .map(pairs::get)
                .findFirst()
                .orElseGet(() -> new Told(text));
        for (String node : all) {
            if (!Values.isIpv4(node) && node.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
                pair.nodes.add(node);
                pairs.put(node, pair);
                reading.machines().is(node, Machines.Trait.SERVES_BOOT);
            }
        }
        return pair;
    }

    void read(String host, CorosyncConfig config) {
        List<String> names = config.nodes().stream().map(CorosyncNode::name).toList();
        Told pair = told(host, config.text(), names.contains("") ? List.of() : names);
        config.tree()
                .all("totem")
                .flatMap(totem -> totem.all("cluster_name"))
                .flatMap(name -> name.argument(0).stream())
                .forEach(name -> pair.name = name);
    }

    void read(String host, CibConfig config) {
        Told pair = told(host, config.text(), config.nodes());
        for (CibConfig.Primitive resource : config.resources()) {
            Map<String, String> told = resource.attributes();
            if (resource.agent().startsWith("stonith:")) {
                String method = resource.agent().replaceFirst("^stonith:(fence_|external/)?", "");
                String hosts = told.getOrDefault("pcmk_host_list", told.getOrDefault("hostlist", ""));
                fence(pair, config.text(), resource.id().replaceFirst("^fence-", ""), method, hosts);
            } else if (resource.agent().equals("ocf:linbit:drbd") && told.containsKey("drbd_resource")) {
                pair.volume = reading.devices().layer(host, "drbd:" + told.get("drbd_resource"));
                unknown(pair.volume, config.text(), told.get("drbd_resource"));
            } else if (resource.agent().matches("ocf:heartbeat:IPaddr2?") && told.containsKey("ip")) {
                pair.address = reading.address(config.text(), 0, told.get("ip"));
            }
        }
    }

    void read(String host, HeartbeatConfig config) {
        Told pair = told(host, config.text(), config.nodes());
        pair.stack = HaPair.Stack.HEARTBEAT;
        // stonith_host HOST-OR-* METHOD ITS-ARGUMENTS: who may use the device, and how.
        config.tree()
                .all("stonith_host")
                .forEach(line -> line.argument(1).ifPresent(method -> fence(pair, config.text(), method, method, "")));
    }

    void read(String host, HaResources config) {
        for (HaResources.Group group : config.groups()) {
            Told pair = told(host, config.text(), List.of(group.node()));
            pair.stack = HaPair.Stack.HEARTBEAT;
            for (String resource : group.resources()) {
                String address = resource.replaceFirst("^IPaddr2?::", "").replaceFirst("/.*", "");
                if (resource.startsWith("drbddisk::")) {
                    String name = resource.substring("drbddisk::".length());
                    pair.volume = reading.devices().layer(host, "drbd:" + name);
                    unknown(pair.volume, config.text(), name);
                } else if (Values.isIpv4(address)) {
                    pair.address = Optional.of(Ipv4Address.parse(address));
                }
            }
        }
    }

    private void unknown(Optional<LayerId> volume, ConfigText text, String resource) {
        if (volume.isEmpty()) {
            reading.warn(text, 0, "resource", "no drbd.conf that was read has a resource " + resource);
        }
    }

    /** A device that names no machines is taken to reach both. */
    private void fence(Told pair, ConfigText text, String name, String method, String hosts) {
        FencerId id = new FencerId(Devices.name("f", name).name().substring(2));
        List<NodeId> reaches = (hosts.isBlank()
                        ? pair.nodes
                        : new TreeSet<>(List.of(hosts.strip().split("[\\s,]+", -1))))
                .stream().map(NodeId::new).toList();
        reading.put(text, 0, new FencingDevice(id, method, reaches, ""));
        pair.fencing.add(id);
    }

    /** What takes all files. A pair of which something is missing is told and left out. */
    void end() {
        for (Told pair : new LinkedHashSet<>(pairs.values())) {
            if (pair.nodes.size() != 2 || pair.address.isEmpty() || pair.volume.isEmpty()) {
                reading.warn(
                        pair.text,
                        0,
                        "pair",
                        "the pair of " + pair.nodes + " is left out: it takes two machines, "
                                + (pair.address.isEmpty()
                                        ? "and no file tells its service address"
                                        : "a service address")
                                + (pair.volume.isEmpty() ? ", and no file tells its DRBD volume" : " and a volume"));
                continue;
            }
            List<NodeId> nodes = pair.nodes.stream().sorted().map(NodeId::new).toList();
            String name = pair.name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
                    ? pair.name
                    : pair.volume.get().name();
            reading.put(
                    pair.text,
                    0,
                    new HaPair(
                            new PairId(name),
                            nodes.get(0),
                            nodes.get(1),
                            pair.address.get(),
                            pair.volume.get(),
                            List.copyOf(pair.fencing),
                            pair.stack));
        }
    }
}
