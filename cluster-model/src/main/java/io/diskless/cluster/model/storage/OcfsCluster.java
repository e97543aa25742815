package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.OcfsId;
import io.diskless.cluster.net.Ipv4Address;
import java.util.List;
import java.util.Objects;

/**
 * An OCFS2 cluster: what every member's cluster.conf says, and what each says now. Immutable.
 *
 * @param id its name, the cluster's name too
 * @param nodeCount what the file says
 * @param globalHeartbeat whether heartbeat is on regions of its own
 * @param regions UUIDs of heartbeat regions
 * @param members who belongs to it
 * @param copies what the file on each machine says now
 */
public record OcfsCluster(
        OcfsId id,
        int nodeCount,
        boolean globalHeartbeat,
        List<String> regions,
        List<Member> members,
        List<Copy> copies)
        implements Entity {
    /**
     * One member.
     *
     * @param node which machine
     * @param number its number, stable for ever
     * @param address where it is reached
     * @param port TCP port
     */
    public record Member(NodeId node, int number, Ipv4Address address, int port) {
        /** Insists on a machine and an address. */
        public Member {
            Objects.requireNonNull(node, "node");
            Objects.requireNonNull(address, "address");
        }
    }

    /**
     * What the file on one machine says.
     *
     * @param holder the machine
     * @param members whom its file lists
     */
    public record Copy(NodeId holder, List<Member> members) {
        /** Copies the list. */
        public Copy {
            Objects.requireNonNull(holder, "holder");
            members = List.copyOf(members);
        }
    }

    /** Copies the lists. */
    public OcfsCluster {
        Objects.requireNonNull(id, "id");
        regions = List.copyOf(regions);
        members = List.copyOf(members);
        copies = List.copyOf(copies);
    }

    /**
     * A cluster with local heartbeat whose files are all up to date.
     *
     * @param name its name
     * @param members who belongs to it
     * @return the cluster
     */
    public static OcfsCluster of(String name, List<Member> members) {
        return new OcfsCluster(new OcfsId(name), members.size(), false, List.of(), members, List.of()).written();
    }

    /** {@return the same cluster after every member's file was written} */
    public OcfsCluster written() {
        List<Copy> all =
                members.stream().map(member -> new Copy(member.node(), members)).toList();
        return new OcfsCluster(id, members.size(), globalHeartbeat, regions, members, all);
    }

    /**
     * The same cluster with other members; the files stay as they are.
     *
     * @param next who belongs to it
     * @return a new cluster
     */
    public OcfsCluster members(List<Member> next) {
        return new OcfsCluster(id, nodeCount, globalHeartbeat, regions, next, copies);
    }

    @Override
    public Kind kind() {
        return Kind.OCFS_CLUSTER;
    }

    @Override
    public void describe(ClaimSink sink) {
        members.forEach(member -> sink.refers(member.node()));
        copies.forEach(copy -> sink.refers(copy.holder()));
    }
}
