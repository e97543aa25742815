package io.diskless.benchmarks.boot;

import io.diskless.aoe.target.Access;
import io.diskless.aoe.target.AccessControl;
import io.diskless.aoe.target.AccessRule;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.RootListener;

/** Opens a target's exports for the machines that the boot answer sends there. All that joins the two. Thread-safe. */
record TargetDoor(AccessControl access) implements RootListener {
    @Override
    public void rootGiven(MacAddress machine, AoeAddress root) {
        access.put(rule(machine, root));
    }

    @Override
    public void rootTaken(MacAddress machine, AoeAddress root) {
        access.remove(rule(machine, root));
    }

    private static AccessRule rule(MacAddress machine, AoeAddress root) {
        return AccessRule.of(machine, root, Access.READ_WRITE);
    }
}
