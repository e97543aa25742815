package io.diskless.cluster.plan;

import static io.diskless.cluster.model.SampleSite.GIB;
import static io.diskless.cluster.plan.SamplePlans.H1;
import static io.diskless.cluster.plan.SamplePlans.H2;
import static io.diskless.cluster.plan.SamplePlans.POLICY;
import static io.diskless.cluster.plan.SamplePlans.S1;
import static io.diskless.cluster.plan.SamplePlans.WEB1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.OcfsId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.operation.SiteOperation;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.plan.proof.Proof;
import io.diskless.cluster.plan.proof.ProofOptions;
import io.diskless.cluster.plan.proof.Prover;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Back to how it was, and to any other wish, by the steps that machines must do: nothing is only written down. */
class RollbackTest {
    private static final String FILL = "attach, await sync, ";
    private static final String HAND_BACK = "demote, promote";
    private static final String MOVE = "lease two writers, migrate, switch over, end lease";
    private static final String FAIL_OVER =
            "end boot, drop address, unmount, demote, promote, mount, take address, serve boot";
    private static final String RETURN =
            "boot, await health, " + FILL.repeat(4) + String.join(", ", HAND_BACK, HAND_BACK, HAND_BACK, HAND_BACK);
    private static final String DRAIN = "record, " + "withdraw, ".repeat(4) + "await quiet, power off";
    private static final String UNMAKE = "take down, remove disk, remove disk";
    private static final String UNPUBLISH = "disassemble, withdraw, withdraw";

    /** The verbs of the way back from where each sample leads, or why there is none. */
    private static final Map<String, String> BACK = Map.ofEntries(
            entry("create volume", UNMAKE),
            entry("publish volume", UNPUBLISH),
            entry("unpublish volume", "export, export, assemble"),
            entry("grow volume", "! a disk does not shrink to 42949672960"),
            entry("replace disk", "! layer/web1-r is UP_TO_DATE on node/s1, and would be FAILED"),
            entry("replace member", "remove member, swap disk, add member"),
            entry("tag node", "write host entry"),
            entry("add node", "record, await quiet, power off, write host entry, " + UNPUBLISH + ", " + UNMAKE),
            entry("retire node", "! node/h2 is Retired, which cannot become Booting"),
            entry("start", "stop"),
            entry("stop", "define, start"),
            entry("copy", "undefine, " + UNPUBLISH + ", " + UNMAKE),
            entry("migrate", MOVE),
            entry("drain storage", RETURN),
            entry("drain hardware", "boot, await health, " + MOVE + ", " + MOVE),
            entry("fail over", FAIL_OVER),
            entry("fail over from a lost node", "! node/cfg1 was Lost then and is Fenced"),
            entry("fence hardware", "! node/h1 was Lost then and is Fenced"),
            entry("fence storage", "! node/s1 was Lost then and is Fenced"),
            entry("return of a drained node", DRAIN),
            entry("return of a fenced node", "! node/s1 was Fenced then and is Ready"),
            entry("import", "undefine, record"),
            entry("roll back", "stop, record, define, " + MOVE),
            entry("roll back a drain", String.join(", ", HAND_BACK, HAND_BACK, HAND_BACK, HAND_BACK, DRAIN)),
            entry("roll back a fencing", "! node/s1 was Fenced then and is Ready"),
            entry("roll back a fail-over", "! node/cfg1 was Fenced then and is Ready"));

    /** The verbs of the samples that roll back themselves. */
    private static final Map<String, String> THERE = Map.of(
            "roll back", "define, start, " + MOVE + ", undefine, record",
            "roll back a drain", RETURN,
            "roll back a fencing", RETURN,
            "roll back a fail-over", "boot, await health, " + FILL + FAIL_OVER,
            "return of a drained node", "boot, await health, " + FILL.repeat(4).replaceAll(", $", ""),
            "return of a fenced node", "boot, await health, " + FILL.repeat(4).replaceAll(", $", ""));

    static Stream<String> samples() {
        return SamplePlans.all().keySet().stream();
    }

    static Stream<String> there() {
        return THERE.keySet().stream();
    }

    private static String verbs(Plan plan) {
        return plan.steps().stream().map(step -> step.verb().toString()).collect(Collectors.joining(", "));
    }

    private static Plan proved(Plan plan) {
        Proof proof = Prover.prove(plan, ProofOptions.standard());
        assertThat(proof).as("%s%s", plan, proof).isInstanceOf(Proof.Proved.class);
        assertThat(proof.coverage().exhaustive()).isTrue();
        return plan;
    }

    @ParameterizedTest
    @MethodSource("samples")
    void theWayBackIsRealAndProvedOrRefused(String name) {
        SamplePlans.Sample sample = SamplePlans.all().get(name);
        Model end = sample.plan().orElseThrow().end();
        Planning planning = Planner.plan(Cluster.of(end), List.of(new SiteOperation.Rollback(sample.site())), POLICY);
        String expected = BACK.get(name);
        if (planning instanceof Planning.Refused refused) {
            assertThat(expected).as("%s", refused.reasons()).startsWith("! ");
            assertThat(refused.reasons()).singleElement().asString().contains(expected.substring(2));
            return;
        }
        Plan plan = proved(planning.orElseThrow());
        assertThat(verbs(plan)).isEqualTo(expected);
        assertThat(plan.end().diff(sample.site()).toString()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("there")
    void whatComesBackBootsAndIsFilledBeforeItServes(String name) {
        assertThat(verbs(SamplePlans.all().get(name).plan().orElseThrow())).isEqualTo(THERE.get(name));
    }

    private static Plan put(Model site, Entity... entities) {
        List<Operation> puts = new ArrayList<>();
        for (Entity entity : entities) {
            puts.add(new Operation.Put(entity));
        }
        return Planner.plan(Cluster.of(site), puts, POLICY).orElseThrow();
    }

    private static String refused(Model site, Entity entity) {
        Planning planning = Planner.plan(Cluster.of(site), List.of(new Operation.Put(entity)), POLICY);
        assertThat(planning).isInstanceOf(Planning.Refused.class);
        return String.join("; ", ((Planning.Refused) planning).reasons());
    }

    private static <E extends Entity> E get(Class<E> type, EntityId id) {
        return SamplePlans.site().get(id, type).orElseThrow();
    }

    @Test
    void anArrayOnTwoHostsIsTakenApartOnOne() {
        MdArray right = get(MdArray.class, new LayerId("cfg1-md"));
        Model wrong = SamplePlans.site().with(right.activeOn(List.of(new NodeId("cfg1"), new NodeId("cfg2"))));
        Plan plan = proved(put(wrong, right));
        assertThat(plan.steps()).singleElement().hasToString("1 disassemble layer/cfg1-md node/cfg2");
        Plan back = put(SamplePlans.site(), wrong.get(right.id()).orElseThrow());
        assertThat(back.steps()).singleElement().hasToString("1 assemble layer/cfg1-md node/cfg2");
    }

    @Test
    void anExportWithAnotherAddressIsWithdrawnFirst() {
        // The end on the Secondary: nobody stands still.
        AoeExport spare = get(AoeExport.class, new LayerId("web1-e2"));
        Plan plan = proved(put(SamplePlans.site(), spare.address(AoeAddress.parse("e1.99"))));
        assertThat(verbs(plan)).isEqualTo("withdraw, export");
        assertThat(plan.impacts().get(WEB1)).hasToString("less redundancy");
        // The end on the Primary is the one that answers: the guest is stopped meanwhile.
        AoeExport used = get(AoeExport.class, new LayerId("web1-e1"));
        Plan still = proved(put(SamplePlans.site(), used.address(AoeAddress.parse("e1.99"))));
        assertThat(verbs(still)).isEqualTo("stop, withdraw, export, start");
        assertThat(still.impacts().get(WEB1).kind()).isEqualTo(Impact.Kind.OUTAGE);
    }

    @Test
    void clusterFilesAreWrittenOneByOne() {
        OcfsCluster right = OcfsCluster.of(
                "ocfs",
                List.of(
                        new OcfsCluster.Member(H1, 0, Ipv4Address.parse("10.0.0.121"), 7777),
                        new OcfsCluster.Member(H2, 1, Ipv4Address.parse("10.0.0.122"), 7777)));
        Model wrong = SamplePlans.site()
                .with(new OcfsCluster(
                        new OcfsId("ocfs"),
                        2,
                        false,
                        List.of(),
                        right.members(),
                        right.copies().subList(0, 1)));
        assertThat(put(wrong, right).steps()).singleElement().hasToString("1 write cluster file ocfs/ocfs node/h2");
    }

    @Test
    void whatGrowsIsToldToAllAboveItAndNothingShrinks() {
        Disk one = get(Disk.class, new LayerId("web1-d1"));
        Disk other = get(Disk.class, new LayerId("web1-d2"));
        Model target = SamplePlans.site()
                .with(new Disk(one.id(), one.node(), one.device(), 80 * GIB))
                .with(new Disk(other.id(), other.node(), other.device(), 80 * GIB));
        Plan plan =
                proved(Planner.plan(Cluster.of(SamplePlans.site()), List.of(new SiteOperation.Rollback(target)), POLICY)
                        .orElseThrow());
        assertThat(verbs(plan)).isEqualTo("grow disk, grow disk, resize, reidentify, reidentify");
        Model large = SamplePlans.site()
                .with(new FileSystem(
                        new LayerId("files"),
                        FileSystem.Format.EXT4,
                        new LayerId("web2"),
                        40 * GIB,
                        32,
                        1,
                        Optional.empty()));
        FileSystem less = new FileSystem(
                new LayerId("files"), FileSystem.Format.EXT4, new LayerId("web2"), 20 * GIB, 32, 1, Optional.empty());
        assertThat(refused(large, less)).contains("would have to be made anew");
    }

    @Test
    void aCopyMovesToAnotherMachineAndIsNeverTheOnlyOne() {
        Model site = SamplePlans.site().with(Disk.of("web1-d3", "cfg2", "/dev/vg/web1", 40 * GIB));
        DrbdVolume old = get(DrbdVolume.class, new LayerId("web1-r"));
        Plan plan = put(site, old.replicas(List.of(old.replica(S1).orElseThrow(), Replica.of("cfg2", 2, "web1-d3"))));
        assertThat(plan.steps().stream().map(Step::title))
                .containsExactly(
                        "bring up layer/web1-r node/cfg2",
                        "await sync layer/web1-r node/cfg2",
                        "take down layer/web1-r node/s2");
        assertThat(plan.step(3).after()).containsExactly(2);
    }

    @Test
    void aGuestThatChangesStopsAndStartsAgain() {
        Instance web1 = get(Instance.class, WEB1);
        Instance more = new Instance(
                web1.id(),
                4,
                web1.memoryBytes(),
                web1.boot(),
                web1.volumes(),
                web1.nics(),
                web1.placement(),
                web1.storageMbps());
        Plan plan = proved(put(SamplePlans.site(), more));
        assertThat(verbs(plan)).isEqualTo("stop, define, start");
        assertThat(plan.impacts().get(WEB1)).hasToString("outage of 40 s");
    }

    @Test
    void aServiceAddressIsGivenUpBeforeAnotherIsTaken() {
        HaPair old = get(HaPair.class, new PairId("cfg"));
        HaPair next = new HaPair(
                old.id(),
                old.first(),
                old.second(),
                Ipv4Address.parse("10.0.0.3"),
                old.sharedVolume(),
                old.fencing(),
                old.stack());
        assertThat(verbs(proved(put(SamplePlans.site(), next)))).isEqualTo("drop address, record, take address");
    }

    @Test
    void aNewMachineThatShallWorkBoots() {
        Node wish = SamplePlans.h3().lifecycle(Lifecycle.ready());
        Plan plan = put(SamplePlans.all().get("tag node").site(), wish);
        assertThat(verbs(proved(plan))).isEqualTo("write host entry, boot, await health");
        assertThat(refused(SamplePlans.site(), get(Node.class, H1).lifecycle(new Lifecycle.Fenced(3, "ipmi", "off"))))
                .contains("is cut off by no step but that of an operation that fences it");
    }
}
