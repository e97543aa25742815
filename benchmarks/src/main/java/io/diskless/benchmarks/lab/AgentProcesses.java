package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.node.AgentMain;
import io.diskless.benchmarks.lab.site.NodePlan;
import java.nio.file.Path;
import java.util.List;

/** The command that starts the program of a node in a JVM of its own. */
final class AgentProcesses {
    private AgentProcesses() {}

    static List<String> command(NodePlan plan) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Four small JVMs share few cores: no collector threads, a small heap, a quick start.
                "-XX:+UseSerialGC",
                "-Xmx192m",
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                AgentMain.class.getName(),
                plan.isStorage() ? "storage" : "application",
                plan.name());
    }
}
