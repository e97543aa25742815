package io.diskless.cluster.simulate;

import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.operation.NodeOperation;
import java.time.Duration;
import java.util.List;

/** One StorageNode after the other goes and comes back. Not thread-safe. */
final class RollingDrain {
    private final World world;
    private final Duration off;

    RollingDrain(World world, Duration off) {
        this.world = world;
        this.off = off;
    }

    void run() {
        Hands hands = new Hands(world);
        Rescue rescue = new Rescue(world, hands);
        for (StorageNode node : world.base().all(StorageNode.class)) {
            if (!node.lifecycle().isServing()) {
                continue;
            }
            NodeId id = node.id();
            if (!hands.carryOut("drain " + id, List.of(new NodeOperation.DrainStorageNode(id)))) {
                // Who could not drain one does not go on to the next.
                return;
            }
            Duration gone = world.now();
            world.tell(TimelineEvent.Kind.POWER, id, "is off");
            world.pass(world.now().plus(off));
            rescue.comeBack(List.of(id), world.now().minus(gone));
        }
    }
}
