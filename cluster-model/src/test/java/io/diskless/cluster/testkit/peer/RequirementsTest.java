package io.diskless.cluster.testkit.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RequirementsTest {

    @Test
    void whatIsThereEnablesTheTest() {
        assertThat(Requirements.decide(Optional.empty(), false).isDisabled()).isFalse();
        assertThat(Requirements.decide(Optional.empty(), true).isDisabled()).isFalse();
    }

    @Test
    void whatIsMissingSkipsOnALaptopWithTheReason() {
        var decision = Requirements.decide(Optional.of("no vblade"), false);
        assertThat(decision.isDisabled()).isTrue();
        assertThat(decision.getReason()).contains("no vblade");
    }

    @Test
    void whatIsMissingFailsInContinuousIntegration() {
        assertThatThrownBy(() -> Requirements.decide(Optional.of("no vblade"), true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no vblade");
    }

    @Test
    void theNamespaceIsWhatTheLauncherSays() {
        assertThat(Netns.whyNot("true", "")).isEmpty();
        assertThat(Netns.whyNot("user", "")).isEmpty();
        assertThat(Netns.whyNot("none", "no right to"))
                .hasValueSatisfying(why -> assertThat(why).contains("no right to"));
        assertThat(Netns.whyNot(null, ""))
                .hasValueSatisfying(why -> assertThat(why).contains(".ci/netns/bin/java"));
    }

    @Test
    void aPeerNobodyHasIsNamedWithTheRemedy() {
        assertThat(Peers.whyNot(List.of("sh", "no-such-peer")))
                .hasValueSatisfying(
                        why -> assertThat(why).startsWith("no-such-peer").contains(".ci/peers"));
        assertThat(Peers.whyNot(List.of("sh"))).isEmpty();
    }

    @Test
    void aCommandThatFailsTellsWhatItPrinted() {
        Processes.Result result = Processes.run("sh", "-c", "echo out; echo err >&2; exit 3");
        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.output()).isEqualTo("out\nerr\n");
        assertThatThrownBy(result::orThrow).hasMessageContaining("exited with 3: out\nerr");
    }

    @Test
    void aCommandThatHangsIsKilled() {
        assertThatThrownBy(() -> Processes.run(List.of("sh", "-c", "echo before; exec sleep 1000"), 1))
                .hasMessageContaining("did not end within 1 s; it printed: before");
    }
}
