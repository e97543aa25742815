package io.diskless.benchmarks.lab.node;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.link.Links;
import java.io.IOException;

/** The interface {@code eth0} of the node's own namespace. Immutable. */
final class SystemPort implements Port {
    private static final String INTERFACE = "eth0";

    @Override
    public EthernetLink open() throws IOException {
        return Links.open(INTERFACE, LinkOptions.defaults());
    }
}
