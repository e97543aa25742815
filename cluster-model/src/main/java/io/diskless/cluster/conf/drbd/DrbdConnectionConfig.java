package io.diskless.cluster.conf.drbd;

import java.util.List;

/**
 * Two hosts of a resource and how they reach each other. Immutable.
 *
 * @param first one host's name
 * @param second the other's
 * @param paths the pairs of addresses, at least one unless an address is missing
 * @param net the options that count for this connection
 */
public record DrbdConnectionConfig(String first, String second, List<Path> paths, DrbdNetOptions net) {
    /**
     * One way between the two hosts.
     *
     * @param first where the first host listens
     * @param second where the second host listens
     */
    public record Path(DrbdAddress first, DrbdAddress second) {}

    /** Copies the paths. */
    public DrbdConnectionConfig {
        paths = List.copyOf(paths);
    }
}
