package io.diskless.netboot.boot;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.Objects;

/**
 * Hears which machine may use which exported disk, to keep a target's access list: a machine that has not booted is not on it,
 * the boot answer puts it there, and what the policy does not answer any more takes it off. It is called on the server's
 * event loop and must not block.
 *
 * <p>A disk is not pulled from under a system that runs. A machine that was given another role keeps its disk until it boots
 * anew, which any packet of its firmware or boot loader says, or until somebody asks the server to look at all machines now
 * ({@code DhcpServer.reviewRoots()}). Neither the end of a lease nor its release takes a disk away: AoE needs no IP address.
 */
@FunctionalInterface
public interface RootListener {
    /**
     * A machine is about to be told of its root; it may have been given it before.
     *
     * @param machine its network card
     * @param root shelf and slot of the disk
     */
    void rootGiven(MacAddress machine, AoeAddress root);

    /**
     * A machine shall not use a disk any more that it was given.
     *
     * @param machine its network card
     * @param root shelf and slot of the disk
     */
    default void rootTaken(MacAddress machine, AoeAddress root) {
        // Whoever only counts boots hears nothing.
    }

    /**
     * This listener, and then another.
     *
     * @param next hears the same, after this one; also where this one throws
     * @return a listener for both
     */
    default RootListener andThen(RootListener next) {
        Objects.requireNonNull(next, "next");
        RootListener first = this;
        return new RootListener() {
            @Override
            public void rootGiven(MacAddress machine, AoeAddress root) {
                try {
                    first.rootGiven(machine, root);
                } finally {
                    next.rootGiven(machine, root);
                }
            }

            @Override
            public void rootTaken(MacAddress machine, AoeAddress root) {
                try {
                    first.rootTaken(machine, root);
                } finally {
                    next.rootTaken(machine, root);
                }
            }
        };
    }
}
