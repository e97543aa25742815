package io.diskless.benchmarks.lab.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The story of the cloud in its real form, as a user starts it, up to the return of the storage node that was killed. */
@RequiresNetworkNamespace
@RequiresPeer({"ipxe", "linux", "mke2fs"})
class LiveLabIT {
    private static final Path JAR = Path.of("target", "diskless-lab.jar");
    /** Several times what it takes, so that only a hang ends the test here. */
    private static final long HANG_MINUTES = 8;

    @TempDir
    Path folder;

    @Test
    void aGuestWithItsRootOnReplicatedStorageOutlivesTheNodeThatItReadsFrom() throws Exception {
        Path page = folder.resolve("page.html");
        Path out = folder.resolve("out");
        Process process =
                lab("--short", "--picture=" + page).redirectOutput(out.toFile()).start();
        try {
            assertThat(process.waitFor(HANG_MINUTES, TimeUnit.MINUTES))
                    .as("the lab hangs")
                    .isTrue();
        } finally {
            process.destroy();
        }
        String said = Files.readString(out, StandardCharsets.UTF_8);
        assertThat(said).contains("every proof holds").doesNotContain("simulated:");
        assertThat(process.exitValue()).isZero();
        assertThat(said)
                .contains("the guest's root: /dev/etherd/e7.1", "who serves after s1 was killed: s2")
                .contains("in which the copies differ: 0", "files on s2, as the guest last read them: alike");
        assertThat(Files.readString(page)).contains("<svg", "every proof holds", "ping gap");
        assertThat(left()).isEmpty();
    }

    @Test
    void ctrlCEndsNodesAndMachinesAndRemovesTheFiles() throws Exception {
        Process process = lab("--picture=" + folder.resolve("page.html")).start();
        List<ProcessHandle> all;
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            while (line != null && !line.contains("cfg1 serves")) {
                line = lines.readLine();
            }
            assertThat(line).as("the lab ended before the boot").isNotNull();
            await().atMost(Duration.ofMinutes(HANG_MINUTES))
                    .until(() -> process.descendants()
                            .anyMatch(
                                    each -> each.info().commandLine().orElse("").contains("qemu-system")));
            all = process.descendants().toList();
            process.destroy();
            assertThat(process.waitFor(HANG_MINUTES, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroy();
        }
        for (ProcessHandle each : all) {
            each.onExit().get(HANG_MINUTES, TimeUnit.MINUTES);
        }
        assertThat(left()).isEmpty();
    }

    private ProcessBuilder lab(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")),
                "-jar",
                JAR.toString(),
                "--story=cloud"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    private List<Path> left() throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("tmp"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("diskless-lab-"))
                    .toList();
        }
    }
}
