package io.diskless.benchmarks.lab.site;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.Optional;

/**
 * One machine of the site. Immutable.
 *
 * @param name its host name, at most 8 characters so that names of interfaces can be made from it
 * @param mac the address of its only port
 * @param export what it serves, if it is a storage node
 */
public record NodePlan(String name, MacAddress mac, Optional<AoeAddress> export) {
    /** Checks the name. */
    public NodePlan {
        if (!name.matches("[a-z][a-z0-9]{0,7}")) {
            throw new IllegalArgumentException("expected a name of 1 to 8 lower-case letters, got \"" + name + "\"");
        }
    }

    /**
     * Whether it serves a disk.
     *
     * @return false for application nodes
     */
    public boolean isStorage() {
        return export.isPresent();
    }
}
