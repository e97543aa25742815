package io.diskless.netboot.boot;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.BootKind;
import io.diskless.cluster.model.compute.GuestNic;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.ProfileId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.NetbootProfile;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.DhcpHeader;
import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The machines of a site: its nodes and guests by the network cards that they claim. The site is asked for at every packet, and
 * looked up in its index, so a change takes effect at the next packet, whatever the site's size. Thread-safe where the
 * supplier is.
 *
 * <ul>
 *   <li>A node boots the kernel of its netboot profile; a node without one, whose root is an AoE export or several ways to
 *       one, boots off that as a disk; a node without either, or with a life that is not a member's, boots nothing.
 *   <li>A guest that boots from the network does so as a node does; any other guest gets an address alone.
 *   <li>A profile given for a role takes the place of what the node itself says only if the node says nothing.
 * </ul>
 */
public final class ClusterHosts implements Hosts {
    private final Supplier<Cluster> site;

    /**
     * The machines of a site.
     *
     * @param site tells the site as it is now; asked at every packet
     */
    public ClusterHosts(Supplier<Cluster> site) {
        this.site = Objects.requireNonNull(site, "site");
    }

    @Override
    public Optional<Host> find(MacAddress mac) {
        Model model = site.get().desired();
        return only(model, new Claim.Mac(mac)).flatMap(owner -> host(model, owner, mac));
    }

    @Override
    public Optional<Host> reservedFor(Inet4Address address) {
        Model model = site.get().desired();
        Ipv4Address wanted = address(address);
        return only(model, new Claim.Address(wanted)).flatMap(owner -> holder(model, owner, wanted));
    }

    /** Whatever claims an address keeps it: a pair's service address is no machine's. */
    @Override
    public boolean isKeptFrom(Inet4Address address, MacAddress mac) {
        boolean claimed = site.get().desired().claimantCount(new Claim.Address(address(address))) > 0;
        return claimed
                && reservedFor(address).filter(host -> host.mac().equals(mac)).isEmpty();
    }

    private static Ipv4Address address(Inet4Address address) {
        return Ipv4Address.of(ByteBuffer.wrap(address.getAddress()).getInt());
    }

    /** Of two that claim one card or address, neither is served: the rules of the site find that out, not a boot. */
    private static Optional<Entity> only(Model model, Claim claim) {
        List<EntityId> owners = model.claimants(claim);
        return owners.size() == 1 ? model.get(owners.get(0)) : Optional.empty();
    }

    private static Optional<Host> holder(Model model, Entity owner, Ipv4Address address) {
        return owner instanceof Node node
                ? node.machine().nics().stream()
                        .filter(nic -> nic.address().equals(Optional.of(address)))
                        .findFirst()
                        .flatMap(nic -> host(model, node, nic.mac()))
                : Optional.empty();
    }

    private static Optional<Host> host(Model model, Entity owner, MacAddress mac) {
        if (owner instanceof Node node) {
            Optional<Nic> card = node.machine().nics().stream()
                    .filter(nic -> nic.mac().equals(mac))
                    .findFirst();
            return card.map(nic -> host(model, node, nic));
        }
        return owner instanceof Instance guest
                        && guest.nics().stream().map(GuestNic::mac).anyMatch(mac::equals)
                ? Optional.of(guest(model, guest, mac))
                : Optional.empty();
    }

    private static Host host(Model model, Node node, Nic nic) {
        return new Host(
                nic.mac(),
                tag(node),
                node.machine().hostname(),
                nic.address().map(address -> DhcpHeader.address(address.bits())),
                profile(model, node),
                List.of());
    }

    private static HostTag tag(Node node) {
        if (node instanceof ConfigNode) {
            return HostTag.CONFIG_NODE;
        }
        return node instanceof StorageNode ? HostTag.STORAGE_NODE : HostTag.HARDWARE_NODE;
    }

    private static Optional<BootProfile> profile(Model model, Node node) {
        if (!node.lifecycle().isMember()) {
            return Optional.of(BootProfile.always(new BootAnswer.Deny(
                    node.lifecycle() instanceof Lifecycle.Retired
                            ? node.id() + " is retired"
                            : node.id() + " was not yet told what it is")));
        }
        if (node instanceof ConfigNode) {
            return Optional.of(BootProfile.always(new BootAnswer.LocalDisk()));
        }
        Optional<BootAnswer> kernel = node.profile().flatMap(profile -> kernel(model, profile));
        Optional<BootAnswer> target = kernel.isPresent() ? kernel : node.root().flatMap(root -> disk(model, root));
        return target.map(answer -> BootProfile.ipxe(answer).build());
    }

    private static Host guest(Model model, Instance guest, MacAddress mac) {
        Optional<BootProfile> profile = Optional.empty();
        if (guest.boot() instanceof BootKind.NetworkBoot network) {
            profile = kernel(model, network.profile())
                    .map(kernel -> BootProfile.ipxe(kernel).build());
        }
        return new Host(
                mac,
                HostTag.INSTANCE,
                guest.id().name(),
                Optional.empty(),
                profile.or(() -> Optional.of(BootProfile.always(new BootAnswer.AddressOnly()))),
                List.of());
    }

    private static Optional<BootAnswer> kernel(Model model, ProfileId id) {
        return model.get(id, NetbootProfile.class)
                .map(profile -> new BootAnswer.Kernel(
                        profile.kernel(),
                        profile.initrd().isEmpty() ? List.of() : List.of(profile.initrd()),
                        profile.commandLine()));
    }

    /** The first two ways to a root, if it is one that the network serves. */
    private static Optional<BootAnswer> disk(Model model, LayerId root) {
        List<AoeAddress> ways = new ArrayList<>();
        Optional<Layer> layer = model.get(root, Layer.class);
        if (layer.isPresent() && layer.get() instanceof AoeExport export) {
            ways.add(export.address());
        } else if (layer.isPresent() && layer.get() instanceof Multipath paths) {
            paths.paths().forEach(path -> model.get(path, AoeExport.class).ifPresent(e -> ways.add(e.address())));
        }
        return ways.isEmpty()
                ? Optional.empty()
                : Optional.of(new BootAnswer.AoeRoot(
                        ways.get(0), ways.stream().skip(1).findFirst(), false));
    }
}
