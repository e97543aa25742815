package io.diskless.benchmarks.lab.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
        Path out = folder.resolve("out");
        Path page = folder.resolve("page.html");
        Path tmp = Files.createDirectories(folder.resolve("tmp"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + tmp,
                        "-jar",
                        JAR.toString(),
                        "--story=cloud",
                        "--short",
                        "--picture=" + page)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
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
                .contains(
                        "blocks of 6144 in which the copies differ: 0",
                        "files on s2, as the guest last read them: alike");
        assertThat(Files.readString(page)).contains("<svg", "every proof holds", "ping gap");
        try (Stream<Path> left = Files.list(tmp)) {
            assertThat(left.filter(each -> each.toString().contains("diskless-lab")))
                    .isEmpty();
        }
    }
}
