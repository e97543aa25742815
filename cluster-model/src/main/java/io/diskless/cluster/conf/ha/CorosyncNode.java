package io.diskless.cluster.conf.ha;

import java.util.List;
import java.util.OptionalLong;

/**
 * One node of corosync's node list. Immutable.
 *
 * @param name the node's name; empty where it has none
 * @param nodeId its number, where one is given
 * @param addresses its addresses, ring 0 first
 */
public record CorosyncNode(String name, OptionalLong nodeId, List<String> addresses) {
    /** Copies the addresses. */
    public CorosyncNode {
        addresses = List.copyOf(addresses);
    }
}
