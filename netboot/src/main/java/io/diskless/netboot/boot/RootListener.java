package io.diskless.netboot.boot;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;

/**
 * Hears which machine was told to boot off which exported disk, to open a target's access list for it and no other. It is
 * called on the server's event loop, before the machine hears of it, and must not block.
 */
@FunctionalInterface
public interface RootListener {
    /**
     * A machine is about to be given its root.
     *
     * @param machine its network card
     * @param root shelf and slot of the disk
     */
    void rootGiven(MacAddress machine, AoeAddress root);
}
