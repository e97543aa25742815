package io.diskless.node;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.VolumeState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * What a storage node does. Confined to the runtime's thread, but for the maps that {@link StorageHealth} is made of.
 *
 * <p>Who writes: a volume comes up Secondary. It becomes Primary when a step says so; or by itself where the model says so and
 * this side sees a peer that does not write, or the model says that the peer's machine is off. What the model says alone is
 * not enough, for it may be as old as the last crash.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What a volume becomes by itself is told by its state.
final class StorageWork {
    /** Somebody waits for a state of a volume. */
    private record Waiter(LayerId volume, Predicate<VolumeState> wanted, CompletableFuture<Void> end) {}

    private final NodeId id;
    private final StorageOptions options;
    private final ScheduledExecutorService thread;
    private final Map<LayerId, Replicated> volumes = new ConcurrentHashMap<>();
    private final Troubles troubles;
    private final Exports exports;
    private final LeaseWatch leases;
    private final List<Waiter> waiters = new ArrayList<>();
    private Model known = Model.of();

    StorageWork(NodeId id, StorageOptions options, ScheduledExecutorService thread) {
        this.id = id;
        this.options = options;
        this.thread = thread;
        troubles = new Troubles(options.listener());
        exports = new Exports(id, options, troubles, volumes::get);
        leases = new LeaseWatch(options, troubles, thread, volumes::get, this::demote);
    }

    Map<LayerId, Replicated> volumes() {
        return volumes;
    }

    Troubles troubles() {
        return troubles;
    }

    Exports exports() {
        return exports;
    }

    Model known() {
        return known;
    }

    StorageParts parts() {
        return options.parts();
    }

    /** Becomes what a model says; what does not work is in trouble, and the rest goes on. */
    CompletableFuture<Void> apply(Model next) {
        known = next;
        List<CompletableFuture<Void>> all = new ArrayList<>();
        Map<LayerId, DrbdVolume> wanted = new TreeMap<>();
        for (DrbdVolume volume : next.all(DrbdVolume.class)) {
            if (volume.replica(id).isPresent()) {
                wanted.put(volume.id(), volume);
            }
        }
        exports.retain(next);
        for (LayerId old : List.copyOf(volumes.keySet())) {
            DrbdVolume volume = wanted.get(old);
            if (volume == null || mustReopen(volume)) {
                takeDown(old);
            }
        }
        for (DrbdVolume volume : wanted.values()) {
            troubles.attempt(volume.id(), () -> all.add(open(volume, next, options.initialise())));
        }
        exports.take(next);
        for (DrbdVolume volume : wanted.values()) {
            Replicated copy = volumes.get(volume.id());
            if (copy != null) {
                boolean primary = volume.replica(id).orElseThrow().primary();
                copy.wantsPrimary(primary);
                if (!primary && copy.state().role() == Role.PRIMARY) {
                    all.add(demote(volume.id()));
                } else {
                    changed(volume.id());
                }
            }
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    /** A thing that is known now, or is not any more; nothing is done about it. */
    void learn(Model goal, EntityId what) {
        known = goal.get(what).map(known::with).orElseGet(() -> known.without(what));
    }

    private Disk lower(DrbdVolume volume, Model model) throws NodeException {
        LayerId lower = volume.replica(id).orElseThrow().lower();
        Layer layer = model.get(lower, Layer.class).orElse(null);
        if (layer instanceof Disk disk && disk.node().equals(id)) {
            return disk;
        }
        throw new NodeException(
                NodeException.Kind.NOT_SUPPORTED,
                volume.id() + " lies on " + lower + " on " + id + ", which is no disk of that machine: "
                        + (layer == null ? "there is none" : layer.kind()));
    }

    private boolean mustReopen(DrbdVolume next) {
        Replicated copy = volumes.get(next.id());
        try {
            return copy != null && copy.mustReopen(next, lower(next, known));
        } catch (NodeException e) {
            return true;
        }
    }

    /** Opens a volume that is not open, and looks for its peer. */
    private CompletableFuture<Void> open(DrbdVolume volume, Model model, boolean initialise) throws NodeException {
        Replicated running = volumes.get(volume.id());
        if (running != null) {
            return leases.adopt(running, volume);
        }
        Replicated copy = Replicated.open(id, volume, lower(volume, model), options, initialise);
        volumes.put(volume.id(), copy);
        copy.resource().onEvent(event -> heard(volume.id(), copy, event));
        return leases.adopt(copy, volume).thenRun(copy.resource()::connect);
    }

    /** On the event loop of the resource. */
    private void heard(LayerId volume, Replicated copy, DrbdEvent event) {
        try {
            thread.execute(() -> {
                options.listener().accept(new StorageEvent.Replication(volume, event));
                if (volumes.get(volume) != copy) {
                    return;
                }
                if (event instanceof DrbdEvent.ConnectionLost lost && lost.standAlone()) {
                    troubles.add(volume, lost.cause());
                } else if (event instanceof DrbdEvent.Agreed) {
                    troubles.end(volume);
                }
                if (event instanceof DrbdEvent.StateChanged || event instanceof DrbdEvent.ConnectionLost) {
                    changed(volume);
                }
            });
        } catch (RejectedExecutionException e) {
            // The runtime is closed, and closes this volume too.
            return;
        }
    }

    private void changed(LayerId volume) {
        Replicated copy = volumes.get(volume);
        if (copy == null) {
            return;
        }
        VolumeState now = copy.state();
        leases.changed(volume, now);
        if (now.disk() == DiskState.UP_TO_DATE) {
            copy.used();
        }
        if (!copy.isChanging()) {
            if (now.role() == Role.PRIMARY) {
                exports.serveAll(volume, known);
            } else {
                exports.withdrawAll(volume);
            }
            if (copy.wantsPrimary() && now.role() != Role.PRIMARY && mayPromoteItself(copy, now)) {
                change(copy, copy.resource().promote(copy.isFresh())).whenComplete((x, failure) -> {
                    if (failure != null) {
                        troubles.add(volume, failure);
                    }
                });
            }
        }
        for (Waiter waiter : List.copyOf(waiters)) {
            if (waiter.volume().equals(volume)) {
                settle(waiter, now);
            }
        }
    }

    private boolean mayPromoteItself(Replicated copy, VolumeState now) {
        if (isOff(copy.peer(), known)) {
            return now.disk() == DiskState.UP_TO_DATE && !isConnected(now);
        }
        boolean good = now.disk() == DiskState.UP_TO_DATE || now.peerDisk() == DiskState.UP_TO_DATE;
        boolean bothNew =
                copy.isFresh() && now.disk() == DiskState.INCONSISTENT && now.peerDisk() == DiskState.INCONSISTENT;
        return isConnected(now) && now.peer() == Role.SECONDARY && (good || bothNew);
    }

    static boolean isConnected(VolumeState state) {
        return state.connection().isAtLeast(ConnectionState.CONNECTED);
    }

    /** Whether a machine is known not to write: it was cut off, or switched off. One that is lost may still. */
    private static boolean isOff(NodeId node, Model model) {
        Lifecycle life = model.get(node, Node.class).map(Node::lifecycle).orElse(null);
        return life instanceof Lifecycle.Fenced
                || life instanceof Lifecycle.Maintenance
                || life instanceof Lifecycle.Retired;
    }

    private void settle(Waiter waiter, VolumeState now) {
        if (waiter.end().isDone()) {
            waiters.remove(waiter);
        } else if (waiter.wanted().test(now)) {
            waiters.remove(waiter);
            waiter.end().complete(null);
        } else if (now.connection() == ConnectionState.STAND_ALONE
                && troubles.all().containsKey(waiter.volume())) {
            waiters.remove(waiter);
            waiter.end()
                    .completeExceptionally(new NodeException(
                            NodeException.Kind.REPLICATION,
                            waiter.volume() + " stands alone on " + id + ": "
                                    + troubles.all().get(waiter.volume())));
        }
    }

    /** Ends when a volume has a state, or stands alone so that it cannot get there. */
    private CompletableFuture<Void> await(LayerId volume, Predicate<VolumeState> wanted) {
        Waiter waiter = new Waiter(volume, wanted, new CompletableFuture<>());
        waiters.add(waiter);
        changed(volume);
        return waiter.end();
    }

    Replicated running(LayerId volume) throws NodeException {
        Replicated copy = volumes.get(volume);
        if (copy == null) {
            String why = troubles.all().get(volume);
            throw new NodeException(
                    NodeException.Kind.NO_SUCH, volume + " does not run on " + id + (why == null ? "" : ": " + why));
        }
        return copy;
    }

    /** Brings a volume up as a step says: with meta-data, and filled from here if here is the good copy. */
    CompletableFuture<Void> bringUp(LayerId volume, Model goal, boolean initialise) throws NodeException {
        DrbdVolume model = goal.get(volume, DrbdVolume.class)
                .orElseThrow(() -> new NodeException(NodeException.Kind.NO_SUCH, "there is no " + volume));
        Replica own = model.replica(id)
                .orElseThrow(() ->
                        new NodeException(NodeException.Kind.NO_SUCH, "there is no copy of " + volume + " on " + id));
        known = known.with(List.<Entity>of(model, lower(model, goal)));
        CompletableFuture<Void> up = open(model, goal, initialise);
        Replicated copy = running(volume);
        boolean source = own.state() == Replica.State.UP_TO_DATE
                && model.replicas().stream()
                        .noneMatch(other -> !other.node().equals(id)
                                && other.state() == Replica.State.UP_TO_DATE
                                && other.primary());
        return up.thenComposeAsync(x -> await(volume, StorageWork::isConnected), thread)
                .thenComposeAsync(
                        x -> {
                            VolumeState now = copy.state();
                            boolean bothNew =
                                    now.disk() == DiskState.INCONSISTENT && now.peerDisk() == DiskState.INCONSISTENT;
                            if (source && (bothNew || (own.primary() && now.role() != Role.PRIMARY))) {
                                return change(copy, copy.resource().promote(bothNew));
                            }
                            return CompletableFuture.<Void>completedFuture(null);
                        },
                        thread)
                .thenComposeAsync(
                        x -> {
                            copy.wantsPrimary(own.primary());
                            boolean demotes = !own.primary() && copy.state().role() == Role.PRIMARY;
                            return demotes ? demote(volume) : CompletableFuture.completedFuture(null);
                        },
                        thread);
    }

    void takeDown(LayerId volume) {
        List<Exception> failures = new ArrayList<>();
        takeDown(volume, failures);
        failures.forEach(failure -> troubles.add(volume, failure));
    }

    private void takeDown(LayerId volume, List<Exception> failures) {
        Replicated copy = volumes.remove(volume);
        if (copy == null) {
            return;
        }
        exports.withdrawAll(volume);
        leases.forget(volume);
        troubles.end(volume);
        stepDown(copy, failures);
        copy.close(failures);
        for (Waiter waiter : List.copyOf(waiters)) {
            if (waiter.volume().equals(volume)) {
                waiters.remove(waiter);
                waiter.end()
                        .completeExceptionally(
                                new NodeException(NodeException.Kind.CLOSED, volume + " was taken down on " + id));
            }
        }
    }

    /** A Primary that ends its connection goes on alone, and is one half of a split brain when it comes back: it writes no more. */
    private void stepDown(Replicated copy, List<Exception> failures) {
        if (copy.state().role() != Role.PRIMARY) {
            return;
        }
        try {
            copy.resource().demote().get(options.patience().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failures.add(e);
        } catch (ExecutionException | TimeoutException e) {
            failures.add(e);
        }
    }

    /** A change of role; until it is over nobody begins another, and exports stay as they are. */
    private CompletableFuture<Void> change(Replicated copy, CompletableFuture<Void> role) {
        copy.changing(true);
        return role.whenCompleteAsync(
                (x, failure) -> {
                    copy.changing(false);
                    changed(copy.model().id());
                },
                thread);
    }

    CompletableFuture<Void> promote(LayerId volume, Model goal) throws NodeException {
        Replicated copy = running(volume);
        if (copy.state().role() == Role.PRIMARY) {
            copy.wantsPrimary(true);
            return CompletableFuture.completedFuture(null);
        }
        if (copy.model().dualPrimary() instanceof DualPrimary.Leased lease
                && copy.state().peer() == Role.PRIMARY
                && !leases.allows(copy.model())) {
            throw new NodeException(
                    NodeException.Kind.FENCED, "the lease for two writers of " + volume + " ended at " + lease.until());
        }
        // What the model knows of the peer is on its way here: that it gave up writing, or that its machine is off,
        // which is
        // noticed at the latest when it does not answer pings.
        boolean off = isOff(copy.peer(), goal);
        boolean writes = goal.get(volume, DrbdVolume.class)
                .flatMap(model -> model.replica(copy.peer()))
                .filter(Replica::primary)
                .isPresent();
        CompletableFuture<Void> ready = CompletableFuture.completedFuture(null);
        if (off || !writes) {
            ready = await(volume, now -> !isConnected(now) || (!off && now.peer() != Role.PRIMARY))
                    .orTimeout(options.patience().toNanos(), TimeUnit.NANOSECONDS);
        }
        return ready.thenComposeAsync(x -> change(copy, copy.resource().promote(false)), thread)
                .thenRunAsync(() -> copy.wantsPrimary(true), thread);
    }

    CompletableFuture<Void> demote(LayerId volume) {
        Replicated copy = volumes.get(volume);
        if (copy == null) {
            return CompletableFuture.completedFuture(null);
        }
        copy.wantsPrimary(false);
        copy.changing(true);
        exports.withdrawAll(volume);
        return change(copy, copy.resource().demote());
    }

    CompletableFuture<Void> lease(LayerId volume, Model goal) throws NodeException {
        Replicated copy = running(volume);
        DrbdVolume next = goal.get(volume, DrbdVolume.class).orElseThrow();
        return leases.adopt(copy, next);
    }

    CompletableFuture<Void> awaitSync(LayerId volume) throws NodeException {
        running(volume);
        return await(volume, now -> now.disk() == DiskState.UP_TO_DATE);
    }

    CompletableFuture<Void> detach(LayerId volume) throws NodeException {
        Replicated copy = running(volume);
        if (copy.state().disk() == DiskState.DISKLESS) {
            return CompletableFuture.completedFuture(null);
        }
        return copy.resource()
                .detach(Replicated.VOLUME)
                .thenRunAsync(() -> troubles.attempt(volume, copy::detached), thread);
    }

    CompletableFuture<Void> attach(LayerId volume, Model goal) throws NodeException {
        Replicated copy = running(volume);
        if (copy.state().disk() != DiskState.DISKLESS) {
            return CompletableFuture.completedFuture(null);
        }
        DrbdVolume model = goal.get(volume, DrbdVolume.class).orElse(copy.model());
        return copy.resource().attach(copy.reattach(lower(model, goal), options));
    }

    CompletableFuture<Void> resize(LayerId volume) throws NodeException {
        Replicated copy = running(volume);
        // One side asks and both grow.
        return copy.state().role() == Role.PRIMARY
                ? copy.resource().resize(Replicated.VOLUME, 0, false).thenApply(bytes -> null)
                : CompletableFuture.completedFuture(null);
    }

    void close(List<Exception> failures) {
        exports.close(failures);
        for (LayerId volume : List.copyOf(volumes.keySet())) {
            takeDown(volume, failures);
        }
    }
}
