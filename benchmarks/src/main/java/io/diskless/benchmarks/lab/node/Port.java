package io.diskless.benchmarks.lab.node;

import io.diskless.aoe.link.EthernetLink;
import java.io.IOException;

/** The only Ethernet port of a node. */
@FunctionalInterface
public interface Port {
    /**
     * Opens it.
     *
     * @return a link, the caller's to close
     * @throws IOException if it cannot be opened; the message says why and the remedy
     */
    EthernetLink open() throws IOException;
}
