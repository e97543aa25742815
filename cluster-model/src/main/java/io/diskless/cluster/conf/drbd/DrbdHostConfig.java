package io.diskless.cluster.conf.drbd;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One host's part of a resource. Immutable.
 *
 * @param kind how the section names the host
 * @param names the host names, or for a stacked section the resource below; empty for a floating one
 * @param address where it listens; nothing if none is given or it is none
 * @param nodeId its number among the nodes, where it is given (9)
 * @param volumes its volumes, by number
 */
public record DrbdHostConfig(
        Kind kind,
        List<String> names,
        Optional<DrbdAddress> address,
        OptionalInt nodeId,
        List<DrbdVolumeConfig> volumes) {
    /** The highest node id that the kernel knows: 32 nodes. */
    static final int HIGHEST_NODE_ID = 31;

    /** How a section names the host it is for. */
    public enum Kind {
        /** By host name. */
        ON,
        /** By the address that the host has. */
        FLOATING,
        /** As whichever host has the resource below. */
        STACKED
    }

    /** Copies the lists. */
    public DrbdHostConfig {
        names = List.copyOf(names);
        volumes = List.copyOf(volumes);
    }

    /** {@return the first name, or the address of a floating host} */
    public String name() {
        return names.isEmpty() ? address.map(DrbdAddress::toString).orElse("?") : names.get(0);
    }

    /**
     * A volume by its number.
     *
     * @param number which
     * @return the volume, or nothing
     */
    public Optional<DrbdVolumeConfig> volume(int number) {
        return volumes.stream().filter(v -> v.number() == number).findFirst();
    }
}
