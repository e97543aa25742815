package io.diskless.cluster.conf.ocfs2;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One OCFS2 cluster: what the same file on every node must say. Immutable.
 *
 * @param name 1 to 16 letters and digits
 * @param globalHeartbeat whether a few regions are watched for all mounts, rather than each mount for itself
 * @param nodes names, numbers and addresses are unique
 * @param regions UUIDs of the heartbeat regions, 32 upper-case hexadecimal digits each; at most 32
 */
public record Ocfs2Cluster(String name, boolean globalHeartbeat, List<Ocfs2Node> nodes, List<String> regions) {
    static final int LONGEST_NAME = 16;
    static final int MOST_REGIONS = 32;

    /**
     * Checks every value and copies the lists.
     *
     * @throws IllegalArgumentException if the tool or the kernel would refuse the cluster
     */
    public Ocfs2Cluster {
        nodes = List.copyOf(nodes);
        regions = List.copyOf(regions);
        if (!isName(name)) {
            throw new IllegalArgumentException("a cluster name is 1 to 16 letters and digits, got \"" + name + "\"");
        }
        unique("node name", nodes.stream().map(Ocfs2Node::name).toList());
        unique("node number", nodes.stream().map(Ocfs2Node::number).toList());
        unique("node address", nodes.stream().map(Ocfs2Node::address).toList());
        unique("region", regions);
        if (regions.size() > MOST_REGIONS) {
            throw new IllegalArgumentException("at most 32 regions, got " + regions.size());
        }
        for (String region : regions) {
            if (!isRegion(region)) {
                throw new IllegalArgumentException(
                        "a region is 32 upper-case hexadecimal digits, got \"" + region + "\"");
            }
        }
    }

    static boolean isName(String name) {
        return !name.isEmpty()
                && name.length() <= LONGEST_NAME
                && name.chars()
                        .allMatch(c -> (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
    }

    static boolean isRegion(String region) {
        return region.length() == 32 && region.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'));
    }

    private static void unique(String what, List<?> values) {
        Set<Object> seen = new HashSet<>();
        for (Object value : values) {
            if (!seen.add(value)) {
                throw new IllegalArgumentException(what + " " + value + " stands twice");
            }
        }
    }
}
