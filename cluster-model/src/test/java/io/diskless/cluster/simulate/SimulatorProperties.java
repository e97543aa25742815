package io.diskless.cluster.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.plan.run.SimulationOptions;
import io.diskless.cluster.rules.Checked;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What holds of every run. */
class SimulatorProperties {
    private static final Model SITE = LargerSite.of(4, 5);

    static {
        if (!Checked.of(SITE).isAccepted()) {
            throw new IllegalStateException(Checked.of(SITE).findings().toString());
        }
    }

    @Provide
    Arbitrary<Scenario> scenarios() {
        Arbitrary<Scenario> split = Arbitraries.of("s1", "s2", "h1", "h2", "h3", "h4", "cfg1", "cfg2")
                .map(NodeId::new)
                .list()
                .uniqueElements()
                .ofMaxSize(5)
                .map(part -> new Scenario.SplitSegment(new SegmentId("san"), part, Duration.ofMinutes(5)));
        return Arbitraries.oneOf(
                Arbitraries.just(new Scenario.BootStorm()),
                Arbitraries.of("r1", "r2").map(Scenario.RackLoss::new),
                Arbitraries.integers().between(0, 900).map(s -> new Scenario.RollingDrain(Duration.ofSeconds(s))),
                split);
    }

    @Property(tries = 60)
    void oneSeedIsOneRun(
            @ForAll("scenarios") Scenario scenario, @ForAll long seed, @ForAll @IntRange(max = 100) int fails) {
        SimulationOptions options = new SimulationOptions(fails, 0, seed);
        SimulationReport once = Simulator.run(SITE, scenario, Physics.standard(), options);
        SimulationReport again = Simulator.run(LargerSite.of(4, 5), scenario, Physics.standard(), options);
        assertThat(again).isEqualTo(once);
        assertThat(again.toString()).isEqualTo(once.toString());
    }

    /** The site keeps the rules and nothing else goes wrong: then no guest is lost, whatever happens. */
    @Property(tries = 60)
    void noGuestIsLostWhileTheRulesHold(@ForAll("scenarios") Scenario scenario, @ForAll long seed) {
        SimulationReport report = Simulator.run(SITE, scenario, Physics.standard(), SimulationOptions.faultless(seed));
        assertThat(report.lost()).as(report.timeline().toString()).isEmpty();
    }

    /** Whatever fails on the way: nothing is made or forgotten, and nothing is written from two sides. */
    @Property(tries = 60)
    void whateverFailsEverythingIsStillThereOnce(
            @ForAll("scenarios") Scenario scenario, @ForAll long seed, @ForAll @IntRange(max = 400) int fails) {
        SimulationReport report =
                Simulator.run(SITE, scenario, Physics.standard(), new SimulationOptions(fails, 50, seed));
        List<Object> before = new ArrayList<>();
        SITE.forEach(entity -> before.add(entity.id()));
        List<Object> after = new ArrayList<>();
        report.end().forEach(entity -> after.add(entity.id()));
        assertThat(after).containsExactlyInAnyOrderElementsOf(before);
        for (DrbdVolume volume : report.end().all(DrbdVolume.class)) {
            assertThat(volume.primaries()).as(volume.toString()).isLessThanOrEqualTo(1);
        }
        int guests = SITE.all(Instance.class).size();
        Redundancy worst = report.worst();
        assertThat(worst.safe() + worst.withoutSpare() + worst.standing() + worst.down())
                .isEqualTo(guests);
        assertThat(report.timeline().stream().map(TimelineEvent::at).toList()).isSorted();
        assertThat(report.outages().values()).allSatisfy(out -> assertThat(out).isLessThanOrEqualTo(report.length()));
        assertThat(report.lost()).allSatisfy(guest -> assertThat(report.moved()).doesNotContainKey(guest));
    }
}
