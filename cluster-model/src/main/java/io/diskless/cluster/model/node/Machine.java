package io.diskless.cluster.model.node;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.SegmentId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What every kind of node has: a name in the network, ports, a place. Immutable.
 *
 * @param hostname as {@code uname -n} prints it
 * @param nics its ports, names unique
 * @param bonds ports used as one
 * @param domain what fails together with it
 * @param software which DRBD it runs
 */
public record Machine(String hostname, List<Nic> nics, List<Bond> bonds, FailureDomain domain, Software software) {
    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if the host name is malformed, two ports have one name, or a bond has a member that
     *     is no port
     */
    public Machine {
        EntityId.check(hostname);
        nics = List.copyOf(nics);
        bonds = List.copyOf(bonds);
        Objects.requireNonNull(domain, "domain");
        Objects.requireNonNull(software, "software");
        List<String> names = nics.stream().map(Nic::name).toList();
        if (names.stream().distinct().count() != names.size()) {
            throw new IllegalArgumentException("two ports of " + hostname + " have one name: " + names);
        }
        for (Bond bond : bonds) {
            if (!names.containsAll(bond.members())) {
                throw new IllegalArgumentException(bond.name() + " of " + hostname + " has members that are no ports: "
                        + bond.members() + ", ports are " + names);
            }
        }
    }

    /**
     * A machine with a host name, ports and nothing else known, running DRBD 9.
     *
     * @param hostname as {@code uname -n} prints it
     * @param nics its ports
     * @return the machine
     */
    public static Machine of(String hostname, Nic... nics) {
        return new Machine(hostname, List.of(nics), List.of(), FailureDomain.UNKNOWN, Software.DRBD_9);
    }

    /**
     * The same at another place.
     *
     * @param rack where it stands
     * @param power which feed it hangs on
     * @param networkSwitch what it is plugged into
     * @return a new machine
     */
    public Machine in(String rack, String power, String networkSwitch) {
        return new Machine(hostname, nics, bonds, new FailureDomain(rack, power, networkSwitch), software);
    }

    /**
     * The same with other ports.
     *
     * @param ports all of them
     * @return a new machine
     */
    public Machine nics(List<Nic> ports) {
        return new Machine(hostname, ports, bonds, domain, software);
    }

    /**
     * The same with another DRBD.
     *
     * @param other what it runs
     * @return a new machine
     */
    public Machine software(Software other) {
        return new Machine(hostname, nics, bonds, domain, other);
    }

    /**
     * Whether a port is plugged into a segment.
     *
     * @param segment which
     * @return whether there is one
     */
    public boolean isOn(SegmentId segment) {
        return nics.stream().anyMatch(nic -> nic.segment().equals(segment));
    }

    /**
     * How much traffic the machine can take on a segment: the sum of an aggregating bond, else its fastest port.
     *
     * @param segment which
     * @return Mb/s; 0 if it has no port there
     */
    public long speedMbps(SegmentId segment) {
        List<Nic> there = new ArrayList<>();
        for (Nic nic : nics) {
            if (nic.segment().equals(segment)) {
                there.add(nic);
            }
        }
        long best = there.stream().mapToLong(Nic::speedMbps).max().orElse(0);
        for (Bond bond : bonds) {
            if (bond.mode() == Bond.Mode.AGGREGATE) {
                long sum = there.stream()
                        .filter(nic -> bond.members().contains(nic.name()))
                        .mapToLong(Nic::speedMbps)
                        .sum();
                best = Math.max(best, sum);
            }
        }
        return best;
    }

    void describe(ClaimSink sink) {
        sink.claims(new Claim.Hostname(hostname), 0);
        for (Nic nic : nics) {
            sink.refers(nic.segment());
            sink.claims(new Claim.Mac(nic.mac()), 0);
            nic.address().ifPresent(address -> sink.claims(new Claim.Address(address), 0));
        }
    }
}
