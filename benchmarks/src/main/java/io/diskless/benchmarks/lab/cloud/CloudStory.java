package io.diskless.benchmarks.lab.cloud;

import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.benchmarks.lab.report.Progress;
import io.diskless.benchmarks.lab.report.Proof;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.Observed;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.plan.Planner;
import io.diskless.cluster.plan.Planning;
import io.diskless.cluster.plan.Policy;
import io.diskless.cluster.plan.Verb;
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
import io.diskless.netboot.simulate.BootRun;
import io.diskless.node.ConfigNodeRuntime;
import io.diskless.node.ConfigOptions;
import io.diskless.node.NodeOrder;
import io.diskless.node.SiteExecutor;
import io.diskless.node.StorageEvent;
import io.diskless.node.StorageHealth;
import io.diskless.node.StorageNodeRuntime;
import io.diskless.node.StorageOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A cloud in one process: its model is the input, nodes run out of it, and plans change it while a guest works on its disk.
 * Machines are simulated, frames travel in memory, replication over TCP on loopback; what is stored, replicated, served and
 * proved is real. Not thread-safe.
 */
public final class CloudStory implements AutoCloseable {
    private static final long DISK = 8L << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long SOME = 100;
    private static final int BLOCK = 4096;

    private final Progress progress;
    private final long seed;
    private final Path folder;
    private final EthernetSegment san = EthernetSegment.realTime();
    private final CloudParts parts;
    private final BootRoom room;
    private final ExecutorService disks = Executors.newFixedThreadPool(2);
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<Chapter> chapters = new ArrayList<>();
    private final List<Proof> proofs = new ArrayList<>();
    private final AtomicLong resynced = new AtomicLong();
    private final EmbeddedStore store;
    private Model site = CloudModel.site(DISK);
    private StorageNodeRuntime s1;
    private StorageNodeRuntime s2;
    private final ConfigNodeRuntime cfg1;
    private final ConfigNodeRuntime cfg2;
    private long token;
    private int clients;

    private CloudStory(Path folder, long seed, Progress progress) throws Exception {
        this.folder = folder;
        this.seed = seed;
        this.progress = progress;
        progress.phase("site");
        parts = new CloudParts(folder, san);
        room = new BootRoom(seed);
        store = EmbeddedStore.open(folder.resolve("store"), EmbeddedOptions.defaults());
        open.push(store);
        commit(site, "the site is founded");
        s1 = storage(CloudModel.S1);
        s2 = storage(CloudModel.S2);
        cfg1 = config(CloudModel.CFG1, 1, true);
        cfg2 = config(CloudModel.CFG2, 2, false);
    }

    /**
     * Tells the story.
     *
     * @param folder an empty one, for disks and the store
     * @param seed of everything random
     * @param progress hears of the chapters
     * @return what was found
     * @throws LabException if a chapter could not be told to its end
     */
    public static CloudResult tell(Path folder, long seed, Progress progress) throws LabException {
        long began = System.nanoTime();
        try (CloudStory story = new CloudStory(folder, seed, progress)) {
            story.tell();
            progress.end(true);
            return new CloudResult(story.chapters, story.proofs, story.site, seconds(System.nanoTime() - began), seed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        } catch (Exception e) {
            progress.end(false);
            throw new LabException(e.getMessage() == null ? e.toString() : e.getMessage(), e);
        }
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }

    private StorageNodeRuntime storage(NodeId id) throws Exception {
        StorageNodeRuntime node = StorageNodeRuntime.open(
                site,
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
    }

    private ConfigNodeRuntime config(NodeId id, int number, boolean automatic) throws Exception {
        ConfigNodeRuntime node = ConfigNodeRuntime.open(
                store,
                id,
                ConfigOptions.builder(room.servers(number))
                        .files(room.files())
                        .leases(folder.resolve("leases"))
                        .automatic(automatic)
                        .build());
        open.push(node);
        return node;
    }

    private void commit(Model next, String why) throws Exception {
        Cluster now = store.read();
        if (!now.desired().equals(next)) {
            store.append(now.revision(), Optional.empty(), Proposal.wish("lab", why, now.desired(), next));
        }
        site = next;
    }

    private void tell() throws Exception {
        await("both copies to be filled", () -> good(s1) && good(s2));
        boolean two = health(s1).hasTwoWriters(CloudModel.VOLUME);
        chapter("site", "two storage nodes replicate, s1 writes", 0, 0, "no");
        prove("two writers without a migration", "no", two ? "yes" : "no");
        boot();
        AoeDisk first = client();
        try (GuestLoad guest = new GuestLoad(first, seed)) {
            progress.phase("guest");
            guest.start();
            guest.goOn(SOME);
            chapter("guest", "a system of 2 MiB is written, then it works", guest.longest(), 0, guest.wrong());
            drain(guest);
            lose(guest);
            corrupt(guest);
            migrate(guest);
            failOver(guest);
            progress.phase("proof");
            guest.goOn(SOME);
            prove("requests of the guest that failed or were wrong", "0", guest.wrong());
            fresh(guest);
        }
    }

    private void boot() throws Exception {
        progress.phase("boot");
        await("cfg1 to serve", () -> cfg1.health().serving().isPresent());
        prove("the guest boots", "the right kernel from 10.77.0.1", room.outcome(room.boot(CloudModel.GUEST_CARD)));
        prove("a machine that nobody knows boots", "nothing", room.outcome(room.boot(CloudModel.NEW_CARD)));
        chapter("boot", "DHCP, scripts, kernel and initrd from cfg1", 0, 0, "0");
    }

    private void drain(GuestLoad guest) throws Exception {
        progress.phase("drain");
        long before = resynced.get();
        run(new NodeOperation.DrainStorageNode(CloudModel.S1), List.of(s1, s2));
        s1.close();
        guest.goOn(SOME);
        prove("who serves while s1 is away", "s2", serving());
        back(before);
        chapter(
                "drain",
                "a plan empties s1, it is off, comes back and is filled",
                guest.longest(),
                resynced.get() - before,
                guest.wrong());
    }

    private String serving() {
        boolean one = !health(s1).served().isEmpty();
        boolean other = !health(s2).served().isEmpty();
        return one && other ? "both" : one ? "s1" : other ? "s2" : "nobody";
    }

    /** The node that was away is on again, knows the site as it is, and lacks nothing any more. */
    private void back(long before) throws Exception {
        boolean first = site.get(CloudModel.S1, Node.class)
                .filter(node -> !node.lifecycle().isServing())
                .isPresent();
        NodeId id = first ? CloudModel.S1 : CloudModel.S2;
        commit(site.with(site.get(id, Node.class).orElseThrow().lifecycle(Lifecycle.ready())), id + " is back");
        StorageNodeRuntime other = first ? s2 : s1;
        other.apply(site).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        StorageNodeRuntime again = storage(id);
        if (first) {
            s1 = again;
        } else {
            s2 = again;
        }
        // The guest wrote meanwhile, so there is something to fill.
        await(id + " to be filled", () -> resynced.get() > before && good(s1) && good(s2));
        // Copies are good again, and the next plan may count on them.
        DrbdVolume volume = site.get(CloudModel.VOLUME, DrbdVolume.class).orElseThrow();
        List<Replica> filled = volume.replicas().stream()
                .map(copy -> copy.state(Replica.State.UP_TO_DATE))
                .toList();
        commit(site.with(volume.replicas(filled)), id + " is filled");
    }

    private void lose(GuestLoad guest) throws Exception {
        progress.phase("loss");
        long before = resynced.get();
        s2.close();
        commit(
                site.with(site.get(CloudModel.S2, Node.class)
                        .orElseThrow()
                        .lifecycle(new Lifecycle.Lost(Instant.now(), "does not answer"))),
                "s2 is lost");
        run(new NodeOperation.FenceNode(CloudModel.S2, token + 1), List.of(s1));
        guest.goOn(SOME);
        prove("who serves after s2 is lost", "s1", serving());
        back(before);
        chapter(
                "loss",
                "s2 is gone without a plan, s1 takes over when s2 is cut off",
                guest.longest(),
                resynced.get() - before,
                guest.wrong());
    }

    private void corrupt(GuestLoad guest) throws Exception {
        progress.phase("verify");
        long at = 77L * BLOCK;
        long before = resynced.get();
        Disk disk = site.all(Disk.class).stream()
                .filter(found -> found.id().name().equals("web1-d2"))
                .findFirst()
                .orElseThrow();
        VerifyReport found = guest.still(() -> {
            try (RandomAccessFile file = new RandomAccessFile(parts.file(disk).toFile(), "rw")) {
                file.seek(at + 5);
                int was = file.read();
                file.seek(at + 5);
                file.write(was ^ 0x10);
            }
            return verify();
        });
        prove(
                "blocks that verify finds different",
                "[Range[sector=616, sectors=8]]",
                found.differing().toString());
        // What was found is repaired by the resync of the next connection.
        s2.resource(CloudModel.VOLUME).orElseThrow().disconnect().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        s2.resource(CloudModel.VOLUME).orElseThrow().connect();
        await("the repair", () -> resynced.get() > before && good(s1) && good(s2));
        prove(
                "blocks that verify finds after the repair",
                "[]",
                verify().differing().toString());
        chapter(
                "verify",
                "one bit of s2's disk flips behind its back",
                guest.longest(),
                resynced.get() - before,
                guest.wrong());
    }

    private VerifyReport verify() throws Exception {
        return s1.verify(CloudModel.VOLUME).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void migrate(GuestLoad guest) throws Exception {
        progress.phase("migration");
        boolean[] two = new boolean[1];
        long[] still = new long[1];
        boolean refused = s2.resource(CloudModel.VOLUME)
                .orElseThrow()
                .promote(false)
                .handle((done, failure) -> failure != null)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        AoeDisk target = client();
        run(
                new GuestOperation.LiveMigrate(CloudModel.GUEST, CloudModel.H2),
                List.of(s1, s2),
                (order, undo) -> answer(() -> {
                    // Memory flows: both hosts hold the disk open, each at a storage node that writes.
                    second(Verb.PROMOTE);
                    await("two writers", () -> health(s1).hasTwoWriters(CloudModel.VOLUME));
                    guest.goOn(SOME);
                    two[0] = health(s2).hasTwoWriters(CloudModel.VOLUME);
                }),
                (order, undo) -> answer(() -> {
                    still[0] = guest.move(target);
                    second(Verb.DEMOTE);
                }));
        guest.goOn(SOME);
        prove("a second writer before the lease", "refused", refused ? "refused" : "allowed");
        prove("two writers during the migration", "yes", two[0] ? "yes" : "no");
        prove("two writers after it", "no", health(s1).hasTwoWriters(CloudModel.VOLUME) ? "yes" : "no");
        chapter("migration", "the guest moves from h1 to h2", Math.max(still[0], guest.longest()), 0, guest.wrong());
    }

    /** The second writer comes or goes, under the lease that the plan has taken. */
    private void second(Verb verb) throws Exception {
        Outcome outcome = s2.perform(new NodeOrder(
                        "second-" + verb, token, verb, List.of(CloudModel.VOLUME, CloudModel.S2), false, site))
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (!(outcome instanceof Outcome.Done)) {
            throw new LabException(verb + ": " + outcome);
        }
    }

    private void failOver(GuestLoad guest) throws Exception {
        progress.phase("ConfigNode");
        BootRun before = room.boot(CloudModel.GUEST_CARD);
        commit(site.with(CloudModel.added()), "h3 is added by its card and its tag");
        await("cfg1 to know h3", () -> cfg1.health().revision() == revision());
        prove("the new server boots", "the right kernel from 10.77.0.1", room.outcome(room.boot(CloudModel.NEW_CARD)));
        cfg1.perform(order(Verb.END_BOOT, CloudModel.CFG1)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        prove("a machine boots while nobody holds the lease", "nothing", room.outcome(room.boot(CloudModel.NEW_CARD)));
        cfg2.perform(order(Verb.SERVE_BOOT, CloudModel.CFG2)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        BootRun after = room.boot(CloudModel.GUEST_CARD);
        prove("the guest boots after the fail-over", "the right kernel from 10.77.0.2", room.outcome(after));
        prove("its address", String.valueOf(before.address()), String.valueOf(after.address()));
        chapter("ConfigNode", "h3 is added; cfg2 serves in place of cfg1", guest.longest(), 0, guest.wrong());
    }

    private long revision() {
        try {
            return store.read().revision();
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    private NodeOrder order(Verb verb, NodeId node) {
        token++;
        return new NodeOrder("lab-" + token, token, verb, List.of(node), false, site);
    }

    /** From a client that knows nothing, and from the disks when nothing uses them any more. */
    private void fresh(GuestLoad guest) throws Exception {
        AoeDisk fresh = client();
        guest.close();
        byte[] seen = new byte[GuestLoad.AREA];
        for (int at = 0; at < seen.length; at += 64 * BLOCK) {
            fresh.read(at, ByteBuffer.wrap(seen, at, 64 * BLOCK));
        }
        prove("SHA-256 of the disk from a fresh start", guest.sha256(), GuestLoad.sha256(seen));
        prove("blocks in which the copies differ", "[]", verify().differing().toString());
        close();
        for (Disk disk : site.all(Disk.class)) {
            if (disk.id().name().startsWith("web1-d")) {
                byte[] held = new byte[GuestLoad.AREA];
                try (RandomAccessFile file =
                        new RandomAccessFile(parts.file(disk).toFile(), "r")) {
                    file.readFully(held);
                }
                prove("SHA-256 of the copy on " + disk.node().name(), guest.sha256(), GuestLoad.sha256(held));
            }
        }
        chapter("proof", "a fresh client and both disks", 0, 0, guest.wrong());
    }

    private interface Doing {
        void run() throws Exception;
    }

    private static CompletableFuture<Outcome> answer(Doing what) {
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

    private void run(Operation operation, List<StorageNodeRuntime> nodes) throws Exception {
        SiteExecutor.Handler none = (order, undo) -> CompletableFuture.completedFuture(new Outcome.Done(false));
        run(operation, nodes, none, none);
    }

    /** Plans, carries out, and writes down what the site is then. Who fences or switches off is the lab itself. */
    private void run(
            Operation operation,
            List<StorageNodeRuntime> nodes,
            SiteExecutor.Handler flows,
            SiteExecutor.Handler switches)
            throws Exception {
        token++;
        Planning planning = Planner.plan(
                new Cluster(site, Observed.nothing(), revision()),
                List.of(operation),
                Policy.of(token, Instant.now().plus(PATIENCE)));
        if (!(planning instanceof Planning.Planned planned)) {
            throw new LabException("no plan: " + planning);
        }
        SiteExecutor.Builder executor = SiteExecutor.builder(site)
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
        prove(
                "plan \"" + operation.getClass().getSimpleName() + "\"",
                "DONE",
                report.end() + String.join(", ", report.failures()));
        commit(built.model(), operation.toString());
    }

    private AoeDisk client() throws Exception {
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

    private static StorageHealth health(StorageNodeRuntime node) {
        return node.health();
    }

    private static boolean good(StorageNodeRuntime node) {
        return node.health().isGood();
    }

    private void await(String what, BooleanSupplier condition) throws LabException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new LabException("waited in vain for " + what + ": " + s1.health() + ", " + s2.health());
            }
            Thread.sleep(5);
        }
    }

    private void prove(String subject, String expected, String actual) {
        proofs.add(new Proof(subject, expected, actual));
    }

    private void chapter(String name, String words, long pauseNanos, long bytes, String wrong) {
        chapters.add(new Chapter(name, words, System.nanoTime(), pauseNanos / 1e6, bytes, wrong));
        progress.update(1, words);
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
