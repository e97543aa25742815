package io.diskless.cluster.simulate;

import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Node;
import java.util.List;

/** Every machine of a rack is dead. Not thread-safe. */
final class RackLoss {
    private final World world;
    private final String rack;

    RackLoss(World world, String rack) {
        this.world = world;
        this.rack = rack;
    }

    void run() {
        List<NodeId> nodes = world.base().all(Node.class).stream()
                .filter(node -> node.machine().domain().rack().equals(rack))
                .filter(node -> node.lifecycle().isServing())
                .map(Node::id)
                .toList();
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("no machine works in a rack \"" + rack + "\"");
        }
        Rescue rescue = new Rescue(world, new Hands(world));
        rescue.lose(nodes, "rack " + rack + " is dead");
        world.pass(world.about(world.physics().detection(), "detection"));
        rescue.failOver();
        rescue.fence(nodes);
        rescue.restart(nodes);
    }
}
