package io.diskless.benchmarks.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Message;
import io.diskless.benchmarks.lab.site.Namespaces;
import io.diskless.benchmarks.lab.site.Node;
import io.diskless.benchmarks.lab.site.NodePlan;
import io.diskless.benchmarks.lab.site.SitePlan;
import io.diskless.benchmarks.lab.site.VethFabric;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Namespaces, veth pairs and processes, with the real program of a node in each. */
@RequiresNetworkNamespace
class VethFabricIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    Path logs;

    @Test
    void eachNodeIsAProcessWithAPortOfItsOwnAndNoneSurvives() throws Exception {
        Namespaces namespaces = Namespaces.probe().namespaces().orElseThrow();
        SitePlan site = SitePlan.standard(9000);
        List<ProcessHandle> before = ProcessHandle.current().descendants().toList();
        try (VethFabric fabric = VethFabric.open(namespaces, site.mtu(), AgentProcesses::command, logs)) {
            Map<String, Node> nodes = new HashMap<>();
            for (NodePlan plan : site.nodes()) {
                nodes.put(plan.name(), fabric.start(plan));
            }
            for (Node node : nodes.values()) {
                assertThat(node.call(Message.of("ping"), LIMIT).text("interfaces"))
                        .as(node.plan().name())
                        .isEqualTo("eth0,lo");
            }

            Node jade = nodes.get("jade");
            jade.kill();
            assertThatThrownBy(() -> jade.call(Message.of("ping"), LIMIT)).isInstanceOf(LabException.class);

            // Its namespace dies in the background; a new port must not wait for that.
            Node again = fabric.start(site.storageNode("jade"));
            assertThat(again.call(Message.of("ping"), LIMIT).text("interfaces")).isEqualTo("eth0,lo");
        }
        assertThat(ProcessHandle.current().descendants().toList()).isEqualTo(before);
    }

    @Test
    void anUnknownRequestIsRefusedInOneLineAndTheNodeGoesOn() throws Exception {
        Namespaces namespaces = Namespaces.probe().namespaces().orElseThrow();
        SitePlan site = SitePlan.standard(1500);
        try (VethFabric fabric = VethFabric.open(namespaces, site.mtu(), AgentProcesses::command, logs);
                Node ruby = fabric.start(site.writer())) {
            assertThatThrownBy(() -> ruby.call(Message.of("dance"), LIMIT))
                    .isInstanceOf(LabException.class)
                    .hasMessage("ruby: unknown request \"dance\"");
            ruby.call(Message.of("ping"), LIMIT);
        }
    }
}
