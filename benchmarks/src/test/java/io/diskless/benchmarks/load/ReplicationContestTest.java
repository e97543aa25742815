package io.diskless.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The contest in small: it replicates what it says it does, and fills its tables; what the figures are is not asked. */
class ReplicationContestTest {
    private static final List<String> SCENARIOS = List.of(
            "4 KiB writes, depth 1",
            "4 KiB writes, depth 64",
            "1 MiB writes, depth 8",
            "full resync",
            "verify, crc32c",
            "verify, md5",
            "verify, sha1",
            "empty",
            "sparse",
            "random");

    @Test
    void everyScenarioHasARow() {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = new CommandLine(new ReplicationContest())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute("--size=16", "--rounds=1", "--burst=20", "--warm-up=500", "--bitmap=16", "--ping-seconds=1");
        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        for (String scenario : SCENARIOS) {
            assertThat(out.toString().lines()).anyMatch(line -> line.startsWith("| " + scenario));
        }
    }

    @Test
    void anUnknownOptionIsRefused() {
        StringWriter err = new StringWriter();
        int code = new CommandLine(new ReplicationContest())
                .setErr(new PrintWriter(err))
                .execute("--nonsense");
        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains("--nonsense").contains("--rounds");
    }
}
