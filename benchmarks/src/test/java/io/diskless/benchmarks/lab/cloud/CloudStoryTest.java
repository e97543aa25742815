package io.diskless.benchmarks.lab.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.benchmarks.lab.report.Progress;
import io.diskless.benchmarks.lab.report.Proof;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole story in memory: each chapter was told, each claim holds, and a page says so. */
class CloudStoryTest {
    @TempDir
    private Path folder;

    @Test
    void everyProofHoldsAndNoRequestOfTheGuestFailed() throws Exception {
        List<String> phases = new ArrayList<>();
        CloudResult result = CloudStory.tell(folder, 3, new Progress() {
            @Override
            public void phase(String name) {
                phases.add(name);
            }

            @Override
            public void update(double fraction, String figures) {}

            @Override
            public void note(String line) {}

            @Override
            public void end(boolean good) {}

            @Override
            public void close() {}
        });
        assertThat(result.proofs()).allMatch(Proof::holds);
        assertThat(result.chapters())
                .extracting(Chapter::name)
                .containsExactly(
                        "site", "boot", "guest", "drain", "loss", "verify", "migration", "ConfigNode", "proof");
        assertThat(phases)
                .containsExactly(
                        "site", "boot", "guest", "drain", "loss", "verify", "migration", "ConfigNode", "proof");
        assertThat(result.chapters())
                .filteredOn(chapter ->
                        chapter.name().equals("drain") || chapter.name().equals("loss"))
                .allMatch(chapter -> chapter.resynced() > 0);
        assertThat(CloudReport.page(result))
                .contains("<svg", "every proof holds", "SHA-256")
                .doesNotContain("FAILS");
        assertThat(CloudReport.lines(result)).last().asString().contains("every proof holds");
    }
}
