package io.diskless.cluster.plan;

import static io.diskless.cluster.model.SampleSite.GIB;
import static io.diskless.cluster.plan.SamplePlans.H1;
import static io.diskless.cluster.plan.SamplePlans.H2;
import static io.diskless.cluster.plan.SamplePlans.POLICY;
import static io.diskless.cluster.plan.SamplePlans.S1;
import static io.diskless.cluster.plan.SamplePlans.WEB1;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.OcfsId;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.operation.SiteOperation;
import io.diskless.cluster.model.operation.VolumeOperation;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.Ipv4Address;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each operation becomes. */
class PlannerTest {
    static Stream<String> samples() {
        return SamplePlans.all().keySet().stream();
    }

    private static Plan plan(Model site, Operation... operations) {
        return Planner.plan(Cluster.of(site), List.of(operations), POLICY).orElseThrow();
    }

    private static List<String> titles(Plan plan) {
        return plan.steps().stream().map(Step::title).toList();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void aPlanLeadsToTheWishAndThenNothingIsLeftToDo(String name) {
        SamplePlans.Sample sample = SamplePlans.all().get(name);
        Plan plan = sample.plan().orElseThrow();
        assertThat(plan.steps()).isNotEmpty();
        Model wish = sample.site();
        for (Operation operation : sample.operations()) {
            wish = operation.applyTo(wish);
        }
        // Where the guests of a drained node go is the planner's choice.
        if (!name.equals("drain hardware")) {
            assertThat(plan.end().diff(wish).toString()).isEmpty();
        }
        Planning again = Planner.plan(Cluster.of(plan.end()), sample.operations(), POLICY);
        assertThat(again.orElseThrow().steps()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyStepSaysHowItIsTakenBackOrWhyNot(String name) {
        Plan plan = SamplePlans.all().get(name).plan().orElseThrow();
        Model now = plan.base();
        for (Step step : plan.steps()) {
            assertThat(step.obstacles(now)).isEmpty();
            Model after = step.applyTo(now);
            assertThat(step.applyTo(after)).as("%s done twice", step).isEqualTo(after);
            if (step.isReversible()) {
                assertThat(step.undo(after)).as("%s taken back", step).isEqualTo(now);
                assertThat(step.undo(now))
                        .as("%s taken back before it was done", step)
                        .isEqualTo(now);
            } else {
                assertThat(step.noReturn().orElseThrow()).isNotEmpty();
            }
            assertThat(step.estimate()).isPositive();
            now = after;
        }
        assertThat(plan.steps().stream().map(plan::key)).doesNotHaveDuplicates();
    }

    @Test
    void aMigrationIsOneLease() {
        Plan plan = plan(SamplePlans.site(), new GuestOperation.LiveMigrate(WEB1, H2));
        assertThat(titles(plan))
                .containsExactly(
                        "lease two writers layer/web1-r",
                        "migrate instance/web1 node/h1 node/h2",
                        "switch over instance/web1 node/h1 node/h2",
                        "end lease layer/web1-r");
        assertThat(plan.impacts()).containsOnlyKeys(WEB1);
        assertThat(plan.impacts().get(WEB1)).hasToString("pause of 300 ms");
        assertThat(plan.toMermaid()).contains("s3{{\"3 switch over instance/web1 node/h1 node/h2\"}}", "s3 --> s4");
    }

    @Test
    void aWriterMovesWithItsGuestWhereTheHostsKeepTheCopies() {
        Model site = SamplePlans.site();
        LayerId id = new LayerId("web1-r");
        DrbdVolume volume = site.get(id, DrbdVolume.class).orElseThrow();
        DrbdVolume local =
                volume.replicas(List.of(Replica.of("h1", 0, "web1-d1").primary(true), Replica.of("h2", 1, "web1-d2")));
        Instance guest = site.get(WEB1, Instance.class).orElseThrow();
        Model near =
                site.with(local).with(guest.volumes(List.of(io.diskless.cluster.model.compute.VolumeUse.of("web1-r"))));
        Plan plan = plan(near, new GuestOperation.LiveMigrate(WEB1, H2));
        assertThat(titles(plan))
                .containsExactly(
                        "lease two writers layer/web1-r",
                        "promote layer/web1-r node/h2",
                        "migrate instance/web1 node/h1 node/h2",
                        "switch over instance/web1 node/h1 node/h2",
                        "demote layer/web1-r node/h1",
                        "end lease layer/web1-r");
        DrbdVolume end = plan.end().get(id, DrbdVolume.class).orElseThrow();
        assertThat(end.primaries()).isEqualTo(1);
        assertThat(end.replica(H2).orElseThrow().primary()).isTrue();
    }

    @Test
    void theGuestsOfADrainedNodeGoWhereTheyFitAFewAtATime() {
        Plan plan = plan(SamplePlans.site(), new NodeOperation.DrainHardwareNode(H1, Map.of()));
        for (String guest : List.of("web1", "web2")) {
            assertThat(plan.end()
                            .get(new InstanceId(guest), Instance.class)
                            .orElseThrow()
                            .placement())
                    .isEqualTo(new Placement.On(H2));
        }
        assertThat(titles(plan)).startsWith("record node/h1").endsWith("power off node/h1");
        // Both migrate at once: neither comes after the other.
        Policy one = POLICY.lanes(1);
        Plan slow = Planner.plan(
                        Cluster.of(SamplePlans.site()), List.of(new NodeOperation.DrainHardwareNode(H1, Map.of())), one)
                .orElseThrow();
        assertThat(slow.estimate()).isGreaterThan(plan.estimate());
    }

    @Test
    void aGuestThatFitsNowhereIsNamedWithEveryNode() {
        Model full = SamplePlans.site().with(Instance.of("big", 2, 62 * GIB).on("h2"));
        Planning planning =
                Planner.plan(Cluster.of(full), List.of(new NodeOperation.DrainHardwareNode(H1, Map.of())), POLICY);
        assertThat(((Planning.Refused) planning).reasons())
                .singleElement()
                .asString()
                .contains("drain node/h1: no node takes instance/web1", "h2: guests take 67584 MiB", "[guests-fit]")
                .contains("h1: the node is Draining");
    }

    @Test
    void aStorageNodeWithTheOnlyGoodCopyIsNotDrained() {
        Model site = SamplePlans.site();
        DrbdVolume volume = site.get(new LayerId("web1-r"), DrbdVolume.class).orElseThrow();
        Model alone = site.with(volume.replicas(volume.replicas().stream()
                .map(copy -> copy.node().equals(S1) ? copy : copy.state(Replica.State.OUTDATED))
                .toList()));
        Planning planning = Planner.plan(Cluster.of(alone), List.of(new NodeOperation.DrainStorageNode(S1)), POLICY);
        assertThat(((Planning.Refused) planning).reasons())
                .containsExactly("drain node/s1: layer/web1-r has no good copy elsewhere, and instance/web1 uses it");
    }

    @Test
    void aDrainedStorageNodeIsLeftByItsWritersFirst() {
        Plan plan = plan(SamplePlans.site(), new NodeOperation.DrainStorageNode(S1));
        assertThat(titles(plan))
                .containsSubsequence(
                        "withdraw layer/web1-e1 node/s1",
                        "demote layer/web1-r node/s1",
                        "promote layer/web1-r node/s2",
                        "await quiet node/s1",
                        "power off node/s1");
        assertThat(plan.impacts().get(WEB1).kind()).isEqualTo(Impact.Kind.PAUSE);
        assertThat(plan.allowances()).containsExactly(Allowance.lessRedundancy("node/s1 is away"));
    }

    @Test
    void aNodeThatServesIsNotRetired() {
        Planning planning =
                Planner.plan(Cluster.of(SamplePlans.site()), List.of(new NodeOperation.RetireNode(S1)), POLICY);
        assertThat(((Planning.Refused) planning).reasons().get(0))
                .contains("node/s1 still serves layer/h1-root-e1, layer/h1-root-r");
    }

    @Test
    void whatNoDeviceReachesIsNotFenced() {
        Planning planning =
                Planner.plan(Cluster.of(SamplePlans.site()), List.of(new NodeOperation.FenceNode(H2, 7)), POLICY);
        assertThat(((Planning.Refused) planning).reasons())
                .containsExactly("fence node/h2: no fencing device reaches node/h2");
    }

    @Test
    void whatIsNotThereIsARefusalAndNoException() {
        Planning planning = Planner.plan(Cluster.of(Model.empty()), List.of(new Operation.StopInstance(WEB1)), POLICY);
        assertThat(((Planning.Refused) planning).reasons())
                .containsExactly("stop instance/web1: there is no instance/web1 in the model");
    }

    @Test
    void anOcfs2GrowsWhileNobodyUsesIt() {
        Model site = SamplePlans.site();
        LayerId files = new LayerId("web1-fs");
        Instance guest = site.get(WEB1, Instance.class).orElseThrow();
        Model with = site.with(new FileSystem(
                        files, FileSystem.Format.OCFS2, new LayerId("web1"), 40 * GIB, 64, 2, Optional.empty()))
                .with(guest.volumes(List.of(io.diskless.cluster.model.compute.VolumeUse.of("web1-fs"))));
        Plan plan = plan(with, new VolumeOperation.GrowVolume(files, 100 * GIB));
        assertThat(titles(plan))
                .containsSubsequence(
                        "resize layer/web1-r",
                        "reidentify layer/web1-e1",
                        "stop instance/web1 node/h1",
                        "grow file system layer/web1-fs",
                        "start instance/web1 node/h1");
        assertThat(plan.impacts().get(WEB1).kind()).isEqualTo(Impact.Kind.OUTAGE);
    }

    @Test
    void aNewMemberIsInEveryFileBeforeItBoots() {
        OcfsCluster cluster =
                OcfsCluster.of("data", List.of(new OcfsCluster.Member(H1, 0, Ipv4Address.parse("10.0.0.121"), 7777)));
        Model site = SamplePlans.site()
                .with(SamplePlans.h3().lifecycle(new Lifecycle.Announced()))
                .with(cluster);
        Plan plan = plan(site, new NodeOperation.AddNode(SamplePlans.h3(), Optional.of(new OcfsId("data"))));
        assertThat(titles(plan))
                .containsExactly(
                        "write host entry node/h3",
                        "write cluster file ocfs/data node/h1",
                        "write cluster file ocfs/data node/h3",
                        "boot node/h3",
                        "await health node/h3");
        OcfsCluster end = plan.end().get(new OcfsId("data"), OcfsCluster.class).orElseThrow();
        assertThat(end.members()).extracting(OcfsCluster.Member::number).containsExactly(0, 1);
        assertThat(end).isEqualTo(end.written());
        assertThat(plan.end().get(new NodeId("h3"), Node.class).orElseThrow().lifecycle())
                .isEqualTo(Lifecycle.ready());
    }

    @Test
    void operationsThatTouchNothingInCommonHaveNoOrder() {
        Plan plan = plan(
                SamplePlans.site(),
                new Operation.StopInstance(WEB1),
                new Operation.StopInstance(new InstanceId("web2")));
        assertThat(plan.step(2).after()).isEmpty();
        Plan ordered =
                plan(SamplePlans.site(), new Operation.StopInstance(WEB1), new Operation.StartInstance(WEB1, H2));
        assertThat(ordered.steps().get(ordered.steps().size() - 1).after()).contains(1);
    }

    @Test
    void rollingBackFindsItsWayByWhatDiffers() {
        Model site = SamplePlans.site();
        Plan there = plan(
                site,
                new GuestOperation.CopyInstance(WEB1, new InstanceId("copy1")),
                new NodeOperation.DrainHardwareNode(H2, Map.of()));
        Plan back = plan(there.end(), new SiteOperation.Rollback(site));
        assertThat(back.end()).isEqualTo(site);
    }
}
