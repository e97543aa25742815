package io.diskless.benchmarks.load.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contest in small, with the one rival that other tests need too: all is served, and every line is there. */
@RequiresNetworkNamespace
@RequiresPeer({"dnsmasq", "perfdhcp"})
class BootContestIT {
    @TempDir
    Path folder;

    private String run(String... words) throws Exception {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = BootContest.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(Stream.concat(
                                List.of("--peers", Peers.cache().toString(), "--directory", folder.toString()).stream(),
                                Arrays.stream(words))
                        .toArray(String[]::new));
        assertThat(err.toString()).isEmpty();
        assertThat(code).as(out.toString()).isZero();
        try (var left = Files.list(folder)) {
            assertThat(left).as("it clears up").isEmpty();
        }
        return out.toString();
    }

    @Test
    void bothGiveLeasesToClientsOfPerfdhcp() throws Exception {
        String said = run(
                "--only=dhcp", "--rival=dnsmasq", "--rates=100", "--steps=2", "--clients=50", "--warm-up-exchanges=20");
        assertThat(said).contains("| DHCP, 100/s offered, lease file forced | exchanges/s |");
        // perfdhcp does not count what comes late, so on a busy machine it may be fewer than all.
        assertThat(said).containsPattern("ours [^(]*\\([1-9]\\d* of 100 completed\\)");
    }

    @Test
    void bothServeFilesByTftpAndOursManyAtOnce() throws Exception {
        String said = run(
                "--only=tftp,crowd",
                "--rounds=1",
                "--burst=20",
                "--warm-up=1",
                "--size=200000",
                "--transfers=50",
                "--crowd-window=4");
        assertThat(said)
                .contains("| TFTP, blocks of 1428, lock-step | MB/s |")
                .contains("| TFTP, blocks of 1428, lock-step, CPU | ms/MB |")
                .contains("50 transfers at once, windows of 4: 50 complete and right, 10 MB");
    }
}
