package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.RootListener;
import io.diskless.netboot.boot.StandardPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** A disk is given by a boot, and taken when the policy says otherwise; but not from under a system that runs. */
class RootGrantsTest {
    private static final MacAddress RUBY = MacAddress.parse("52:54:00:77:00:01");
    private static final AoeAddress FIRST = AoeAddress.parse("e0.1");
    private static final AoeAddress SECOND = AoeAddress.parse("e1.1");
    private static final List<AoeAddress> BOTH = List.of(FIRST, SECOND);

    private final List<String> heard = new ArrayList<>();
    private final HostList hosts = new HostList(List.of(Host.of(RUBY, HostTag.HARDWARE_NODE, "ruby")));
    private final StandardPolicy policy = StandardPolicy.of(
            hosts,
            Map.of(
                    HostTag.HARDWARE_NODE,
                    BootProfile.ipxe(new BootAnswer.AoeRoot(FIRST, Optional.of(SECOND), false))
                            .build(),
                    HostTag.INSTANCE,
                    BootProfile.ipxe(BootAnswer.AoeRoot.of(SECOND)).build()));
    private final RootGrants grants = new RootGrants(policy, new RootListener() {
        @Override
        public void rootGiven(MacAddress machine, AoeAddress root) {
            heard.add("+" + root);
        }

        @Override
        public void rootTaken(MacAddress machine, AoeAddress root) {
            heard.add("-" + root);
        }
    });

    private static BootFacts asks(BootStage stage) {
        return BootFacts.of(RUBY, stage, OptionalInt.empty());
    }

    private void boots() {
        grants.hear(asks(BootStage.IPXE));
        grants.give(
                asks(BootStage.IPXE),
                BootFields.roots(policy.decide(asks(BootStage.IPXE)).answer()));
    }

    private List<String> heard() {
        List<String> now = List.copyOf(heard);
        heard.clear();
        return now;
    }

    @Test
    void everyBootTellsOfBothPathsAndNoOtherPacketDoes() {
        boots();
        assertThat(heard()).containsExactly("+e0.1", "+e1.1");
        grants.hear(asks(BootStage.SYSTEM));
        grants.hear(asks(BootStage.PXE_FIRMWARE));
        assertThat(heard()).as("firmware has no root itself, but its iPXE will").isEmpty();
        boots();
        assertThat(heard()).containsExactly("+e0.1", "+e1.1");
        assertThat(grants.all()).containsExactly(Map.entry(RUBY, BOTH));
    }

    @Test
    void aRunningSystemKeepsItsDiskAfterANewRoleUntilItBootsAnew() {
        boots();
        heard();
        hosts.tag(RUBY, HostTag.STORAGE_NODE);
        grants.hear(asks(BootStage.SYSTEM));
        assertThat(heard()).isEmpty();
        grants.hear(asks(BootStage.PXE_FIRMWARE));
        assertThat(heard()).containsExactly("-e0.1", "-e1.1");
        assertThat(grants.all()).isEmpty();
    }

    @Test
    void aReviewTakesAtOnceWhatIsNotAnsweredAnyMoreAndLeavesTheRest() {
        boots();
        heard();
        assertThat(grants.review()).isZero();
        hosts.tag(RUBY, HostTag.INSTANCE);
        assertThat(grants.review()).isEqualTo(1);
        assertThat(heard()).containsExactly("-e0.1");
        hosts.remove(RUBY);
        assertThat(grants.review()).isEqualTo(1);
        assertThat(heard()).containsExactly("-e1.1");
    }

    @Test
    void anotherDiskTakesThePlaceOfTheFirst() {
        boots();
        heard();
        grants.give(asks(BootStage.IPXE), List.of(SECOND));
        assertThat(heard()).containsExactly("-e0.1", "+e1.1");
    }

    @Test
    void whoHasALeaseIsRestoredWhoGaveItBackIsNot() {
        assertThat(grants.restore(List.of(new Lease(ip("10.0.0.5"), RUBY, 0, Lease.State.RELEASED))))
                .isZero();
        assertThat(grants.restore(List.of(new Lease(ip("10.0.0.5"), RUBY, 0, Lease.State.BOUND))))
                .isEqualTo(2);
        assertThat(heard()).containsExactly("+e0.1", "+e1.1");
    }

    @Test
    void whatCouldNotBeTakenAgainIsNotGiven() {
        for (int i = 0; i < RootGrants.MOST; i++) {
            grants.give(
                    BootFacts.of(MacAddress.of(0x5254_0100_0000L + i), BootStage.IPXE, OptionalInt.empty()),
                    List.of(FIRST));
        }
        heard();
        boots();
        assertThat(heard()).isEmpty();
        assertThat(grants.all()).hasSize(RootGrants.MOST).doesNotContainKey(RUBY);
    }

    @Test
    void aListenerThatFailsSparesTheNextOne() {
        List<String> second = new ArrayList<>();
        RootListener broken = (machine, root) -> {
            throw new IllegalStateException("broken");
        };
        RootGrants two = new RootGrants(policy, broken.andThen((machine, root) -> second.add("+" + root)));
        two.give(asks(BootStage.IPXE), BOTH);
        assertThat(second).containsExactly("+e0.1", "+e1.1");
        assertThat(two.all()).as("what may have been given is remembered").containsKey(RUBY);
    }
}
