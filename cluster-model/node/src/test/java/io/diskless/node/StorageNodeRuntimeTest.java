package io.diskless.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Planner;
import io.diskless.cluster.plan.Planning;
import io.diskless.cluster.plan.Policy;
import io.diskless.cluster.plan.Verb;
import io.diskless.cluster.plan.run.Outcome;
import io.diskless.cluster.plan.run.PlanRunner;
import io.diskless.cluster.plan.run.RunOptions;
import io.diskless.cluster.plan.run.RunReport;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two storage nodes that do what the model and its plans say, under a client that notices nothing. */
class StorageNodeRuntimeTest {
    private static final int BLOCK = 4096;

    @TempDir
    private Path folder;

    private Room room;
    private final Random random = new Random(1);

    @BeforeEach
    void open() {
        room = new Room(folder);
    }

    @AfterEach
    void close() throws Exception {
        room.close();
    }

    private static void good(StorageNodeRuntime... nodes) {
        for (StorageNodeRuntime node : nodes) {
            Room.await().untilAsserted(() -> assertThat(node.health()).matches(StorageHealth::isGood));
        }
    }

    private byte[] write(AoeDisk disk, long offset) throws Exception {
        byte[] bytes = new byte[BLOCK];
        random.nextBytes(bytes);
        disk.writeAsync(offset, ByteBuffer.wrap(bytes), 0).get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return bytes;
    }

    private static byte[] read(AoeDisk disk, long offset) throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
        disk.readAsync(offset, bytes).get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return bytes.array();
    }

    private static Plan plan(Model site, long token, Operation operation) {
        Planning planning = Planner.plan(
                Cluster.of(site), List.of(operation), Policy.of(token, Instant.parse("2100-01-01T00:00:00Z")));
        assertThat(planning).as("%s", planning).isInstanceOf(Planning.Planned.class);
        return ((Planning.Planned) planning).plan();
    }

    private static RunReport run(Plan plan, SiteExecutor executor) throws Exception {
        return PlanRunner.run(plan, executor, new RunOptions(16, 0))
                .toCompletableFuture()
                .get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static SiteExecutor.Handler done(List<String> told) {
        return (order, back) -> {
            told.add((back ? "back " : "") + order.step().title());
            return CompletableFuture.completedFuture(new Outcome.Done(false));
        };
    }

    @Test
    void bothCopiesHoldWhatAClientWroteThroughThePrimary() throws Exception {
        Model site = Room.site();
        StorageNodeRuntime s1 = room.start(site, Room.S1);
        StorageNodeRuntime s2 = room.start(site, Room.S2);
        good(s1, s2);
        assertThat(s1.health().served()).containsExactly(new LayerId("web1-e1"));
        assertThat(s2.health().served()).isEmpty();

        AoeDisk disk = room.client();
        byte[] bytes = write(disk, 5 * BLOCK);
        assertThat(read(disk, 5 * BLOCK)).isEqualTo(bytes);
        assertThat(s1.verify(Room.VOLUME)
                        .get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                        .isClean())
                .isTrue();
        assertThat(s2.health().hasTwoWriters(Room.VOLUME)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientGoesOnAtOneAddressWhenThePrimaryIsGoneAndAPlanFailsOver(boolean killed) throws Exception {
        Model site = Room.site();
        StorageNodeRuntime s1 = room.start(site, Room.S1);
        StorageNodeRuntime s2 = room.start(site, Room.S2);
        good(s1, s2);
        AoeDisk disk = room.client();
        byte[] before = write(disk, 0);

        if (killed) {
            room.kill(Room.S1);
        } else {
            s1.close();
        }
        CompletableFuture<Void> during = disk.writeAsync(BLOCK, ByteBuffer.wrap(before), 0);
        Model lost = site.with(site.get(Room.S1, Node.class)
                .orElseThrow()
                .lifecycle(new Lifecycle.Lost(Instant.EPOCH, "does not answer")));
        List<String> told = new ArrayList<>();
        SiteExecutor executor = SiteExecutor.builder(lost)
                .agent(s2)
                .handler(done(told), Verb.FENCE)
                .build();
        RunReport report = run(plan(lost, 7, new NodeOperation.FenceNode(Room.S1, 7)), executor);
        assertThat(report.failures()).isEmpty();
        assertThat(report.end()).isEqualTo(RunReport.End.DONE);
        assertThat(told).hasSize(1);

        during.get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(read(disk, 0)).isEqualTo(before);
        assertThat(read(disk, BLOCK)).isEqualTo(before);
        byte[] after = write(disk, 2 * BLOCK);
        assertThat(s2.health().served()).containsExactly(new LayerId("web1-e2"));

        // The dead machine comes back with what it knew last, when it still wrote; it sees who does, and is filled.
        StorageNodeRuntime again = room.start(site, Room.S1);
        good(again, s2);
        assertThat(again.health().volumes().get(Room.VOLUME).role()).isEqualTo(Role.SECONDARY);
        assertThat(again.health().served()).isEmpty();
        assertThat(again.verify(Room.VOLUME)
                        .get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                        .isClean())
                .isTrue();
        assertThat(read(disk, 2 * BLOCK)).isEqualTo(after);
    }

    @Test
    void aDrainMovesTheWriterUnderAClient() throws Exception {
        Model site = Room.site();
        StorageNodeRuntime s1 = room.start(site, Room.S1);
        StorageNodeRuntime s2 = room.start(site, Room.S2);
        good(s1, s2);
        AoeDisk disk = room.client();
        byte[] before = write(disk, 0);

        List<String> told = new ArrayList<>();
        SiteExecutor executor = SiteExecutor.builder(site)
                .agent(s1)
                .agent(s2)
                .handler(done(told), Verb.POWER_OFF)
                .build();
        RunReport report = run(plan(site, 7, new NodeOperation.DrainStorageNode(Room.S1)), executor);
        assertThat(report.failures()).isEmpty();
        assertThat(report.end()).isEqualTo(RunReport.End.DONE);

        assertThat(s1.health().served()).isEmpty();
        assertThat(s2.health().served()).containsExactly(new LayerId("web1-e2"));
        assertThat(read(disk, 0)).isEqualTo(before);
        write(disk, BLOCK);
        assertThat(executor.model()
                        .get(Room.VOLUME, DrbdVolume.class)
                        .orElseThrow()
                        .replica(Room.S2))
                .hasValueSatisfying(copy -> assertThat(copy.primary()).isTrue());
    }

    /** The hosts keep the copies themselves here: the writer moves with the guest. */
    @Test
    void aMigrationHasTwoWritersForItsLengthOnly() throws Exception {
        Model site = Room.site();
        StorageNodeRuntime s1 = room.start(site, Room.S1);
        StorageNodeRuntime s2 = room.start(site, Room.S2);
        good(s1, s2);
        assertThatThrownBy(() -> s2.resource(Room.VOLUME)
                        .orElseThrow()
                        .promote(false)
                        .get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .hasMessageContaining("both would be Primary");

        List<Boolean> two = new ArrayList<>();
        SiteExecutor executor = SiteExecutor.builder(site)
                .agent(s1)
                .agent(s2)
                .handler(
                        (order, back) -> {
                            // What a hypervisor does here: both hosts hold the disk open.
                            return promoted(s2).thenApply(x -> {
                                two.add(s1.health().hasTwoWriters(Room.VOLUME)
                                        && s2.health().hasTwoWriters(Room.VOLUME));
                                return new Outcome.Done(false);
                            });
                        },
                        Verb.MIGRATE)
                .handler(
                        (order, back) ->
                                s1.resource(Room.VOLUME).orElseThrow().demote().thenApply(x -> new Outcome.Done(false)),
                        Verb.SWITCH_OVER)
                .build();
        RunReport report =
                run(plan(site, 7, new GuestOperation.LiveMigrate(new InstanceId("web1"), Room.H2)), executor);
        assertThat(report.failures()).isEmpty();
        assertThat(report.end()).isEqualTo(RunReport.End.DONE);
        assertThat(two).containsExactly(true);
        assertThat(s1.health().hasTwoWriters(Room.VOLUME)).isFalse();
        assertThat(s2.health().hasTwoWriters(Room.VOLUME)).isFalse();
        assertThatThrownBy(() -> s1.resource(Room.VOLUME)
                        .orElseThrow()
                        .promote(false)
                        .get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .hasMessageContaining("both would be Primary");
    }

    /** Nobody ends the lease: whoever wanted the migration is gone. The second writer gives up by itself, on time. */
    @Test
    void aLeaseThatRunsOutLeavesTheFirstWriterAlone() throws Exception {
        Instant begin = Instant.parse("2026-01-01T00:00:00Z");
        AtomicReference<Instant> clock = new AtomicReference<>(begin);
        List<StorageEvent> first = new CopyOnWriteArrayList<>();
        List<StorageEvent> other = new CopyOnWriteArrayList<>();
        Model site = Room.site();
        StorageNodeRuntime s1 = room.start(
                site, Room.S1, room.options(Room.S1).clock(clock::get).listener(first::add));
        StorageNodeRuntime s2 = room.start(
                site, Room.S2, room.options(Room.S2).clock(clock::get).listener(other::add));
        good(s1, s2);
        AoeDisk disk = room.client();
        byte[] before = write(disk, 0);

        DualPrimary.Leased lease = new DualPrimary.Leased("migration of web1", 7, begin.plusSeconds(60));
        Model leased =
                site.with(site.get(Room.VOLUME, DrbdVolume.class).orElseThrow().dualPrimary(lease));
        for (StorageNodeRuntime node : List.of(s1, s2)) {
            assertThat(perform(node, order("lease", 7, Verb.LEASE_TWO_WRITERS, false, leased)))
                    .isEqualTo(new Outcome.Done(false));
        }
        DrbdVolume volume = leased.get(Room.VOLUME, DrbdVolume.class).orElseThrow();
        Model both = leased.with(volume.replicas(
                volume.replicas().stream().map(copy -> copy.primary(true)).toList()));
        assertThat(perform(s2, order("second", 7, Verb.PROMOTE, false, both))).isEqualTo(new Outcome.Done(false));
        Room.await()
                .until(() ->
                        s1.health().hasTwoWriters(Room.VOLUME) && s2.health().hasTwoWriters(Room.VOLUME));

        // To the last moment of the lease nothing happens: the other side is asked, and it still writes.
        clock.set(lease.until());
        assertThat(perform(s2, order("again", 7, Verb.PROMOTE, false, both))).isEqualTo(new Outcome.Done(false));
        assertThat(s1.health().hasTwoWriters(Room.VOLUME)).isTrue();

        clock.set(lease.until().plusMillis(1));
        Room.await().until(() -> other.contains(new StorageEvent.LeaseEnded(Room.VOLUME, "migration of web1", true)));
        Room.await().until(() -> first.contains(new StorageEvent.LeaseEnded(Room.VOLUME, "migration of web1", false)));
        Room.await().until(() -> s1.health().volumes().get(Room.VOLUME).peer() == Role.SECONDARY);
        assertThat(s1.health().volumes().get(Room.VOLUME).role()).isEqualTo(Role.PRIMARY);
        assertThat(s2.health().volumes().get(Room.VOLUME).role()).isEqualTo(Role.SECONDARY);
        assertThat(s2.health().served()).isEmpty();
        assertThat(read(disk, 0)).isEqualTo(before);
        write(disk, BLOCK);

        // It is over for whoever comes late, by a step or past it.
        assertThat(perform(s2, order("late", 7, Verb.PROMOTE, false, both)))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.reason()).contains("the lease for two writers"));
        assertThatThrownBy(() -> s2.resource(Room.VOLUME)
                        .orElseThrow()
                        .promote(false)
                        .get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .hasMessageContaining("both would be Primary");
        // Nor does a model revive it that still has it.
        s2.apply(both).get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(s2.health().volumes().get(Room.VOLUME).role()).isEqualTo(Role.SECONDARY);
    }

    private static CompletableFuture<Void> promoted(StorageNodeRuntime node) {
        return node.resource(Room.VOLUME)
                .orElseThrow()
                .promote(false)
                .thenRun(() -> Room.await().until(() -> node.health().hasTwoWriters(Room.VOLUME)));
    }

    private static NodeOrder order(String key, long token, Verb verb, boolean back, Model goal) {
        return new NodeOrder(key, token, verb, List.of(Room.VOLUME, Room.S1), back, goal);
    }

    private static Outcome perform(StorageNodeRuntime node, NodeOrder order) throws Exception {
        return node.perform(order).get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void staleTokensAreRefusedAndAKeyIsDoneOnce() throws Exception {
        Model site = Room.site();
        Path memory = folder.resolve("steps");
        try (StepMemory steps = StepMemory.open(memory)) {
            StorageNodeRuntime s1 =
                    room.start(site, Room.S1, room.options(Room.S1).memory(steps));
            StorageNodeRuntime s2 = room.start(site, Room.S2);
            good(s1, s2);

            NodeOrder demote = order("demote", 8, Verb.DEMOTE, false, site);
            assertThat(perform(s1, demote)).isEqualTo(new Outcome.Done(false));
            assertThat(s1.health().volumes().get(Room.VOLUME).role()).isEqualTo(Role.SECONDARY);
            assertThat(perform(s1, demote)).isEqualTo(new Outcome.Done(true));
            assertThat(perform(s1, order("other", 7, Verb.PROMOTE, false, site)))
                    .isEqualTo(new Outcome.Stale(8));
            assertThat(s1.health().volumes().get(Room.VOLUME).role()).isEqualTo(Role.SECONDARY);

            assertThat(perform(s1, order("demote", 8, Verb.DEMOTE, true, site))).isEqualTo(new Outcome.Done(false));
            assertThat(s1.health().volumes().get(Room.VOLUME).role()).isEqualTo(Role.PRIMARY);
            assertThat(perform(s1, demote)).isEqualTo(new Outcome.Done(false));
            s1.close();
        }
        // A restart forgets neither.
        try (StepMemory steps = StepMemory.open(memory)) {
            assertThat(steps.newest()).isEqualTo(8);
            assertThat(steps.isDone("demote")).isTrue();
            assertThat(steps.admits(7)).isFalse();
        }
    }

    @Test
    void anotherModelIsAppliedByWhatDiffers() throws Exception {
        Model site = Room.site();
        StorageNodeRuntime s1 = room.start(site, Room.S1);
        StorageNodeRuntime s2 = room.start(site, Room.S2);
        good(s1, s2);
        AoeDisk disk = room.client();
        byte[] bytes = write(disk, 0);

        DrbdVolume volume = site.get(Room.VOLUME, DrbdVolume.class).orElseThrow();
        Model swapped = site.with(volume.replicas(volume.replicas().stream()
                .map(copy -> copy.primary(copy.node().equals(Room.S2)))
                .toList()));
        s1.apply(swapped).get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        s2.apply(swapped).get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        Room.await().until(() -> s2.health().served().contains(new LayerId("web1-e2")));
        assertThat(s1.health().served()).isEmpty();
        assertThat(read(disk, 0)).isEqualTo(bytes);

        Model without =
                swapped.without(Room.VOLUME).without(new LayerId("web1-e1")).without(new LayerId("web1-e2"));
        s1.apply(without).get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(s1.health().volumes()).isEmpty();
        Room.await().until(() -> s2.health().volumes().get(Room.VOLUME).peerDisk() == DiskState.D_UNKNOWN);
        assertThat(read(disk, 0)).isEqualTo(bytes);
    }

    @Test
    void aVolumeThatCannotRunIsNamedAndTheOthersRun() throws Exception {
        Model site = Room.site()
                .with(List.of(
                        Disk.of("bad-d1", "s1", "no/such/folder", Room.SIZE),
                        Disk.of("bad-d2", "s2", "no/such/folder", Room.SIZE),
                        DrbdVolume.of(
                                "bad",
                                Room.site()
                                        .get(Room.VOLUME, DrbdVolume.class)
                                        .orElseThrow()
                                        .policy(),
                                io.diskless.cluster.model.storage.Replica.of("s1", 0, "bad-d1"),
                                io.diskless.cluster.model.storage.Replica.of("s2", 1, "bad-d2"))));
        StorageNodeRuntime s1 = room.start(site, Room.S1);
        room.start(site, Room.S2);
        Room.await().until(() -> s1.health().served().contains(new LayerId("web1-e1")));
        assertThat(s1.health().isGood()).isFalse();
        assertThat(s1.health().troubles()).containsOnlyKeys(new LayerId("bad"));
        assertThatThrownBy(() -> room.start(site, new NodeId("h1"))).hasMessageContaining("no StorageNode");
    }
}
