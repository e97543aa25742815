package io.diskless.cluster.rules;

import static io.diskless.cluster.model.SampleSite.GIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.Replica;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each rule holds at a good site, and is broken by the change that it is there for. */
class RulesTest {
    private static final Model GOOD = SampleSite.good();

    static Stream<RuleBreaks.Break> breaks() {
        return RuleBreaks.all();
    }

    @Test
    void nothingIsWrongWithAGoodSite() {
        assertThat(Checked.of(GOOD).findings()).isEmpty();
        assertThat(Checked.of(Model.empty()).isClean()).isTrue();
        // Near misses: a lease during a migration, a cluster whose files are written, a mirror that grows, a full node.
        Model busy = RuleBreaks.migrating(RuleBreaks.leased())
                .apply(GOOD)
                .edit(editor -> editor.put(RuleBreaks.apps("h1", "h2"))
                        .put(RuleBreaks.files(40 * GIB, 64, 2, FileSystem.Format.OCFS2))
                        .put(RuleBreaks.array(MdArray.Level.RAID1).adding(List.of(new LayerId("s1-root"))))
                        .put(Instance.of("big", 14, 59 * GIB).on("h1")));
        assertThat(Checked.of(busy).findings()).isEmpty();
    }

    /** The two ends of one replicated disk: the Primary's answers, under a lease both do. */
    @Test
    void exportsOfOneVolumeOnTwoMachinesShareAnAddress() {
        Model one = RuleBreaks.oneAddress(GOOD);
        assertThat(Checked.of(one).findings()).isEmpty();
        Model leased = RuleBreaks.leased().apply(one);
        DrbdVolume volume = leased.get(new LayerId("web1-r"), DrbdVolume.class).orElseThrow();
        Model both = leased.with(volume.replicas(
                volume.replicas().stream().map(copy -> copy.primary(true)).toList()));
        assertThat(Checked.of(both).findings()).isEmpty();
        // The lease goes, and the exports were not touched.
        Model ended =
                both.with(both.get(volume.id(), DrbdVolume.class).orElseThrow().dualPrimary(new DualPrimary.Never()));
        assertThat(Checked.of(both).update(ended).findings())
                .isEqualTo(Checked.of(ended).findings())
                .anySatisfy(finding -> assertThat(finding.message()).contains("both write without a lease"));
    }

    @Test
    void aNodeInMaintenanceIsAWarningForItsTimeAndALostOneAnError() {
        Node s2 = GOOD.get(new NodeId("s2"), Node.class).orElseThrow();
        DrbdVolume volume = GOOD.get(new LayerId("web1-r"), DrbdVolume.class).orElseThrow();
        Model outdated = GOOD.with(volume.replicas(
                List.of(volume.replicas().get(0), volume.replicas().get(1).state(Replica.State.OUTDATED))));
        for (Model before : List.of(GOOD, outdated)) {
            Checked away = Checked.of(before.with(s2.lifecycle(new Lifecycle.Maintenance())));
            assertThat(of8(away)).isNotEmpty().noneMatch(Finding::isError);
            Checked lost =
                    away.update(away.model().with(s2.lifecycle(new Lifecycle.Lost(Instant.EPOCH, "does not answer"))));
            assertThat(of8(lost)).hasSameSizeAs(of8(away)).allMatch(Finding::isError);
        }
        // Its copy is gone for good, or there never was a second way: its return would not help.
        Model failed = GOOD.with(volume.replicas(
                List.of(volume.replicas().get(0), volume.replicas().get(1).state(Replica.State.FAILED))));
        Model alone = GOOD.with(Multipath.of("web1", "web1-e1"));
        for (Model before : List.of(failed, alone)) {
            assertThat(of8(Checked.of(before.with(s2.lifecycle(new Lifecycle.Maintenance())))))
                    .anyMatch(Finding::isError);
        }
    }

    private static List<Finding> of8(Checked checked) {
        return checked.findings(new InstanceId("web1")).stream()
                .filter(finding -> finding.rule() == Rule.STORAGE_NODE_MAY_STOP)
                .toList();
    }

    @Test
    void everyRuleIsBrokenByATest() {
        assertThat(breaks().map(RuleBreaks.Break::rule).distinct()).containsExactlyInAnyOrder(Rule.values());
    }

    @ParameterizedTest
    @MethodSource("breaks")
    void aBrokenRuleIsFoundWithItsPlaceAndCause(RuleBreaks.Break broken) {
        Model wrong = broken.change().apply(GOOD);
        List<Finding> findings = Checked.of(wrong).findings();
        List<Finding> own =
                findings.stream().filter(f -> f.rule() == broken.rule()).toList();
        assertThat(own).as("%s", findings).isNotEmpty();
        for (Finding finding : own) {
            assertThat(finding.message()).isNotBlank();
            assertThat(finding.cause()).isNotBlank();
            assertThat(finding.toString())
                    .contains("[" + broken.rule().number() + " " + broken.rule().id() + "]");
            if (broken.rule() != Rule.INFRASTRUCTURE_FIRST) {
                assertThat(finding.path()).isNotEmpty();
            }
        }
        // Checked as a change, in both directions, it is the same.
        Checked good = Checked.of(GOOD);
        assertThat(good.update(wrong).findings()).isEqualTo(findings);
        assertThat(good.update(wrong).update(GOOD).findings()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("breaks")
    void aRepairMakesItsFindingVanish(RuleBreaks.Break broken) {
        Model wrong = broken.change().apply(GOOD);
        Checked before = Checked.of(wrong);
        List<Finding> own = before.findings().stream()
                .filter(f -> f.rule() == broken.rule() && f.repair().isPresent())
                .toList();
        if (broken.repairable()) {
            assertThat(own).isNotEmpty();
        }
        for (Finding finding : own) {
            Model repaired = finding.repair().orElseThrow().applyTo(wrong);
            assertThat(before.update(repaired).findings()).doesNotContain(finding);
        }
    }

    @Test
    void numbersAreTheirPlacesForEver() {
        assertThat(Stream.of(Rule.values()).map(Rule::number).toList())
                .isEqualTo(IntStream.rangeClosed(0, 25).boxed().toList());
        for (Rule rule : Rule.values()) {
            assertThat(rule.origin()).isNotBlank();
            assertThat(rule.title()).isNotBlank();
        }
    }
}
