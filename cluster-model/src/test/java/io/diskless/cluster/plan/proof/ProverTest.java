package io.diskless.cluster.plan.proof;

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
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.operation.VolumeOperation;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.plan.Allowance;
import io.diskless.cluster.plan.Condition;
import io.diskless.cluster.plan.Edit;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Planner;
import io.diskless.cluster.plan.Planning;
import io.diskless.cluster.plan.SamplePlans;
import io.diskless.cluster.plan.Step;
import io.diskless.cluster.plan.Verb;
import io.diskless.cluster.rules.Checked;
import io.diskless.cluster.rules.Rule;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is proved, and what is refuted by which example. */
class ProverTest {
    private static final LayerId VOLUME = new LayerId("web1-r");

    static Stream<String> samples() {
        return SamplePlans.all().keySet().stream();
    }

    private static Proof prove(Plan plan) {
        return Prover.prove(plan, ProofOptions.standard());
    }

    private static Plan plan(Model site, Operation... operations) {
        return Planner.plan(Cluster.of(site), List.of(operations), POLICY).orElseThrow();
    }

    private static Step step(int number, Verb verb, EntityId subject, Set<Integer> after, Edit... edits) {
        return new Step(
                number,
                verb,
                List.of(subject),
                after,
                List.of(edits),
                List.of(),
                Optional.empty(),
                Duration.ofSeconds(1),
                0,
                Map.of());
    }

    private static Plan hand(Model site, List<Allowance> allowances, Step... steps) {
        return new Plan(site, List.of(), List.of(steps), allowances, POLICY.token(), 0);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyPlannedOperationIsProvedInEveryOrder(String name) {
        Proof proof = prove(SamplePlans.all().get(name).plan().orElseThrow());
        assertThat(proof).as("%s", proof).isInstanceOf(Proof.Proved.class);
        assertThat(proof.coverage().exhaustive()).isTrue();
        assertThat(proof.coverage().failures()).isPositive();
    }

    @Test
    void statesAndOrdersAreCounted() {
        // Two guests start, each after it was defined: 3 × 3 states, 4! / (2! 2!) orders; two hosts that may be lost in
        // each.
        Model stopped = new Operation.StopInstance(new InstanceId("web2"))
                .applyTo(new Operation.StopInstance(WEB1).applyTo(SamplePlans.site()));
        Plan plan = plan(
                stopped,
                new Operation.StartInstance(WEB1, H1),
                new Operation.StartInstance(new InstanceId("web2"), H2));
        List<Model> seen = new ArrayList<>();
        Proof proof = Prover.prove(Checked.of(stopped), plan, ProofOptions.standard(), seen::add);
        assertThat(proof.coverage()).isEqualTo(new Coverage(true, 9, BigInteger.valueOf(6), 2 * 12 + 2 * 9));
        assertThat(proof.coverage()).hasToString("all 6 orders (9 states), 42 failures");
        assertThat(seen).hasSize(9).contains(stopped, plan.end());
    }

    @Test
    void beyondTheBoundOrdersAreDrawnAndThatIsSaid() {
        Plan plan = plan(SamplePlans.site(), new NodeOperation.DrainHardwareNode(H1, Map.of()));
        Proof proof = Prover.prove(plan, new ProofOptions(5, 10, 3));
        assertThat(proof).isInstanceOf(Proof.Proved.class);
        assertThat(proof.coverage().exhaustive()).isFalse();
        assertThat(proof.coverage().orders()).isBetween(BigInteger.ONE, BigInteger.TEN);
        assertThat(proof.coverage().toString()).contains("drawn orders of more");
        assertThat(Prover.prove(plan, new ProofOptions(5, 10, 3))).isEqualTo(proof);
    }

    @Test
    void aForgottenOrderIsShownAsTheWayThatGoesWrong() {
        // Serve on the standby before the other is silent: nothing says which comes first.
        Model site = SamplePlans.site();
        Plan plan = hand(
                site,
                List.of(),
                step(1, Verb.END_BOOT, new NodeId("cfg1"), Set.of(), new Edit.Serves(new NodeId("cfg1"), false)),
                step(2, Verb.SERVE_BOOT, new NodeId("cfg2"), Set.of(), new Edit.Serves(new NodeId("cfg2"), true)));
        CounterExample example = ((Proof.Refuted) prove(plan)).example();
        assertThat(example.order()).containsExactly(2);
        assertThat(example.failure()).isEmpty();
        assertThat(example.findings()).singleElement().extracting(f -> f.rule()).isEqualTo(Rule.ONE_BOOT_SERVER);
        assertThat(example.toString()).contains("2 serve boot node/cfg2", "both answer boot requests");
        assertThat(example.toMermaid())
                .startsWith("flowchart LR\n")
                .contains("begin --> s2[\"2 serve boot node/cfg2\"]", "s2 --> wrong[\"node/cfg2 > node/cfg1: error");
        // With the order it holds.
        Plan ordered = hand(
                site,
                List.of(),
                plan.step(1),
                step(2, Verb.SERVE_BOOT, new NodeId("cfg2"), Set.of(1), new Edit.Serves(new NodeId("cfg2"), true)));
        assertThat(prove(ordered).isProved()).isTrue();
    }

    @Test
    void aStepThatCannotBeginInSomeOrderIsStuck() {
        Model site = SamplePlans.site();
        NodeId s2 = new NodeId("s2");
        Step promote = new Step(
                2,
                Verb.PROMOTE,
                List.of(VOLUME, s2),
                Set.of(),
                List.of(new Edit.Writes(VOLUME, s2, true)),
                List.of(new Condition.HasNoWriter(VOLUME)),
                Optional.empty(),
                Duration.ofSeconds(1),
                0,
                Map.of());
        Plan plan = hand(
                site, List.of(), step(1, Verb.DEMOTE, VOLUME, Set.of(), new Edit.Writes(VOLUME, S1, false)), promote);
        CounterExample example = ((Proof.Refuted) prove(plan)).example();
        assertThat(example.order()).isEmpty();
        assertThat(example.obstacles())
                .containsExactly("step 2 promote layer/web1-r node/s2 may be next and cannot begin: it is not so that"
                        + " layer/web1-r has no writer");
    }

    @Test
    void drainingWithoutASecondCopyIsRefutedAtTheStepThatHurts() {
        // Switched off at once: the path over the other node stays, so only its loss is left to fear; that is allowed.
        Model site = SamplePlans.site();
        Step off = step(
                1, Verb.POWER_OFF, S1, Set.of(), new Edit.Lives(S1, Lifecycle.ready(), new Lifecycle.Maintenance()));
        // By plan and for a time, that is a warning.
        Proof.Proved planned = (Proof.Proved) prove(hand(site, List.of(), off));
        assertThat(planned.accepted()).isEmpty();
        assertThat(planned.warnings()).hasSize(2).allMatch(f -> f.rule() == Rule.STORAGE_NODE_MAY_STOP);
        Step lost = step(
                1,
                Verb.POWER_OFF,
                S1,
                Set.of(),
                new Edit.Lives(S1, Lifecycle.ready(), new Lifecycle.Lost(Instant.EPOCH, "silent")));
        CounterExample alone = ((Proof.Refuted) prove(hand(site, List.of(), lost))).example();
        assertThat(alone.findings()).allMatch(f -> f.rule() == Rule.STORAGE_NODE_MAY_STOP);
        Proof allowed = prove(hand(site, List.of(Allowance.lessRedundancy("asked for")), lost));
        assertThat(((Proof.Proved) allowed).accepted()).hasSize(2);
        // With the other copy outdated the same allowance does not cover what happens.
        DrbdVolume volume = site.get(VOLUME, DrbdVolume.class).orElseThrow();
        Model bad = site.with(volume.replicas(volume.replicas().stream()
                .map(copy -> copy.node().equals(S1) ? copy : copy.state(Replica.State.OUTDATED))
                .toList()));
        CounterExample down =
                ((Proof.Refuted) prove(hand(bad, List.of(Allowance.lessRedundancy("asked for")), off))).example();
        assertThat(down.findings()).singleElement().asString().contains("no path from a good copy to the guest");
    }

    @Test
    void aMigrationThatARuleForbidsIsRefutedWithItsRepair() {
        Model site = SamplePlans.site();
        Instance cached = site.get(WEB1, Instance.class)
                .orElseThrow()
                .volumes(List.of(new VolumeUse(new LayerId("web1"), true, VolumeUse.Cache.WRITE_BACK)));
        Plan plan = plan(site.with(cached), new GuestOperation.LiveMigrate(WEB1, H2));
        CounterExample example = ((Proof.Refuted) prove(plan)).example();
        assertThat(example.order()).containsExactly(1, 2);
        assertThat(example.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.rule()).isEqualTo(Rule.MIGRATION_POSSIBLE);
            assertThat(finding.repair()).isPresent();
        });
    }

    @Test
    void aLeaseThatIsNotEndedIsRefuted() {
        DualPrimary lease = new DualPrimary.Leased("x", POLICY.token(), POLICY.leaseUntil());
        Plan plan = hand(
                SamplePlans.site(),
                List.of(),
                step(
                        1,
                        Verb.LEASE_TWO_WRITERS,
                        VOLUME,
                        Set.of(),
                        new Edit.Allows(VOLUME, new DualPrimary.Never(), lease)));
        CounterExample example = ((Proof.Refuted) prove(plan)).example();
        assertThat(example.obstacles()).containsExactly("the plan ends and its lease for two writers stands");
    }

    @Test
    void aLeaseThatEndsTooEarlyLeavesOneWriter() {
        // The hosts keep the copies, so that the target becomes Primary under the lease.
        Model site = SamplePlans.site();
        DrbdVolume volume = site.get(VOLUME, DrbdVolume.class).orElseThrow();
        Instance guest = site.get(WEB1, Instance.class).orElseThrow();
        Model near = site.with(volume.replicas(
                        List.of(Replica.of("h1", 0, "web1-d1").primary(true), Replica.of("h2", 1, "web1-d2"))))
                .with(guest.volumes(List.of(VolumeUse.of("web1-r"))));
        Plan plan = plan(near, new GuestOperation.LiveMigrate(WEB1, H2));
        Leases leases = new Leases(plan);
        Model now = plan.base();
        List<String> writers = new ArrayList<>();
        for (Step step : plan.steps()) {
            now = step.applyTo(now);
            Model ended = leases.stand(now) ? leases.ended(now) : now;
            DrbdVolume then = ended.get(VOLUME, DrbdVolume.class).orElseThrow();
            assertThat(then.primaries()).isEqualTo(1);
            assertThat(then.dualPrimary()).isInstanceOf(DualPrimary.Never.class);
            Placement at = ended.get(WEB1, Instance.class).orElseThrow().placement();
            NodeId writer = then.replicas().stream()
                    .filter(Replica::primary)
                    .findFirst()
                    .orElseThrow()
                    .node();
            assertThat(at).isEqualTo(new Placement.On(writer));
            writers.add(writer.name());
        }
        assertThat(writers).containsExactly("h1", "h1", "h1", "h2", "h2", "h2");
    }

    @Test
    void aMachineThatIsLostBetweenTwoStepsIsShown() {
        // A third machine serves, of which the pair knows nothing: lose one of the pair, and the other takes over.
        NodeId cfg1 = new NodeId("cfg1");
        NodeId cfg3 = new NodeId("cfg3");
        Machine machine = Machine.of(
                        "cfg3",
                        Nic.of("eth0", "52:54:00:a0:00:43", "lan").address("10.0.0.143"),
                        Nic.of("eth1", "52:54:00:a1:00:43", "san"))
                .in("r3", "p3", "s3");
        Plan plan = hand(
                SamplePlans.site().with(ConfigNode.of(machine, false)),
                List.of(),
                step(1, Verb.END_BOOT, cfg1, Set.of(), new Edit.Serves(cfg1, false)),
                step(2, Verb.SERVE_BOOT, cfg3, Set.of(1), new Edit.Serves(cfg3, true)));
        CounterExample example = ((Proof.Refuted) prove(plan)).example();
        assertThat(example.order()).containsExactly(1, 2);
        assertThat(example.failure()).contains(new Failure.NodeLost(cfg1));
        assertThat(example.findings()).extracting(f -> f.rule()).containsExactly(Rule.ONE_BOOT_SERVER);
        assertThat(example.toString()).contains("then node/cfg1 is lost");
    }

    @Test
    void halvesOfAMirrorAreReplacedOneAfterTheOther() {
        LayerId one = new LayerId("cfg1-a");
        LayerId other = new LayerId("cfg1-b");
        LayerId array = new LayerId("cfg1-md");
        Plan plan = plan(
                SamplePlans.site(),
                new VolumeOperation.ReplaceDisk(one, "/dev/sdc", 100L << 30),
                new VolumeOperation.ReplaceDisk(other, "/dev/sdd", 100L << 30));
        assertThat(plan.steps())
                .extracting(Step::title)
                .element(3)
                .isEqualTo("remove member layer/cfg1-md layer/cfg1-b");
        assertThat(plan.step(4).after()).containsExactly(3);
        assertThat(prove(plan).isProved()).isTrue();
        // Without the order there is a way that takes both out.
        Step out = step(1, Verb.REMOVE_MEMBER, array, Set.of(), new Edit.Fails(array, one, true));
        Step both = new Step(
                2,
                Verb.REMOVE_MEMBER,
                List.of(array, other),
                Set.of(),
                List.of(new Edit.Fails(array, other, true)),
                List.of(new Condition.WorksWithoutMember(array, other)),
                Optional.empty(),
                Duration.ofSeconds(1),
                0,
                Map.of());
        CounterExample example = ((Proof.Refuted) prove(hand(SamplePlans.site(), List.of(), out, both))).example();
        assertThat(example.order()).containsExactly(1);
        assertThat(example.obstacles()).singleElement().asString().contains("layer/cfg1-md works without layer/cfg1-b");
        // A mirror that has lost one half cannot give the other away.
        Model half = SamplePlans.site()
                .with(SamplePlans.site().get(array, MdArray.class).orElseThrow().failed(one, true));
        Planning refused = Planner.plan(
                Cluster.of(half), List.of(new VolumeOperation.ReplaceDisk(other, "/dev/sdd", 100L << 30)), POLICY);
        assertThat(((Planning.Refused) refused).reasons())
                .singleElement()
                .asString()
                .contains("it is not so that layer/cfg1-md works without layer/cfg1-b");
    }

    @Test
    void whatStoodBeforeIsNamedAndNotJudged() {
        Model wrong = SamplePlans.site().without(new LayerId("s1-root"));
        Proof proof = prove(plan(wrong, new Operation.StopInstance(WEB1)));
        assertThat(((Proof.Proved) proof).before())
                .isNotEmpty()
                .allMatch(f -> f.path().contains(new LayerId("s1-root")));
    }
}
