package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.List;
import java.util.Objects;

/**
 * A layer that a machine serves by ATA over Ethernet. Immutable.
 *
 * @param id its name
 * @param address shelf and slot, unique in the segment
 * @param node the machine that serves
 * @param nic name of its port
 * @param segment where it is seen
 * @param served the layer that is served
 * @param access who may use it
 * @param readOnly whether writes are refused
 * @param mtu longest frame's payload it sends, 68 to 65535 bytes
 * @param trafficMbps what it is expected to carry, in Mb/s; 0 if not known
 */
public record AoeExport(
        LayerId id,
        AoeAddress address,
        NodeId node,
        String nic,
        SegmentId segment,
        LayerId served,
        Access access,
        boolean readOnly,
        int mtu,
        int trafficMbps)
        implements Layer {
    /** Who may use an export. Implementations are immutable. */
    public sealed interface Access {
        /** Everybody on the segment. */
        record Open() implements Access {}

        /**
         * A list that is fixed when the export starts.
         *
         * @param macs which addresses
         */
        record StaticList(List<MacAddress> macs) implements Access {
            /** Copies the list. */
            public StaticList {
                macs = List.copyOf(macs);
            }
        }

        /** A packet filter in front of the export, changed as guests move. */
        record PacketFilter() implements Access {}
    }

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if the MTU or the traffic is out of range
     */
    public AoeExport {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(nic, "nic");
        Objects.requireNonNull(segment, "segment");
        Objects.requireNonNull(served, "served");
        Objects.requireNonNull(access, "access");
        if (mtu < 68 || mtu > 65_535 || trafficMbps < 0) {
            throw new IllegalArgumentException(
                    "an export has an MTU of 68 to 65535 bytes and a traffic, got " + mtu + " and " + trafficMbps);
        }
    }

    /**
     * A writable export behind a packet filter, with jumbo frames of 9000 bytes.
     *
     * @param name its name
     * @param address such as {@code e0.1}
     * @param node name of the machine that serves
     * @param nic name of its port
     * @param segment name of the segment where it is seen
     * @param lower name of the layer that is served
     * @return the export
     */
    public static AoeExport of(String name, String address, String node, String nic, String segment, String lower) {
        return new AoeExport(
                new LayerId(name),
                AoeAddress.parse(address),
                new NodeId(node),
                nic,
                new SegmentId(segment),
                new LayerId(lower),
                new Access.PacketFilter(),
                false,
                9000,
                0);
    }

    /**
     * The same export at another address.
     *
     * @param next shelf and slot
     * @return a new export
     */
    public AoeExport address(AoeAddress next) {
        return new AoeExport(id, next, node, nic, segment, served, access, readOnly, mtu, trafficMbps);
    }

    /**
     * The same export for others.
     *
     * @param next who may use it
     * @return a new export
     */
    public AoeExport access(Access next) {
        return new AoeExport(id, address, node, nic, segment, served, next, readOnly, mtu, trafficMbps);
    }

    /**
     * The same export with other frames.
     *
     * @param bytes 68 to 65535
     * @return a new export
     */
    public AoeExport mtu(int bytes) {
        return new AoeExport(id, address, node, nic, segment, served, access, readOnly, bytes, trafficMbps);
    }

    /**
     * The same export with another traffic.
     *
     * @param mbps in Mb/s
     * @return a new export
     */
    public AoeExport trafficMbps(int mbps) {
        return new AoeExport(id, address, node, nic, segment, served, access, readOnly, mtu, mbps);
    }

    @Override
    public Kind kind() {
        return Kind.AOE_EXPORT;
    }

    @Override
    public List<LayerId> lower() {
        return List.of(served);
    }

    @Override
    public void describe(ClaimSink sink) {
        sink.refers(node);
        sink.refers(segment);
        sink.refers(served);
        sink.claims(new Claim.Aoe(segment, address), 0);
        sink.claims(new Claim.ExportTraffic(node, segment), trafficMbps);
    }
}
