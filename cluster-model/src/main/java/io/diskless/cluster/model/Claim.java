package io.diskless.cluster.model;

import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.net.MacAddress;

/**
 * What entities can claim beside each other: addresses, of which each should have one owner, and parts of a node, which are
 * summed. A key of a model's index: hash codes are the same in
 * every JVM, and claims of two kinds on one thing do not meet in one. Implementations are immutable.
 */
public sealed interface Claim {
    /**
     * An Ethernet address, of a machine or a guest.
     *
     * @param address which
     */
    record Mac(MacAddress address) implements Claim {
        @Override
        public int hashCode() {
            return address.hashCode() * 31 + 1;
        }
    }

    /**
     * An IPv4 address.
     *
     * @param address which
     */
    record Address(Ipv4Address address) implements Claim {
        @Override
        public int hashCode() {
            return address.hashCode() * 31 + 2;
        }
    }

    /**
     * An AoE target's address, which has a meaning within one segment.
     *
     * @param segment where
     * @param address which
     */
    record Aoe(SegmentId segment, AoeAddress address) implements Claim {
        @Override
        public int hashCode() {
            return (segment.hashCode() * 31 + address.hashCode()) * 31 + 3;
        }
    }

    /**
     * A machine's name.
     *
     * @param hostname as {@code uname -n} prints it
     */
    record Hostname(String hostname) implements Claim {
        @Override
        public int hashCode() {
            return hostname.hashCode() * 31 + 4;
        }
    }

    /**
     * Memory of guests on a node, in bytes.
     *
     * @param node which
     */
    record Memory(NodeId node) implements Claim {
        @Override
        public int hashCode() {
            return node.hashCode() * 31 + 5;
        }
    }

    /**
     * Virtual processors of guests on a node.
     *
     * @param node which
     */
    record Cpus(NodeId node) implements Claim {
        @Override
        public int hashCode() {
            return node.hashCode() * 31 + 6;
        }
    }

    /**
     * Storage traffic of guests on a node, in Mb/s.
     *
     * @param node which
     */
    record GuestTraffic(NodeId node) implements Claim {
        @Override
        public int hashCode() {
            return node.hashCode() * 31 + 7;
        }
    }

    /**
     * Storage traffic of a node's exports on one segment, in Mb/s.
     *
     * @param node which
     * @param segment where
     */
    record ExportTraffic(NodeId node, SegmentId segment) implements Claim {
        @Override
        public int hashCode() {
            return (node.hashCode() * 31 + segment.hashCode()) * 31 + 8;
        }
    }

    /**
     * A minor number of DRBD on a node.
     *
     * @param node where
     * @param minor which
     */
    record DrbdMinor(NodeId node, int minor) implements Claim {
        @Override
        public int hashCode() {
            return (node.hashCode() * 31 + minor) * 31 + 14;
        }
    }

    /**
     * A port on which DRBD listens on a node.
     *
     * @param node where
     * @param port which
     */
    record DrbdPort(NodeId node, int port) implements Claim {
        @Override
        public int hashCode() {
            return (node.hashCode() * 31 + port) * 31 + 15;
        }
    }

    /** Being a guest that runs or is meant to, with its memory in bytes. */
    record Running() implements Claim {
        @Override
        public int hashCode() {
            return 9;
        }
    }

    /** Being a ConfigNode that is ready. */
    record ReadyConfigNode() implements Claim {
        @Override
        public int hashCode() {
            return 10;
        }
    }

    /** Being a StorageNode that is ready. */
    record ReadyStorageNode() implements Claim {
        @Override
        public int hashCode() {
            return 11;
        }
    }

    /** Being a HardwareNode that is ready, with its memory in bytes. */
    record ReadyHardwareNode() implements Claim {
        @Override
        public int hashCode() {
            return 12;
        }
    }

    /** Being a ConfigNode that answers boot requests. */
    record ServesBoot() implements Claim {
        @Override
        public int hashCode() {
            return 13;
        }
    }
}
