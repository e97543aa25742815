package io.diskless.cluster.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.FencerId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.plan.run.SimulationOptions;
import io.diskless.cluster.rules.Checked;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What happens to a site, and what becomes of its guests. */
class SimulatorTest {
    private static final InstanceId WEB1 = new InstanceId("web1");
    private static final NodeId H2 = new NodeId("h2");

    private static SimulationReport run(Model site, Scenario scenario) {
        return Simulator.run(site, scenario, Physics.standard(), SimulationOptions.faultless(1));
    }

    private static List<String> lines(SimulationReport report) {
        return report.timeline().stream().map(TimelineEvent::toString).toList();
    }

    private static String all(SimulationReport report) {
        return String.join("\n", lines(report));
    }

    @Test
    void afterAPowerCutEverythingBootsInTheOrderOfWhatItNeeds() {
        Model site = LargerSite.of(6, 8);
        assertThat(Checked.of(site).isAccepted()).isTrue();
        SimulationReport report = run(site, new Scenario.BootStorm());
        assertThat(report.lost()).isEmpty();
        assertThat(report.moved()).isEmpty();
        assertThat(report.end()).isEqualTo(site);
        assertThat(report.boots().keySet()).containsExactly("ConfigNode", "HardwareNode", "Instance", "StorageNode");
        assertThat(report.boots().get("HardwareNode").count()).isEqualTo(6);
        assertThat(report.boots().get("Instance").count()).isEqualTo(8);
        assertThat(report.boots().get("HardwareNode").least())
                .isGreaterThan(report.boots().get("ConfigNode").least());
        assertThat(report.boots().get("Instance").least())
                .isGreaterThan(report.boots().get("HardwareNode").least());
        assertThat(report.worst().down()).isEqualTo(8);
        assertThat(report.outages().get(WEB1)).isLessThanOrEqualTo(report.length());
        List<Duration> times = report.timeline().stream().map(TimelineEvent::at).toList();
        assertThat(times).isSorted();
    }

    @Test
    void whoFindsNoConfigNodeAsksAgainAndGivesUp() {
        Model site = SampleSite.good();
        for (ConfigNode node : site.all(ConfigNode.class)) {
            site = site.with(node.servesBoot(false));
        }
        SimulationReport report = run(site, new Scenario.BootStorm());
        assertThat(report.lost()).containsExactly(WEB1);
        assertThat(all(report)).contains("node/s1 got no offer and begins again", "node/h1 gives up: no ConfigNode");
        assertThat(report.length()).isGreaterThanOrEqualTo(Physics.standard().patience());
    }

    @Test
    void slowerDisksMakeBootsSlower() {
        Model site = LargerSite.of(12, 1);
        SimulationReport fast = run(site, new Scenario.BootStorm());
        SimulationReport slow = Simulator.run(
                site, new Scenario.BootStorm(), Physics.standard().disks(20_000_000), SimulationOptions.faultless(1));
        // 12 hosts read 300 MiB each from one machine's disks, for its copies are the Primaries.
        assertThat(slow.boots().get("HardwareNode").most())
                .isGreaterThan(Duration.ofSeconds(12 * 300L * 1024 * 1024 / 20_000_000))
                .isGreaterThan(fast.boots().get("HardwareNode").most().plusSeconds(60));
    }

    @Test
    void theGuestsOfALostRackRunInTheOther() {
        Model site = LargerSite.of(4, 6);
        SimulationReport report = run(site, new Scenario.RackLoss("r1"));
        assertThat(report.lost()).as(all(report)).isEmpty();
        assertThat(report.moved()).isNotEmpty().containsKey(WEB1);
        assertThat(report.moved().values())
                .allSatisfy(node -> assertThat(report.end()
                                .get(node, Node.class)
                                .orElseThrow()
                                .machine()
                                .domain()
                                .rack())
                        .isEqualTo("r2"));
        assertThat(report.end()
                        .get(new NodeId("cfg2"), ConfigNode.class)
                        .orElseThrow()
                        .servesBoot())
                .isTrue();
        assertThat(report.end().get(new NodeId("s1"), Node.class).orElseThrow().lifecycle())
                .isInstanceOf(Lifecycle.Fenced.class);
        assertThat(report.worst().down() + report.worst().standing()).isEqualTo(6);
        assertThat(report.outages().get(WEB1)).isGreaterThan(Duration.ofSeconds(5));
        assertThat(all(report)).contains("fail over pair/cfg", "fence node/s1", "start 4 guests");
    }

    @Test
    void whatNoDeviceCutsOffIsNotStartedElsewhere() {
        Model site = LargerSite.of(4, 6).without(new FencerId("ipmi"));
        SimulationReport report = run(site, new Scenario.RackLoss("r1"));
        assertThat(report.lost()).contains(WEB1);
        assertThat(report.moved()).isEmpty();
        assertThat(all(report)).contains("fence node/h1 is refused: fence node/h1: no fencing device reaches node/h1");
    }

    @Test
    void noGuestNoticesThatStorageNodesAreDrainedInTurn() {
        Model site = LargerSite.of(2, 4);
        SimulationReport report = run(site, new Scenario.RollingDrain(Duration.ofMinutes(5)));
        assertThat(report.lost()).isEmpty();
        assertThat(report.moved()).isEmpty();
        assertThat(all(report)).contains("drain node/s1 is done", "return of node/s1 is done", "drain node/s2 is done");
        assertThat(report.worst().down()).isZero();
        assertThat(report.worst().withoutSpare()).isLessThanOrEqualTo(4);
        // The time between the writers, as long as promoting takes.
        assertThat(report.outages().values()).allSatisfy(out -> assertThat(out).isLessThan(Duration.ofSeconds(5)));
        for (DrbdVolume volume : report.end().all(DrbdVolume.class)) {
            assertThat(volume.replicas()).extracting(Replica::state).containsOnly(Replica.State.UP_TO_DATE);
            assertThat(volume.primaries()).isEqualTo(1);
        }
        assertThat(report.end().all(Node.class)).allMatch(node -> node.lifecycle() instanceof Lifecycle.Ready);
    }

    @Test
    void aDrainThatWouldHurtIsNotBegun() {
        Model site = SampleSite.good();
        DrbdVolume volume = site.get(new LayerId("web1-r"), DrbdVolume.class).orElseThrow();
        Model broken = site.with(volume.replicas(
                List.of(volume.replicas().get(0), volume.replicas().get(1).state(Replica.State.INCONSISTENT))));
        SimulationReport report = run(broken, new Scenario.RollingDrain(Duration.ZERO));
        assertThat(report.lost()).isEmpty();
        assertThat(report.end()).isEqualTo(broken);
        assertThat(all(report)).contains("drain node/s1 is refused", "web1-r has no good copy elsewhere");
    }

    @Test
    void aSplitIsBridgedByTheStorageNodeOnTheGuestsSide() {
        SimulationReport report = run(
                SampleSite.good(),
                new Scenario.SplitSegment(new SegmentId("san"), List.of(new NodeId("s1")), Duration.ofMinutes(10)));
        assertThat(report.lost()).as(all(report)).isEmpty();
        assertThat(all(report))
                .contains(
                        "instance/web1 stands still",
                        "instance/web1 has no host that sees a writable path",
                        "drain node/s1 is done",
                        "instance/web1 works again",
                        "segment/san is whole again",
                        "return of node/s1 is done");
        assertThat(report.outages().get(WEB1)).isLessThan(Duration.ofMinutes(5));
    }

    @Test
    void aGuestMovesToTheSideOfItsWriter() {
        SimulationReport report = run(
                SampleSite.good(),
                new Scenario.SplitSegment(new SegmentId("san"), List.of(new NodeId("s1"), H2), Duration.ofMinutes(10)));
        assertThat(report.lost()).as(all(report)).isEmpty();
        assertThat(report.moved()).containsEntry(WEB1, H2);
    }

    @Test
    void whatIsNotHeardAtAllIsCutOffBeforeItsGuestsAreStartedElsewhere() {
        // One segment only: who is on the other side might write, and nobody can ask it.
        Model site = LargerSite.of(2, 2);
        for (Node node : site.all(Node.class)) {
            site = site.with(node.machine(node.machine()
                    .nics(node.machine().nics().stream()
                            .filter(nic -> nic.segment().name().equals("san") || node instanceof ConfigNode)
                            .map(nic -> new io.diskless.cluster.model.node.Nic(
                                    nic.name(),
                                    nic.mac(),
                                    new SegmentId("san"),
                                    nic.speedMbps(),
                                    nic.mtu(),
                                    nic.address()))
                            .toList())));
        }
        for (Instance guest : site.all(Instance.class)) {
            site = site.with(new Instance(
                    guest.id(),
                    guest.vcpus(),
                    guest.memoryBytes(),
                    guest.boot(),
                    guest.volumes(),
                    List.of(),
                    guest.placement(),
                    0));
        }
        Scenario split = new Scenario.SplitSegment(
                new SegmentId("san"), List.of(new NodeId("h1"), new NodeId("s1")), Duration.ofMinutes(10));
        SimulationReport report = run(site, split);
        List<String> lines = lines(report);
        assertThat(report.lost()).as(all(report)).isEmpty();
        int cut = indexOf(lines, "fence node/h1 is done");
        assertThat(cut).isLessThan(indexOf(lines, "start instance/web1 node/h2"));
        assertThat(report.moved()).containsEntry(WEB1, H2);

        Model nobodyCuts = site.without(new FencerId("ipmi"));
        SimulationReport left = run(nobodyCuts, split);
        assertThat(left.moved()).isEmpty();
        assertThat(left.lost()).isEmpty();
        assertThat(all(left)).contains("no fencing device reaches node/h1").doesNotContain("start instance");
    }

    private static int indexOf(List<String> lines, String text) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(text)) {
                return i;
            }
        }
        throw new AssertionError("no line has \"" + text + "\": " + lines);
    }

    @Test
    void aScenarioNamesWhatIsThere() {
        Model site = SampleSite.good();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(site, new Scenario.RackLoss("r9")))
                .withMessageContaining("\"r9\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(site, new Scenario.SplitSegment(new SegmentId("no"), List.of(), Duration.ZERO)))
                .withMessageContaining("segment/no");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(
                        site, new Scenario.SplitSegment(new SegmentId("san"), List.of(new NodeId("x")), Duration.ZERO)))
                .withMessageContaining("node/x");
    }
}
