package io.diskless.node;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.plan.run.Outcome;
import io.diskless.drbd.session.DrbdResource;
import io.diskless.drbd.session.VerifyReport;
import io.diskless.drbd.wire.VolumeState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Supplier;

/**
 * A storage node: it keeps its copies of the model's DRBD volumes in step with their other copies, and exports what the model
 * says by AoE, a volume only while this side is Primary. What the model asks for and does not work is named in
 * {@link #health()}, and everything else works. Thread-safe; all changes are made by one thread, one after the other.
 *
 * <p>Who writes: a volume comes up Secondary. It becomes Primary when a step of a plan says so; or by itself where the model
 * says so and this side sees a peer that does not write, or the model says that the peer's machine was cut or switched off.
 */
public final class StorageNodeRuntime implements NodeAgent, AutoCloseable {
    private final NodeId id;
    private final ScheduledThreadPoolExecutor thread;
    private final StorageWork work;
    private final OrderBook orders;
    private volatile boolean closed;

    private StorageNodeRuntime(NodeId id, StorageOptions options) {
        this.id = id;
        thread = new ScheduledThreadPoolExecutor(1, options.threads());
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        work = new StorageWork(id, options, thread);
        orders = new OrderBook(options.memory());
    }

    /**
     * Opens a node: disks, replication and exports. Replication looks for its peers from then on.
     *
     * @param model the site
     * @param id a StorageNode of it
     * @param options parts, and how it runs
     * @return the node; look at {@link #health()} for what of it works
     * @throws NodeException NO_SUCH if there is no such node in the model
     */
    public static StorageNodeRuntime open(Model model, NodeId id, StorageOptions options) throws NodeException {
        if (model.get(id, StorageNode.class).isEmpty()) {
            throw new NodeException(NodeException.Kind.NO_SUCH, "there is no StorageNode " + id + " in the model");
        }
        StorageNodeRuntime runtime = new StorageNodeRuntime(id, options);
        try {
            runtime.run(() -> {
                        // Roles are found while it runs: the peer may not be there yet.
                        CompletableFuture<Void> roles = runtime.work.apply(model);
                        return roles.isCompletedExceptionally() ? roles : CompletableFuture.completedFuture(null);
                    })
                    .join();
            return runtime;
        } catch (CompletionException e) {
            runtime.close();
            throw new NodeException(NodeException.Kind.REPLICATION, id + " cannot be opened", e.getCause());
        }
    }

    @Override
    public NodeId id() {
        return id;
    }

    /**
     * Becomes what another model says, by what differs: what stays the same is not touched.
     *
     * @param model the site
     * @return ends when disks, resources and exports are so; roles that need a peer may come later
     */
    public CompletableFuture<Void> apply(Model model) {
        return run(() -> work.apply(model));
    }

    @Override
    public CompletableFuture<Outcome> perform(NodeOrder order) {
        return orders.take(
                order,
                () -> run(() -> {
                    try {
                        return new StorageVerbs(work, id).begin(order);
                    } catch (NodeException e) {
                        return CompletableFuture.failedFuture(e);
                    }
                }));
    }

    /**
     * How the node is now.
     *
     * @return a snapshot; each value is true by itself
     */
    public StorageHealth health() {
        Map<LayerId, VolumeState> states = new TreeMap<>();
        work.volumes().forEach((volume, copy) -> states.put(volume, copy.state()));
        return new StorageHealth(
                id, states, work.exports().served(), work.troubles().all());
    }

    /**
     * The replication of a volume, to look at and to steer past the model.
     *
     * @param volume which
     * @return its resource, whose volume 0 it is; it stays the runtime's; empty if the volume does not run here
     */
    public Optional<DrbdResource> resource(LayerId volume) {
        return Optional.ofNullable(work.volumes().get(volume)).map(Replicated::resource);
    }

    /**
     * Compares both copies of a volume while it is in use. What differs is marked, and resynced after the next connection.
     *
     * @param volume which
     * @return ends with what was found, or with an exception if it could not start or was interrupted
     */
    public CompletableFuture<VerifyReport> verify(LayerId volume) {
        return resource(volume)
                .map(open -> open.verify(Replicated.VOLUME, 0, Long.MAX_VALUE))
                .orElseGet(() -> CompletableFuture.failedFuture(
                        new NodeException(NodeException.Kind.NO_SUCH, volume + " does not run on " + id)));
    }

    /** On the runtime's thread. */
    private <T> CompletableFuture<T> run(Supplier<CompletableFuture<T>> what) {
        CompletableFuture<T> closedNow = CompletableFuture.failedFuture(
                new NodeException(NodeException.Kind.CLOSED, "the runtime of " + id + " is closed"));
        if (closed) {
            return closedNow;
        }
        try {
            return CompletableFuture.completedFuture(null).thenComposeAsync(x -> what.get(), thread);
        } catch (RejectedExecutionException e) {
            return closedNow;
        }
    }

    /**
     * Ends the exports when what is under way is done, writes no more, ends replication, and closes disks and ports. Idempotent;
     * not to be called on the runtime's thread.
     *
     * @throws NodeException if something could not be closed; everything was tried
     */
    @Override
    public void close() throws NodeException {
        closed = true;
        List<Exception> failures = new ArrayList<>();
        try {
            CompletableFuture.runAsync(() -> work.close(failures), thread).join();
        } catch (RejectedExecutionException e) {
            return;
        }
        thread.shutdown();
        if (!failures.isEmpty()) {
            NodeException failure =
                    new NodeException(NodeException.Kind.DISK, id + " could not be closed cleanly", failures.get(0));
            failures.subList(1, failures.size()).forEach(failure::addSuppressed);
            throw failure;
        }
    }
}
