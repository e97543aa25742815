package io.diskless.cluster.placement;

import static io.diskless.cluster.model.SampleSite.GIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.rules.Checked;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where a guest goes, and how many more there may be. */
class PlacerTest {
    private static final InstanceId NEW = new InstanceId("new");
    private static final NodeId H1 = new NodeId("h1");
    private static final NodeId H2 = new NodeId("h2");

    private static Checked with(Instance... more) {
        Model site = SampleSite.good();
        for (Instance guest : more) {
            site = site.with(guest);
        }
        return Checked.of(site);
    }

    private static Instance fresh(long memory) {
        return Instance.of("new", 2, memory).nic("52:54:00:bb:00:09", "lan");
    }

    @Test
    void spreadTakesTheEmptyNodeAndPackTheFullOne() {
        Checked site = with(fresh(4 * GIB));
        assertThat(Placer.place(site, NEW, Strategy.SPREAD).chosen()).contains(H2);
        assertThat(Placer.place(site, NEW, Strategy.PACK).chosen()).contains(H1);
        assertThat(Placer.place(site, NEW, Strategy.SPREAD).explain()).isEqualTo("h2: score 937; h1: score 875");
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void choosingIsPlacingWithoutTheReasons(Strategy strategy) {
        for (long memory : List.of(GIB, 50 * GIB, 61 * GIB, 100 * GIB)) {
            Checked site = with(fresh(memory));
            assertThat(Placer.choose(site, NEW, strategy))
                    .isEqualTo(Placer.place(site, NEW, strategy).chosen());
        }
    }

    @Test
    void everyRejectedNodeIsExplained() {
        Model site = with(fresh(62 * GIB)).model();
        HardwareNode h2 = site.get(H2, HardwareNode.class).orElseThrow();
        Decision drained =
                Placer.place(Checked.of(site.with(h2.lifecycle(new Lifecycle.Draining("test")))), NEW, Strategy.SPREAD);
        assertThat(drained.chosen()).isEmpty();
        assertThat(drained.candidates())
                .extracting(Candidate::toString)
                .containsExactly(
                        "h1: guests take 67584 MiB of 65536 MiB [guests-fit]",
                        "h2: the node is Draining, not Ready [life]");
        List<Nic> ports = h2.machine().nics();
        HardwareNode bare = h2.machine(h2.machine().nics(ports.subList(1, ports.size())));
        Decision unplugged = Placer.place(Checked.of(site.with(bare)), NEW, Strategy.SPREAD);
        assertThat(unplugged.explain()).contains("h2: has no port on lan for 52:54:00:bb:00:09 [segment]");
    }

    @Test
    void aSpareNodeIsKeptWhereThatIsPossible() {
        // 56 GiB run; on h2 another 4 GiB leave enough on either for all of it, 10 GiB nowhere do.
        Checked roomy = with(Instance.of("big", 2, 52 * GIB).on("h1"), fresh(4 * GIB));
        assertThat(Placer.place(roomy, NEW, Strategy.N_PLUS_ONE).candidates())
                .allMatch(candidate -> !candidate.isPossible() || candidate.score() >= 0);
        Checked tight = with(Instance.of("big", 2, 52 * GIB).on("h1"), fresh(10 * GIB));
        Decision decision = Placer.place(tight, NEW, Strategy.N_PLUS_ONE);
        assertThat(decision.chosen()).contains(H2);
        assertThat(decision.candidates().get(0).score()).isNegative();
    }

    @Test
    void whoIsNotThereCannotBePlaced() {
        assertThatThrownBy(() -> Placer.place(with(), NEW, Strategy.SPREAD))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("instance/new");
    }

    @Test
    void capacityIsWhatFitsAndTheNextOneIsStoppedByARule() {
        Shape shape = new Shape(1, 10 * GIB, 0, List.of(new SegmentId("lan")));
        Checked site = with();
        Capacity capacity = Capacity.of(site, shape, false);
        // 64 GiB each, of which web1 has 4 on h1.
        assertThat(capacity.byNode()).containsEntry(H1, 6).containsEntry(H2, 6);
        assertThat(capacity.more()).isEqualTo(12);
        assertThat(capacity.stops().get("h1"))
                .singleElement()
                .extracting(Candidate.Rejection::filter)
                .isEqualTo("guests-fit");
        // So many do start, one after the other, and one more does not.
        Model full = site.model();
        for (int i = 0; i < 12; i++) {
            InstanceId id = new InstanceId("n" + i);
            Instance next = Instance.of(id.name(), 1, 10 * GIB);
            NodeId node = Placer.choose(Checked.of(full.with(next)), id, Strategy.SPREAD)
                    .orElseThrow();
            full = full.with(next.placement(new Placement.On(node)));
        }
        Checked last = Checked.of(full.with(Instance.of("n12", 1, 10 * GIB)));
        assertThat(Placer.choose(last, new InstanceId("n12"), Strategy.SPREAD)).isEmpty();
        assertThat(Capacity.of(last, shape, false).more()).isZero();
    }

    @Test
    void processorsAndTrafficCountToo() {
        assertThat(Capacity.of(with(), new Shape(4, GIB, 0, List.of()), false).byNode())
                .containsEntry(H1, 3)
                .containsEntry(H2, 4);
        Capacity busy = Capacity.of(with(), new Shape(1, GIB, 15_000, List.of()), false);
        assertThat(busy.more()).isEqualTo(2);
        assertThat(busy.stops().get("h2"))
                .singleElement()
                .extracting(Candidate.Rejection::filter)
                .isEqualTo("traffic-fits");
    }

    @Test
    void aNodeWithoutTheSegmentTakesNone() {
        Capacity none = Capacity.of(with(), new Shape(1, GIB, 0, List.of(new SegmentId("dmz"))), false);
        assertThat(none.more()).isZero();
        assertThat(none.stops().get("h1").get(0).filter()).isEqualTo("segment");
    }

    @Test
    void withASpareFewerFit() {
        Shape shape = new Shape(1, 10 * GIB, 0, List.of());
        Capacity spare = Capacity.of(with(), shape, true);
        // One node's 64 GiB are for all: 4 are taken.
        assertThat(spare.more()).isEqualTo(6);
        assertThat(spare.stops()).containsOnlyKeys("site");
        assertThat(spare.stops().get("site").get(0).message()).contains("without h1, 65536 MiB are left");
    }
}
