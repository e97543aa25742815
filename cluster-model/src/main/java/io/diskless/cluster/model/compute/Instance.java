package io.diskless.cluster.model.compute;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A guest. Immutable.
 *
 * @param id its name
 * @param vcpus virtual processors, at least 1
 * @param memoryBytes at least 1
 * @param boot what it boots
 * @param volumes what it stores on
 * @param nics its ports
 * @param placement where it runs
 * @param storageMbps storage traffic it is promised, in Mb/s; 0 if none
 */
public record Instance(
        InstanceId id,
        int vcpus,
        long memoryBytes,
        BootKind boot,
        List<VolumeUse> volumes,
        List<GuestNic> nics,
        Placement placement,
        int storageMbps)
        implements Entity {
    /**
     * Checks the ranges and copies the lists.
     *
     * @throws IllegalArgumentException if it has no processor, no memory, or a negative promise
     */
    public Instance {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(boot, "boot");
        Objects.requireNonNull(placement, "placement");
        volumes = List.copyOf(volumes);
        nics = List.copyOf(nics);
        if (vcpus < 1 || memoryBytes < 1 || storageMbps < 0) {
            throw new IllegalArgumentException("a guest has processors and memory, got " + vcpus + ", " + memoryBytes
                    + " and a promise of " + storageMbps);
        }
    }

    /**
     * A stopped guest that boots from its first volume.
     *
     * @param name its name
     * @param vcpus virtual processors
     * @param memoryBytes memory
     * @param volumes names of layers it writes, uncached
     * @return the guest
     */
    public static Instance of(String name, int vcpus, long memoryBytes, String... volumes) {
        List<VolumeUse> uses = new ArrayList<>();
        for (String volume : volumes) {
            uses.add(VolumeUse.of(volume));
        }
        return new Instance(
                new InstanceId(name),
                vcpus,
                memoryBytes,
                new BootKind.DiskBoot(),
                uses,
                List.of(),
                new Placement.Stopped(),
                0);
    }

    /**
     * The same guest elsewhere.
     *
     * @param next where
     * @return a new guest
     */
    public Instance placement(Placement next) {
        return new Instance(id, vcpus, memoryBytes, boot, volumes, nics, next, storageMbps);
    }

    /**
     * The same guest on a node.
     *
     * @param node its name
     * @return a new guest
     */
    public Instance on(String node) {
        return placement(new Placement.On(new NodeId(node)));
    }

    /**
     * The same guest with one more port.
     *
     * @param mac its Ethernet address in text
     * @param segment name of what it is plugged into
     * @return a new guest
     */
    public Instance nic(String mac, String segment) {
        List<GuestNic> more = new ArrayList<>(nics);
        more.add(new GuestNic(MacAddress.parse(mac), new SegmentId(segment)));
        return new Instance(id, vcpus, memoryBytes, boot, volumes, more, placement, storageMbps);
    }

    /**
     * The same guest with other volumes.
     *
     * @param uses all of them
     * @return a new guest
     */
    public Instance volumes(List<VolumeUse> uses) {
        return new Instance(id, vcpus, memoryBytes, boot, uses, nics, placement, storageMbps);
    }

    /**
     * The same guest with another boot.
     *
     * @param next what it boots
     * @return a new guest
     */
    public Instance boot(BootKind next) {
        return new Instance(id, vcpus, memoryBytes, next, volumes, nics, placement, storageMbps);
    }

    /**
     * The same guest with another promise of storage traffic.
     *
     * @param mbps in Mb/s
     * @return a new guest
     */
    public Instance storageMbps(int mbps) {
        return new Instance(id, vcpus, memoryBytes, boot, volumes, nics, placement, mbps);
    }

    @Override
    public Kind kind() {
        return Kind.INSTANCE;
    }

    @Override
    public void describe(ClaimSink sink) {
        volumes.forEach(use -> sink.refers(use.layer()));
        for (GuestNic nic : nics) {
            sink.refers(nic.segment());
            sink.claims(new Claim.Mac(nic.mac()), 0);
        }
        if (boot instanceof BootKind.NetworkBoot network) {
            sink.refers(network.profile());
        }
        for (NodeId host : placement.hosts()) {
            sink.refers(host);
            sink.claims(new Claim.Memory(host), memoryBytes);
            sink.claims(new Claim.Cpus(host), vcpus);
            sink.claims(new Claim.GuestTraffic(host), storageMbps);
        }
        if (placement.isRunning()) {
            sink.claims(new Claim.Running(), memoryBytes);
        }
    }
}
