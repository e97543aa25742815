package io.diskless.aoe.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import org.junit.jupiter.api.Test;

/** The ground that every other test here stands on: this JVM's network is nobody else's. */
@RequiresNetworkNamespace
class NetnsIT {

    @Test
    void onlyLoopbackIsThereUntilATestMakesMore() throws Exception {
        assertThat(Netns.names()).containsExactly("lo");
        try (Netns.Wire wire = Netns.veth("dl-a", "dl-b", 9000)) {
            assertThat(Netns.names()).containsExactlyInAnyOrder("lo", wire.left(), wire.right());
            assertThat(Netns.show("dl-b")).contains("mtu 9000", "LOWER_UP");
            assertThat(Netns.mac("dl-a")).hasSize(6).isNotEqualTo(Netns.mac("dl-b"));
            try (Netns.Wire tap = Netns.tap("dl-t", 1500);
                    Netns.Wire bridge = Netns.bridge("dl-br", 1500, tap.left())) {
                assertThat(Netns.names()).contains("dl-t", bridge.left());
            }
        }
        assertThat(Netns.names()).containsExactly("lo");
    }
}
