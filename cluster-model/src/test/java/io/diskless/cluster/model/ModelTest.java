package io.diskless.cluster.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.Ipv4Address;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model answers by name and by reference, and changes without changing. */
class ModelTest {
    private static final NodeId H1 = new NodeId("h1");
    private static final NodeId H2 = new NodeId("h2");
    private static final InstanceId WEB1 = new InstanceId("web1");

    private final Model model = SampleSite.good();

    private static Instance web1(Model model) {
        return model.get(WEB1, Instance.class).orElseThrow();
    }

    @Test
    void aThingIsFoundByItsNameAndSort() {
        assertThat(model.get(H1, HardwareNode.class)).isPresent();
        assertThat(model.get(H1, Node.class)).isPresent();
        assertThat(model.get(H1, Instance.class)).isEmpty();
        assertThat(model.get(new NodeId("nobody"))).isEmpty();
        // One text, two types, two things.
        assertThat(model.get(new LayerId("web1"))).isNotEqualTo(model.get(WEB1));
        assertThat(model.all(HardwareNode.class)).extracting(HardwareNode::id).containsExactly(H1, H2);
    }

    @Test
    void theIndexFollowsAGuestThatMoves() {
        assertThat(model.referrers(H1)).contains(WEB1);
        assertThat(model.amount(new Claim.Memory(H1))).isEqualTo(4 * SampleSite.GIB);

        Model moving = model.with(web1(model).placement(new Placement.Migrating(H1, H2, 7)));
        assertThat(moving.amount(new Claim.Memory(H1))).isEqualTo(4 * SampleSite.GIB);
        assertThat(moving.amount(new Claim.Memory(H2))).isEqualTo(4 * SampleSite.GIB);

        Model moved = moving.with(web1(moving).on("h2"));
        assertThat(moved.referrers(H1)).doesNotContain(WEB1);
        assertThat(moved.amount(new Claim.Memory(H1))).isZero();
        assertThat(moved.amount(new Claim.Cpus(H2))).isEqualTo(2);
        // The old one is as it was.
        assertThat(model.referrers(H1)).contains(WEB1);
    }

    @Test
    void aClaimKnowsItsClaimants() {
        Claim mac = new Claim.Aoe(new SegmentId("san"), AoeAddress.parse("e1.10"));
        assertThat(model.claimants(mac)).containsExactly(new LayerId("web1-e1"));
        assertThat(model.without(new LayerId("web1-e1")).claimants(mac)).isEmpty();
        assertThat(model.claimantCount(new Claim.ReadyStorageNode())).isEqualTo(2);
        assertThat(model.amount(new Claim.ReadyHardwareNode())).isEqualTo(128 * SampleSite.GIB);
    }

    @Test
    void equalModelsAreEqualWhateverTheWay() {
        Model there = model.with(web1(model).on("h2"));
        Model back = there.with(web1(model));
        assertThat(there).isNotEqualTo(model);
        assertThat(back).isEqualTo(model).hasSameHashCodeAs(model);
        assertThat(model.with(web1(model))).isSameAs(model);
        assertThat(model.without(new NodeId("nobody"))).isSameAs(model);
    }

    @Test
    void aDiffIsDataThatLeadsThereAndBack() {
        Model after = model.edit(editor -> editor.put(web1(model).on("h2"))
                .remove(new LayerId("web1-e2"))
                .put(Instance.of("db1", 4, SampleSite.GIB)));
        Diff diff = model.diff(after);
        assertThat(diff).hasToString("- layer/web1-e2\n+ instance/db1\n~ instance/web1");
        assertThat(diff.applyTo(model)).isEqualTo(after);
        assertThat(diff.reversed().applyTo(after)).isEqualTo(model);
        assertThat(model.diff(model).isEmpty()).isTrue();
    }

    @Test
    void whatIsNotKnownIsAValue() {
        Observation.Evidence agent = new Observation.Evidence("agent h1", Instant.EPOCH);
        Observed seen = Observed.nothing().seen(web1(model), agent).absent(H2, agent);
        assertThat(seen.of(WEB1)).isEqualTo(new Observation.Seen(web1(model), agent));
        assertThat(seen.of(H2)).isEqualTo(new Observation.Absent(agent));
        assertThat(seen.of(H1)).isEqualTo(new Observation.Unknown());
        assertThat(seen.forget(H2).of(H2)).isEqualTo(new Observation.Unknown());
        assertThat(seen.known()).containsExactly(H2, WEB1);

        Cluster cluster = Cluster.of(model).observe(nothing -> seen);
        assertThat(cluster.revision()).isEqualTo(1);
        assertThat(cluster.desired()).isSameAs(model);
    }

    @Test
    void onlyTheListedChangesOfLifeExist() {
        Lifecycle ready = Lifecycle.ready();
        Lifecycle lost = new Lifecycle.Lost(Instant.EPOCH, "no answer");
        assertThat(new Lifecycle.Announced().canBecome(new Lifecycle.Tagged())).isTrue();
        assertThat(new Lifecycle.Announced().canBecome(ready)).isFalse();
        assertThat(ready.canBecome(new Lifecycle.Maintenance())).isFalse();
        assertThat(new Lifecycle.Draining("disk").canBecome(new Lifecycle.Maintenance()))
                .isTrue();
        // Drained is not dead: only what is lost or works can be fenced.
        assertThat(new Lifecycle.Maintenance().canBecome(new Lifecycle.Fenced(1, "pdu", "off")))
                .isFalse();
        assertThat(lost.canBecome(new Lifecycle.Fenced(1, "pdu", "off"))).isTrue();
        assertThat(new Lifecycle.Retired().canBecome(ready)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "-a", "a b", "ä", "a/b", "0123456789012345678901234567890123456789012345678901234567890123x"
            })
    void aMalformedNameCannotExist(String name) {
        assertThatThrownBy(() -> new NodeId(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name);
    }

    @Test
    void aNameIsReadBackFromItsPath() {
        model.forEach(
                entity -> assertThat(EntityId.parse(entity.id().toString())).isEqualTo(entity.id()));
        for (String wrong : List.of("h1", "nodes/h1", "node/", "/h1")) {
            assertThatThrownBy(() -> EntityId.parse(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.256", "10.0.0", "10.0.0.01", "10.0.0.1.2", "a.b.c.d", "10.0.0.-1", ""})
    void whatIsNoIpv4Address(String text) {
        assertThatThrownBy(() -> Ipv4Address.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anIpv4AddressPrintsAsItWasRead() {
        assertThat(Ipv4Address.parse("10.20.255.1")).hasToString("10.20.255.1");
        assertThat(Ipv4Address.parse("255.0.0.1").isUnicast()).isFalse();
        assertThat(Ipv4Address.parse("192.168.0.1").isUnicast()).isTrue();
    }
}
