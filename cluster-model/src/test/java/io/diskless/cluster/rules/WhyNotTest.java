package io.diskless.cluster.rules;

import static io.diskless.cluster.model.SampleSite.GIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Why something should not be, and what would have to change. */
class WhyNotTest {
    private static final InstanceId WEB1 = new InstanceId("web1");
    private static final NodeId H2 = new NodeId("h2");

    @Test
    void nothingSpeaksAgainstAMoveThatFits() {
        Explanation why = Checked.of(SampleSite.good()).whyNot(new Operation.StartInstance(WEB1, H2));
        assertThat(why.isPossible()).isTrue();
        assertThat(why).hasToString("start instance/web1 on node/h2: nothing speaks against it");
    }

    @Test
    void aFullNodeIsNamedWithWhatIsMissing() {
        Model full = SampleSite.good().with(Instance.of("big", 2, 62 * GIB).on("h2"));
        Explanation why = Checked.of(full).whyNot(new Operation.StartInstance(WEB1, H2));
        assertThat(why.isPossible()).isFalse();
        assertThat(why.reasons()).hasSize(1);
        assertThat(why.reasons().get(0).rule()).isEqualTo(Rule.GUESTS_FIT);
        assertThat(why.toString())
                .contains("guests take 67584 MiB of 65536 MiB")
                .contains("no remedy known");
    }

    @Test
    void onlyWhatTheOperationBreaksIsAReason() {
        // Something is wrong before, and stays wrong; it is no reason.
        Model wrong = SampleSite.good().without(new LayerId("s1-root"));
        Checked before = Checked.of(wrong);
        assertThat(before.isAccepted()).isFalse();
        assertThat(before.whyNot(new Operation.StartInstance(WEB1, H2)).reasons())
                .isEmpty();
    }

    @Test
    void theRemedyIsTheFewestRepairs() {
        Model model = SampleSite.good();
        LayerId id = new LayerId("web1-r");
        DrbdVolume volume = model.get(id, DrbdVolume.class).orElseThrow();
        DrbdVolume loose =
                volume.policy(volume.policy().protocol(DrbdPolicy.Protocol.A).fencing(DrbdPolicy.Fencing.DONT_CARE));
        Operation lease = new Operation.Put(loose.dualPrimary(new DualPrimary.Leased("web1", 7, Instant.EPOCH)));
        Explanation why = Checked.of(model.with(loose)).whyNot(lease);
        assertThat(why.reasons()).hasSize(2).allMatch(f -> f.rule() == Rule.DUAL_PRIMARY_GUARDED);
        List<Operation> remedy = why.remedy().orElseThrow();
        assertThat(remedy).hasSize(2);
        Model after = lease.applyTo(model.with(loose));
        for (Operation repair : remedy) {
            after = repair.applyTo(after);
        }
        assertThat(Checked.of(after).isAccepted()).isTrue();
    }

    @Test
    void aMigrationWithACacheIsRepairedAtTheGuest() {
        Model model = SampleSite.good();
        DrbdVolume volume = model.get(new LayerId("web1-r"), DrbdVolume.class).orElseThrow();
        Model leased = model.with(volume.dualPrimary(new DualPrimary.Leased("web1", 7, Instant.EPOCH)));
        Instance cached = model.get(WEB1, Instance.class)
                .orElseThrow()
                .volumes(List.of(new VolumeUse(new LayerId("web1"), true, VolumeUse.Cache.WRITE_BACK)));
        Operation move = new Operation.Put(cached.placement(new Placement.Migrating(new NodeId("h1"), H2, 7)));
        Explanation why = Checked.of(leased.with(cached)).whyNot(move);
        assertThat(why.isPossible()).isFalse();
        assertThat(why.remedy().orElseThrow()).hasSize(1);
    }

    @Test
    void whatIsNotThereCannotBeAskedFor() {
        assertThatThrownBy(() -> Checked.of(Model.empty()).whyNot(new Operation.StopInstance(WEB1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("instance/web1");
    }
}
