package io.diskless.node;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** The verbs of plans, as a storage node does them and takes them back. Confined to the runtime's thread. */
final class StorageVerbs {
    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final StorageWork work;
    private final NodeId id;

    StorageVerbs(StorageWork work, NodeId id) {
        this.work = work;
        this.id = id;
    }

    CompletableFuture<Void> begin(NodeOrder order) throws NodeException {
        boolean back = order.back();
        Model goal = order.goal();
        return switch (order.verb()) {
            case RECORD, WRITE_HOST_ENTRY -> {
                for (EntityId what : order.operands()) {
                    work.learn(goal, what);
                }
                yield DONE;
            }
            case BRING_UP -> back ? down(order) : work.bringUp(layer(order), goal, true);
            case TAKE_DOWN -> back ? work.bringUp(layer(order), goal, false) : down(order);
            case PROMOTE -> back ? work.demote(layer(order)) : work.promote(layer(order), goal);
            case DEMOTE -> back ? work.promote(layer(order), goal) : work.demote(layer(order));
            case LEASE_TWO_WRITERS, END_LEASE -> work.lease(layer(order), goal);
            case DETACH -> back ? work.attach(layer(order), goal) : work.detach(layer(order));
            case ATTACH -> back ? work.detach(layer(order)) : work.attach(layer(order), goal);
            case AWAIT_SYNC -> back ? DONE : work.awaitSync(layer(order));
            case RESIZE -> back ? DONE : resize(order);
            case EXPORT -> back ? withdraw(order) : export(order);
            case WITHDRAW -> back ? export(order) : withdraw(order);
            // A target tells its initiators by itself; what was withdrawn has nothing under way.
            case REIDENTIFY, AWAIT_QUIET -> DONE;
            case CREATE_DISK -> back ? remove(order) : disk(order, work.parts()::create);
            case SWAP_DISK -> disk(order, work.parts()::create);
            case GROW_DISK -> back ? DONE : disk(order, work.parts()::grow);
            case REMOVE_DISK -> remove(order);
            default ->
                throw new NodeException(
                        NodeException.Kind.NOT_SUPPORTED, "a storage node does not \"" + order.verb() + "\"");
        };
    }

    private static LayerId layer(NodeOrder order) throws NodeException {
        return order.operand(LayerId.class, 0);
    }

    private CompletableFuture<Void> down(NodeOrder order) throws NodeException {
        work.takeDown(layer(order));
        work.learn(order.goal(), layer(order));
        return DONE;
    }

    private CompletableFuture<Void> resize(NodeOrder order) throws NodeException {
        LayerId layer = layer(order);
        if (order.goal().get(layer, DrbdVolume.class).isEmpty()) {
            throw new NodeException(NodeException.Kind.NOT_SUPPORTED, layer + " is no DRBD volume");
        }
        return work.resize(layer);
    }

    private CompletableFuture<Void> export(NodeOrder order) throws NodeException {
        LayerId layer = layer(order);
        AoeExport export = order.goal()
                .get(layer, AoeExport.class)
                .filter(found -> found.node().equals(id))
                .orElseThrow(() ->
                        new NodeException(NodeException.Kind.NO_SUCH, "there is no export " + layer + " of " + id));
        work.learn(order.goal(), layer);
        work.learn(order.goal(), export.served());
        work.exports().export(export, work.known());
        return DONE;
    }

    private CompletableFuture<Void> withdraw(NodeOrder order) throws NodeException {
        work.exports().withdrawByStep(layer(order));
        work.learn(order.goal(), layer(order));
        return DONE;
    }

    /** Something that the machine does to a disk. */
    private interface Handling {
        void handle(Disk disk) throws IOException;
    }

    private CompletableFuture<Void> disk(NodeOrder order, Handling handling) throws NodeException {
        LayerId layer = layer(order);
        Disk disk = order.goal()
                .get(layer, Disk.class)
                .filter(found -> found.node().equals(id))
                .orElseThrow(
                        () -> new NodeException(NodeException.Kind.NO_SUCH, "there is no disk " + layer + " of " + id));
        handle(disk, handling);
        work.learn(order.goal(), layer);
        return DONE;
    }

    /** The goal has it no more, so it is what was known of it. */
    private CompletableFuture<Void> remove(NodeOrder order) throws NodeException {
        LayerId layer = layer(order);
        Disk disk = work.known().get(layer, Disk.class).orElse(null);
        if (disk != null) {
            handle(disk, work.parts()::remove);
            work.learn(order.goal(), layer);
        }
        return DONE;
    }

    private static void handle(Disk disk, Handling handling) throws NodeException {
        try {
            handling.handle(disk);
        } catch (IOException e) {
            throw new NodeException(NodeException.Kind.DISK, disk.id() + " (" + disk.device() + ")", e);
        }
    }
}
