package io.diskless.aoe.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The ground that every other test here stands on: this JVM's network is nobody else's. */
@RequiresNetworkNamespace
class NetnsIT {

    @Test
    void interfacesComeAndGoHereAndNoneLeadsOut() throws Exception {
        Set<String> before = Netns.names();
        assertThat(before).contains("lo").isSubsetOf("lo", KernelGuest.TAP_0, KernelGuest.TAP_1);
        assertThat(Files.readAllLines(Path.of("/proc/self/net/route")))
                .as("routes, but for the heading")
                .hasSize(1);
        try (Netns.Wire wire = Netns.veth("dl-a", "dl-b", 9000)) {
            assertThat(Netns.names()).contains(wire.left(), wire.right());
            assertThat(Netns.show("dl-b")).contains("mtu 9000", "LOWER_UP");
            assertThat(Netns.mac("dl-a")).hasSize(6).isNotEqualTo(Netns.mac("dl-b"));
            try (Netns.Wire tap = Netns.tap("dl-t", 1500);
                    Netns.Wire bridge = Netns.bridge("dl-br", 1500, tap.left())) {
                assertThat(Netns.names()).contains("dl-t", bridge.left());
            }
        }
        assertThat(Netns.names()).isEqualTo(before);
    }
}
