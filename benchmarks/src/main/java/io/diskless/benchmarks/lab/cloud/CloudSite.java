package io.diskless.benchmarks.lab.cloud;

import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.Observed;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.plan.Planner;
import io.diskless.cluster.plan.Planning;
import io.diskless.cluster.plan.Policy;
import io.diskless.cluster.plan.Verb;
import io.diskless.cluster.plan.proof.Proof;
import io.diskless.cluster.plan.proof.ProofOptions;
import io.diskless.cluster.plan.proof.Prover;
import io.diskless.cluster.plan.run.Outcome;
import io.diskless.cluster.plan.run.PlanRunner;
import io.diskless.cluster.plan.run.RunOptions;
import io.diskless.cluster.plan.run.RunReport;
import io.diskless.cluster.store.EmbeddedOptions;
import io.diskless.cluster.store.EmbeddedStore;
import io.diskless.cluster.store.Proposal;
import io.diskless.cluster.store.StoreException;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.SyncOptions;
import io.diskless.drbd.session.SyncProgress;
import io.diskless.drbd.session.VerifyReport;
import io.diskless.node.ConfigNodeRuntime;
import io.diskless.node.ConfigOptions;
import io.diskless.node.NodeOrder;
import io.diskless.node.SiteExecutor;
import io.diskless.node.StorageEvent;
import io.diskless.node.StorageNodeRuntime;
import io.diskless.node.StorageOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What is there while the story is told: the site as it is wanted, the nodes that run out of it, and who carries plans out.
 * Machines are simulated, frames travel in memory, replication over TCP on loopback. Not thread-safe.
 */
final class CloudSite implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long DISK = 8L << 20;

    private final Path folder;
    private final EthernetSegment san = EthernetSegment.realTime();
    private final CloudParts parts;
    private final BootRoom room;
    private final ExecutorService disks = Executors.newFixedThreadPool(2);
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final AtomicLong resynced = new AtomicLong();
    /** Advances with everything that a node says. */
    private final Phaser said = new Phaser(1);

    private final EmbeddedStore store;
    private final ConfigNodeRuntime cfg1;
    private final ConfigNodeRuntime cfg2;
    private Model model = CloudModel.site(DISK);
    private StorageNodeRuntime s1;
    private StorageNodeRuntime s2;
    private long token;
    private int clients;

    CloudSite(Path folder, long seed) throws Exception {
        this.folder = folder;
        parts = new CloudParts(folder, san);
        room = new BootRoom(seed);
        store = EmbeddedStore.open(folder.resolve("store"), EmbeddedOptions.defaults());
        open.push(store);
        try {
            commit(model, "the site is founded");
            s1 = storage(CloudModel.S1);
            s2 = storage(CloudModel.S2);
            cfg1 = config(CloudModel.CFG1, 1, true);
            cfg2 = config(CloudModel.CFG2, 2, false);
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    Model model() {
        return model;
    }

    /** What other machines of the site boot with. */
    BootRoom room() {
        return room;
    }

    StorageNodeRuntime s1() {
        return s1;
    }

    StorageNodeRuntime s2() {
        return s2;
    }

    ConfigNodeRuntime cfg1() {
        return cfg1;
    }

    ConfigNodeRuntime cfg2() {
        return cfg2;
    }

    /** Bytes that resyncs have copied so far. */
    long resynced() {
        return resynced.get();
    }

    /** The token of the lease that the last plan took. */
    long token() {
        return token;
    }

    Path file(Disk disk) {
        return parts.file(disk);
    }

    private StorageNodeRuntime storage(NodeId id) throws Exception {
        StorageNodeRuntime node = StorageNodeRuntime.open(
                model,
                id,
                StorageOptions.builder(parts)
                        .disks(disks)
                        .initialise(true)
                        .net(net -> net.connectInterval(Duration.ofMillis(300))
                                .settle(Duration.ofMillis(20))
                                .ping(Duration.ofSeconds(5), Duration.ofSeconds(30)))
                        .sync(SyncOptions.fixed(1_000_000))
                        .listener(event -> heard(id, event))
                        .build());
        open.push(node);
        return node;
    }

    /** Both sides tell of a resync; one of them is counted. */
    private void heard(NodeId node, StorageEvent event) {
        if (node.equals(CloudModel.S1)
                && event instanceof StorageEvent.Replication said
                && said.event() instanceof DrbdEvent.SyncEnded ended
                && (ended.last().kind() == SyncProgress.Kind.RESYNC_SOURCE
                        || ended.last().kind() == SyncProgress.Kind.RESYNC_TARGET)) {
            resynced.addAndGet(ended.last().totalBytes());
        }
        said.arrive();
    }

    private ConfigNodeRuntime config(NodeId id, int number, boolean automatic) throws Exception {
        ConfigNodeRuntime node = ConfigNodeRuntime.open(
                store,
                id,
                ConfigOptions.builder(room.servers(number))
                        .files(room.files())
                        .leases(folder.resolve("leases"))
                        .automatic(automatic)
                        .listener(health -> said.arrive())
                        .build());
        open.push(node);
        return node;
    }

    /** The site is to be like this from now on. */
    void commit(Model next, String why) throws Exception {
        Cluster now = store.read();
        if (!now.desired().equals(next)) {
            store.append(now.revision(), Optional.empty(), Proposal.wish("lab", why, now.desired(), next));
        }
        model = next;
    }

    /** {@return who exports the guest's disk} */
    String serving() {
        boolean one = !s1.health().served().isEmpty();
        boolean other = !s2.health().served().isEmpty();
        return one && other ? "both" : one ? "s1" : other ? "s2" : "nobody";
    }

    /** The node that was away is on again, knows the site as it is, and lacks nothing any more. */
    void back(long before) throws Exception {
        boolean first = model.get(CloudModel.S1, Node.class)
                .filter(node -> !node.lifecycle().isServing())
                .isPresent();
        NodeId id = first ? CloudModel.S1 : CloudModel.S2;
        commit(model.with(model.get(id, Node.class).orElseThrow().lifecycle(Lifecycle.ready())), id + " is back");
        StorageNodeRuntime other = first ? s2 : s1;
        other.apply(model).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        StorageNodeRuntime again = storage(id);
        if (first) {
            s1 = again;
        } else {
            s2 = again;
        }
        // The guest wrote meanwhile, so there is something to fill.
        await(id + " to be filled", () -> resynced.get() > before && isGood());
        // Copies are good again, and the next plan may count on them.
        DrbdVolume volume = model.get(CloudModel.VOLUME, DrbdVolume.class).orElseThrow();
        List<Replica> filled = volume.replicas().stream()
                .map(copy -> copy.state(Replica.State.UP_TO_DATE))
                .toList();
        commit(model.with(volume.replicas(filled)), id + " is filled");
    }

    VerifyReport verify() throws Exception {
        return s1.verify(CloudModel.VOLUME).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** The second writer comes or goes, under the lease that the plan has taken. */
    void second(Verb verb) throws Exception {
        Outcome outcome = s2.perform(new NodeOrder(
                        "second-" + verb, token, verb, List.of(CloudModel.VOLUME, CloudModel.S2), false, model))
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (!(outcome instanceof Outcome.Done)) {
            throw new LabException(verb + ": " + outcome);
        }
    }

    long revision() {
        try {
            return store.read().revision();
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    NodeOrder order(Verb verb, NodeId node) {
        token++;
        return new NodeOrder("lab-" + token, token, verb, List.of(node), false, model);
    }

    interface Doing {
        void run() throws Exception;
    }

    /** Does a step that is the lab's own, on another thread. */
    static CompletableFuture<Outcome> answer(Doing what) {
        Supplier<Outcome> done = () -> {
            try {
                what.run();
                return new Outcome.Done(false);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Outcome.Failed("interrupted", false);
            } catch (Exception e) {
                return new Outcome.Failed(String.valueOf(e.getMessage()), false);
            }
        };
        return CompletableFuture.supplyAsync(done);
    }

    /** As the other one, where nothing but the nodes has a part in it. */
    String run(Operation operation, List<StorageNodeRuntime> nodes) throws Exception {
        SiteExecutor.Handler none = (order, undo) -> CompletableFuture.completedFuture(new Outcome.Done(false));
        return run(operation, nodes, none, none);
    }

    /** Plans, proves, carries out, and writes down what the site is then; returns how the plan ended. Who fences or switches off is the lab itself. */
    String run(
            Operation operation,
            List<StorageNodeRuntime> nodes,
            SiteExecutor.Handler flows,
            SiteExecutor.Handler switches)
            throws Exception {
        token++;
        Planning planning = Planner.plan(
                new Cluster(model, Observed.nothing(), revision()),
                List.of(operation),
                Policy.of(token, Instant.now().plus(PATIENCE)));
        if (!(planning instanceof Planning.Planned planned)) {
            throw new LabException("no plan: " + planning);
        }
        // A site with a machine away may have errors before; the plan must not bring another.
        Proof proof = Prover.prove(planned.plan(), ProofOptions.standard());
        if (proof instanceof Proof.Refuted refuted) {
            throw new LabException(operation + " is not carried out, for its plan can go wrong:\n" + refuted.example());
        }
        SiteExecutor.Builder executor = SiteExecutor.builder(model)
                .handler(
                        (order, undo) -> CompletableFuture.completedFuture(new Outcome.Done(false)),
                        Verb.POWER_OFF,
                        Verb.FENCE)
                .handler(flows, Verb.MIGRATE)
                .handler(switches, Verb.SWITCH_OVER);
        nodes.forEach(executor::agent);
        SiteExecutor built = executor.build();
        RunReport report = PlanRunner.run(planned.plan(), built, new RunOptions(16, 0))
                .toCompletableFuture()
                .get(3 * PATIENCE.toSeconds(), TimeUnit.SECONDS);
        commit(built.model(), operation.toString());
        return report.end() + String.join(", ", report.failures());
    }

    /** {@return the guest's disk, as a host sees it that has just been switched on} */
    AoeDisk client() throws Exception {
        AoeInitiator initiator = AoeInitiator.open(
                        List.of(san.attach("client" + clients, MacAddress.of(0x5254_00c0_0000L + clients), 9000)),
                        InitiatorOptions.builder()
                                .discoveryInterval(Duration.ofMillis(500))
                                .build())
                .start();
        clients++;
        open.push(initiator);
        return initiator.disk(
                CloudModel.ADDRESS,
                DiskOptions.builder().deadline(PATIENCE).openTimeout(PATIENCE).build());
    }

    /** {@return whether both copies are there and alike} */
    boolean isGood() {
        return s1.health().isGood() && s2.health().isGood();
    }

    /**
     * Waits until it is so. Looks again whenever a node says something, and once a second, for a node's health may
     * become good a moment after what it said.
     */
    void await(String what, BooleanSupplier condition) throws LabException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            int seen = said.getPhase();
            if (condition.getAsBoolean()) {
                return;
            }
            long left = end - System.nanoTime();
            if (left < 0) {
                throw new LabException("waited in vain for " + what + ": " + s1.health() + ", " + s2.health());
            }
            heardMore(seen, Math.min(left, TimeUnit.SECONDS.toNanos(1)));
        }
    }

    private void heardMore(int seen, long nanos) throws InterruptedException {
        try {
            said.awaitAdvanceInterruptibly(seen, nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // Nothing was said: the caller looks again and gives up when its time is over.
        }
    }

    /** Ends everything; idempotent. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (AutoCloseable each = open.poll(); each != null; each = open.poll()) {
            try {
                each.close();
            } catch (Exception e) {
                failure = new IOException("a part of the lab was not closed cleanly", e);
            }
        }
        disks.shutdown();
        if (failure != null) {
            throw failure;
        }
    }
}
