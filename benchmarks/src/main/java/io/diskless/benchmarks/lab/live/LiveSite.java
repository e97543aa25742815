package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.Child;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Message;
import io.diskless.benchmarks.lab.site.Namespaces;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.Observed;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.plan.Planner;
import io.diskless.cluster.plan.Planning;
import io.diskless.cluster.plan.Policy;
import io.diskless.cluster.plan.Verb;
import io.diskless.cluster.plan.run.Outcome;
import io.diskless.cluster.plan.run.PlanRunner;
import io.diskless.cluster.plan.run.RunOptions;
import io.diskless.cluster.plan.run.RunReport;
import io.diskless.node.NodeOrder;
import io.diskless.node.SiteExecutor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What is there while the story is told: the site as it is wanted, and its nodes, each a process. Not thread-safe. */
final class LiveSite implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(2);
    /** The file system, and what replication keeps at the end of the disk. */
    static final long DISK = (GuestSystem.ROOT_MEBIBYTES + 1L) << 20;

    private final Path folder;
    private final LiveNet net;
    private final SeatProcess store;
    private final Map<NodeId, RemoteStorage> storage = new TreeMap<>();
    private final Map<String, SeatProcess> configs = new TreeMap<>();
    private final Map<String, Child> hosts = new TreeMap<>();
    private final GuestSystem system;
    private Model model = LiveModel.site(DISK);
    private long token;
    private long revision;

    LiveSite(Namespaces namespaces, Path folder, long seed, java.util.function.Consumer<? super LiveNet> opened)
            throws LabException, InterruptedException, IOException {
        this.folder = folder;
        Path logs = Files.createDirectories(folder.resolve("logs"));
        system = new GuestSystem(folder, seed);
        net = LiveNet.open(namespaces, logs);
        opened.accept(net);
        try {
            // The first copy has the system; the other is filled from it.
            Path first = folder.resolve("s1-web1.img");
            Files.copy(system.root(), first);
            try (RandomAccessFile file = new RandomAccessFile(first.toFile(), "rw")) {
                file.setLength(DISK);
            }
            store = net.seat("store", "store", 250, folder, "lan");
            store.call(Message.of("open"));
            commit(model, "the site is founded");
            storage(LiveModel.S1, 11, "san1");
            storage(LiveModel.S2, 12, "san2");
            config("cfg1", 1);
            hosts.put("h1", net.host("h1", 21, "lan", "san1", "san2"));
            hosts.put("h2", net.host("h2", 22, "lan", "san1", "san2"));
        } catch (LabException | InterruptedException | IOException e) {
            net.close();
            throw e;
        }
    }

    Model model() {
        return model;
    }

    LiveNet net() {
        return net;
    }

    GuestSystem system() {
        return system;
    }

    Path folder() {
        return folder;
    }

    Path disk(NodeId node) {
        return folder.resolve(node.name() + "-web1.img");
    }

    RemoteStorage storage(NodeId id) {
        RemoteStorage node = storage.get(id);
        if (node == null) {
            throw new IllegalStateException(id + " was never switched on");
        }
        return node;
    }

    SeatProcess config(String name) {
        SeatProcess node = configs.get(name);
        if (node == null) {
            throw new IllegalStateException(name + " was never switched on");
        }
        return node;
    }

    /** Switches a storage node on. */
    RemoteStorage storage(NodeId id, int number, String san) throws LabException, InterruptedException {
        SeatProcess process = net.seat("storage", id.name(), number, folder, "lan", san);
        RemoteStorage node = new RemoteStorage(id, process);
        storage.put(id, node);
        process.call(RemoteStorage.with(Message.of("open"), model));
        return node;
    }

    void config(String name, int number) throws LabException, InterruptedException {
        SeatProcess process = net.seat("config", name, number, folder, "lan");
        configs.put(name, process);
        process.call(Message.of("open").with("number", number));
    }

    /** A machine of a guest, on one of the hosts. */
    Machine guest(String host, String... more) throws LabException, InterruptedException {
        Child where = hosts.get(host);
        if (where == null) {
            throw new IllegalStateException("there is no " + host);
        }
        return Machine.on(net, "web1-" + host, folder, where, LiveModel.GUEST_CARDS, more);
    }

    /** A server that nobody knows, with its one card on the LAN. */
    Machine server(String name, int number, String card) throws LabException, InterruptedException {
        Child where = net.host(name, number, "lan");
        hosts.put(name, where);
        return Machine.on(net, name, folder, where, List.of(card));
    }

    /** The site is to be like this from now on. */
    void commit(Model next, String why) throws LabException, InterruptedException {
        revision = store.call(RemoteStorage.with(Message.of("commit").with("why", why), next))
                .number("revision");
        model = next;
    }

    long revision() {
        return revision;
    }

    long token() {
        return token;
    }

    /** {@return who exports the guest's disk} */
    String serving() throws LabException, InterruptedException {
        List<String> all = new ArrayList<>();
        for (RemoteStorage node : storage.values()) {
            if (!node.process().isOver() && is(node.health(), "serves")) {
                all.add(node.id().name());
            }
        }
        return all.isEmpty() ? "nobody" : String.join(" and ", all);
    }

    static boolean is(Message health, String field) {
        return Boolean.parseBoolean(health.text(field));
    }

    /** {@return whether both copies are there and alike} */
    boolean isGood() throws LabException, InterruptedException {
        for (RemoteStorage node : storage.values()) {
            if (node.process().isOver() || !is(node.health(), "good")) {
                return false;
            }
        }
        return true;
    }

    boolean twoWriters() throws LabException, InterruptedException {
        for (RemoteStorage node : storage.values()) {
            if (node.health().number("writers") != 2) {
                return false;
            }
        }
        return true;
    }

    /** A storage node that was away is on again, knows the site as it is, and lacks nothing any more; returns the bytes it lacked. */
    long back(NodeId id, int number, String san) throws LabException, InterruptedException {
        commit(model.with(model.get(id, Node.class).orElseThrow().lifecycle(Lifecycle.ready())), id + " is back");
        for (RemoteStorage other : storage.values()) {
            if (!other.id().equals(id)) {
                other.process().call(RemoteStorage.with(Message.of("apply"), model));
            }
        }
        RemoteStorage again = storage(id, number, san);
        await(id + " to be filled", () -> again.health().number("resynced") > 0 && isGood());
        // Copies are good again, and the next plan may count on them.
        DrbdVolume volume = model.get(LiveModel.VOLUME, DrbdVolume.class).orElseThrow();
        List<Replica> filled = volume.replicas().stream()
                .map(copy -> copy.state(Replica.State.UP_TO_DATE))
                .toList();
        commit(model.with(volume.replicas(filled)), id + " is filled");
        return again.health().number("resynced");
    }

    /** The second writer comes or goes, under the lease that the plan has taken. */
    void second(NodeId who, Verb verb) throws Exception {
        Outcome outcome = storage(who)
                .perform(new NodeOrder("second-" + verb, token, verb, List.of(LiveModel.VOLUME, who), false, model))
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (!(outcome instanceof Outcome.Done)) {
            throw new LabException(verb + ": " + outcome);
        }
    }

    /** Something that is done or looked at, and may fail. */
    interface Doing {
        void run() throws Exception;
    }

    /** Something that is looked at. */
    interface Looking {
        boolean look() throws LabException, InterruptedException;
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

    /** Plans, carries out, and writes down what the site is then; returns how the plan ended. */
    String run(Operation operation, List<NodeId> nodes, Map<Verb, SiteExecutor.Handler> handlers) throws Exception {
        token++;
        Planning planning = Planner.plan(
                new Cluster(model, Observed.nothing(), revision),
                List.of(operation),
                Policy.of(token, Instant.now().plus(PATIENCE)));
        if (!(planning instanceof Planning.Planned planned)) {
            throw new LabException("no plan: " + planning);
        }
        SiteExecutor.Builder executor = SiteExecutor.builder(model);
        handlers.forEach((verb, handler) -> executor.handler(handler, verb));
        nodes.forEach(node -> executor.agent(storage(node)));
        SiteExecutor built = executor.build();
        RunReport report = PlanRunner.run(planned.plan(), built, new RunOptions(16, 0))
                .toCompletableFuture()
                .get(3 * PATIENCE.toSeconds(), TimeUnit.SECONDS);
        commit(built.model(), operation.toString());
        return report.end() + String.join(", ", report.failures());
    }

    void await(String what, Looking condition) throws LabException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.look()) {
            if (System.nanoTime() - end > 0) {
                StringBuilder said = new StringBuilder("waited in vain for " + what);
                for (RemoteStorage node : storage.values()) {
                    said.append("; ").append(node.id()).append(": ");
                    said.append(node.process().isOver() ? "off" : node.health().toString());
                }
                throw new LabException(said.toString());
            }
            // Nodes are other processes: they are asked, gently.
            Thread.sleep(50);
        }
    }

    @Override
    public void close() {
        net.close();
    }
}
