package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.boot.RootListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which machine was given which disks, and for which facts, so that the policy can be asked about them again. Bounded: what
 * could not be taken away again is not given. Confined to the server's event loop.
 */
final class RootGrants {
    private static final Logger LOG = LoggerFactory.getLogger(DhcpServer.class);
    /** Machines; as many as the addresses of a /16. */
    static final int MOST = 65_536;

    private final BootPolicy policy;
    private final RootListener listener;
    private final Map<MacAddress, Grant> grants = new HashMap<>();

    private record Grant(BootFacts facts, List<AoeAddress> roots) {}

    RootGrants(BootPolicy policy, RootListener listener) {
        this.policy = policy;
        this.listener = listener;
    }

    /** A machine is about to hear of these roots, perhaps none. */
    void give(BootFacts facts, List<AoeAddress> roots) {
        MacAddress machine = facts.mac();
        Grant before = grants.get(machine);
        if (roots.isEmpty() || (before == null && grants.size() >= MOST)) {
            if (!roots.isEmpty()) {
                LOG.warn("DHCP: {} machines have roots, so {} is not given {}", MOST, machine, roots);
            }
            return;
        }
        grants.put(machine, new Grant(facts, List.copyOf(roots)));
        if (before != null) {
            take(machine, before.roots(), roots);
        }
        for (AoeAddress root : roots) {
            tell(true, machine, root);
        }
    }

    /** A packet of this machine: one of its firmware or loader says that no system runs there. */
    void hear(BootFacts facts) {
        if (facts.stage() != BootStage.SYSTEM) {
            review(facts.mac());
        }
    }

    /** Asks the policy about all machines with roots, and returns how many roots were taken. */
    int review() {
        return List.copyOf(grants.keySet()).stream().mapToInt(this::review).sum();
    }

    private int review(MacAddress machine) {
        Grant grant = grants.get(machine);
        if (grant == null) {
            return 0;
        }
        List<AoeAddress> now;
        try {
            now = roots(grant.facts());
        } catch (RuntimeException e) {
            LOG.error("DHCP: the policy failed on {}, which keeps {}", machine, grant.roots(), e);
            return 0;
        }
        List<AoeAddress> left = grant.roots().stream().filter(now::contains).toList();
        if (left.isEmpty()) {
            grants.remove(machine);
        } else {
            grants.put(machine, new Grant(grant.facts(), left));
        }
        return take(machine, grant.roots(), left);
    }

    /** Machines that have a lease and so have booted get what their iPXE would get now; returns how many roots that are. */
    int restore(Collection<Lease> leases) {
        int given = 0;
        for (Lease lease : leases) {
            if (lease.state() == Lease.State.BOUND && !grants.containsKey(lease.mac())) {
                BootFacts facts = BootFacts.of(lease.mac(), BootStage.IPXE, OptionalInt.empty());
                List<AoeAddress> roots = roots(facts);
                give(facts, roots);
                given += roots.size();
            }
        }
        return given;
    }

    Map<MacAddress, List<AoeAddress>> all() {
        Map<MacAddress, List<AoeAddress>> all = new HashMap<>();
        grants.forEach((machine, grant) -> all.put(machine, grant.roots()));
        return Map.copyOf(all);
    }

    private List<AoeAddress> roots(BootFacts facts) {
        return BootFields.roots(policy.decide(facts).answer());
    }

    private int take(MacAddress machine, List<AoeAddress> before, List<AoeAddress> left) {
        List<AoeAddress> gone =
                before.stream().filter(root -> !left.contains(root)).toList();
        gone.forEach(root -> tell(false, machine, root));
        return gone.size();
    }

    private void tell(boolean given, MacAddress machine, AoeAddress root) {
        try {
            if (given) {
                listener.rootGiven(machine, root);
            } else {
                listener.rootTaken(machine, root);
            }
        } catch (RuntimeException e) {
            LOG.warn("DHCP: the listener failed on root {} of {}", root, machine, e);
        }
    }
}
