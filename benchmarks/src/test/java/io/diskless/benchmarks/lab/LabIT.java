package io.diskless.benchmarks.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lab as its user starts it: the jar, in real namespaces, on real Ethernet. */
@RequiresNetworkNamespace
class LabIT {
    private static final Path JAR = Path.of("target", "diskless-lab.jar");
    /** Several times what it takes, so that only a hang ends a test here. */
    private static final long HANG_MINUTES = 5;

    @TempDir
    Path folder;

    private record Ended(int exit, String output, String errors) {}

    private Ended lab(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")),
                "-jar",
                JAR.toString(),
                "--story=mirror"));
        command.addAll(List.of(arguments));
        // A machine busy with other tests may stall a node for a while; that is not what is tested here.
        command.add("--deadline=5000");
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(process.waitFor(HANG_MINUTES, TimeUnit.MINUTES))
                    .as("the lab hangs")
                    .isTrue();
            return new Ended(process.exitValue(), read(out), read(err));
        } finally {
            process.destroy();
        }
    }

    private static String read(Path file) throws Exception {
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    @Test
    void nothingIsLostOnRealEthernet() throws Exception {
        Path picture = folder.resolve("site.svg");
        Ended ended = lab("--link=veth", "--size=16", "--load-size=4", "--seconds=3", "--picture=" + picture);
        assertThat(ended.output()).contains("nothing was lost");
        assertThat(ended.exit()).isZero();
        assertThat(ended.output())
                .contains("without jade", "failover", "retransmissions", "image on e0.1", "acknowledged writes on e1.1")
                .contains("e2fsck of the file system that came back");
        assertThat(read(picture)).contains("Ethernet (veth, bridge), MTU 9000", "nothing was lost");
        assertThat(left()).isEmpty();
    }

    @Test
    void theExitCodeTellsTheTruthAboutABitThatFlipped() throws Exception {
        Ended ended = lab(
                "--link=veth",
                "--mtu=1500",
                "--size=8",
                "--load-size=1",
                "--seconds=1",
                "--fault=bitrot",
                "--json",
                "--picture=" + folder.resolve("site.svg"));
        assertThat(ended.errors()).contains("NOT PROVEN");
        assertThat(ended.exit()).isEqualTo(1);
        assertThat(ended.output())
                .contains("\"good\" : false")
                .contains("\"real\" : true")
                .contains("\"mtu\" : 1500");
        assertThat(left()).isEmpty();
    }

    @Test
    void ctrlCEndsTheNodesAndRemovesTheFiles() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")),
                        "-jar",
                        JAR.toString(),
                        "--story=mirror",
                        "--link=veth",
                        "--seconds=60",
                        "--picture=" + folder.resolve("site.svg"))
                .redirectErrorStream(true)
                .start();
        List<ProcessHandle> nodes;
        try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
            // Two seconds into the load a line tells of it.
            String line = lines.readLine();
            while (line != null && !line.contains("IOPS")) {
                line = lines.readLine();
            }
            assertThat(line).as("the lab ended before the load").isNotNull();
            nodes = process.descendants().toList();
            // The hub and four nodes.
            assertThat(nodes).hasSize(5);
            process.destroy();
            assertThat(process.waitFor(HANG_MINUTES, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroy();
        }
        for (ProcessHandle node : nodes) {
            node.onExit().get(HANG_MINUTES, TimeUnit.MINUTES);
        }
        assertThat(left()).isEmpty();
    }

    private List<Path> left() throws Exception {
        try (var files = Files.list(folder.resolve("tmp"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("diskless-lab-"))
                    .toList();
        }
    }
}
