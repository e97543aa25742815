package io.diskless.cluster.importing;

import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.conf.internal.Values;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.FailureDomain;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Software;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The machines that files tell of, and what each seems to be. Not thread-safe. */
final class Machines {
    /** What a file shows of the machine that it is on. */
    enum Trait {
        EXPORTS,
        RUNS_GUESTS,
        SERVES_BOOT,
        STORES
    }

    private static final class Seen {
        final Set<Trait> traits = EnumSet.noneOf(Trait.class);
        final Map<MacAddress, Optional<Ipv4Address>> ports = new LinkedHashMap<>();
        final Set<Ipv4Address> addresses = new LinkedHashSet<>();
        Optional<String> port = Optional.empty();
        Optional<DrbdDialect> dialect = Optional.empty();
    }

    /** All are taken to be on one segment, for no file says otherwise. */
    static final SegmentId SEGMENT = new SegmentId("lan");

    private final Map<String, Seen> machines = new TreeMap<>();

    private Seen seen(String host) {
        return machines.computeIfAbsent(host, name -> new Seen());
    }

    void known(String host) {
        seen(host);
    }

    boolean isKnown(String host) {
        return machines.containsKey(host);
    }

    void is(String host, Trait trait) {
        seen(host).traits.add(trait);
    }

    void dialect(String host, DrbdDialect dialect) {
        seen(host).dialect = Optional.of(dialect);
    }

    void port(String host, String name) {
        seen(host).port = Optional.of(name);
    }

    void port(String host, MacAddress mac, Optional<Ipv4Address> address) {
        seen(host).ports.merge(mac, address, (old, now) -> now.isPresent() ? now : old);
    }

    /** An address that is known without its port. */
    void address(String host, String address) {
        if (Values.isIpv4(address)) {
            seen(host).addresses.add(Ipv4Address.parse(address));
        }
    }

    /** The addresses that no port is known for: a port without one, if there is one, gets the first. */
    List<Ipv4Address> placeAddresses(String host) {
        Seen seen = seen(host);
        List<Ipv4Address> left = new ArrayList<>(seen.addresses);
        seen.ports.values().forEach(known -> known.ifPresent(left::remove));
        seen.ports.replaceAll(
                (mac, known) -> known.isPresent() || left.isEmpty() ? known : Optional.of(left.remove(0)));
        return left;
    }

    boolean isConfigNode(String host) {
        Set<Trait> traits = seen(host).traits;
        return traits.contains(Trait.SERVES_BOOT)
                && !traits.contains(Trait.EXPORTS)
                && !traits.contains(Trait.RUNS_GUESTS);
    }

    boolean isHardwareNode(String host) {
        Set<Trait> traits = seen(host).traits;
        return !isConfigNode(host)
                && !traits.contains(Trait.EXPORTS)
                && (traits.contains(Trait.RUNS_GUESTS) || !traits.contains(Trait.STORES));
    }

    Set<String> names() {
        return machines.keySet();
    }

    Entity node(String host) {
        Seen seen = seen(host);
        List<Nic> nics = new ArrayList<>();
        seen.ports.forEach((mac, address) -> {
            String name = nics.isEmpty() ? seen.port.orElse("eth0") : "eth" + nics.size();
            nics.add(new Nic(name, mac, SEGMENT, 1000, 1500, address));
        });
        Software software = seen.dialect.map(d -> new Software(d, d, d)).orElse(Software.DRBD_9);
        Machine machine = new Machine(host, nics, List.of(), FailureDomain.UNKNOWN, software);
        NodeId id = new NodeId(host);
        if (isConfigNode(host)) {
            return new ConfigNode(id, machine, Lifecycle.ready(), true);
        }
        if (isHardwareNode(host)) {
            return new HardwareNode(id, machine, Lifecycle.ready(), Optional.empty(), Optional.empty(), 1, 1 << 20, "");
        }
        return new StorageNode(id, machine, Lifecycle.ready(), Optional.empty(), Optional.empty());
    }
}
