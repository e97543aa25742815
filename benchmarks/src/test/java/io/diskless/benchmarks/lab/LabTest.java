package io.diskless.benchmarks.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.benchmarks.lab.report.Glyphs;
import io.diskless.benchmarks.lab.report.LabResult;
import io.diskless.benchmarks.lab.report.NodeReport;
import io.diskless.benchmarks.lab.report.Progress;
import io.diskless.benchmarks.lab.report.Proof;
import io.diskless.benchmarks.lab.report.Stage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole lab on the in-memory segment, small: what it finds when all is well, and that it notices when it is not. */
class LabTest {
    private static final long MEBI = 1 << 20;

    private static LabOptions options(LabOptions.Fault fault) {
        return new LabOptions(
                LabOptions.Link.MEMORY,
                9000,
                5,
                Optional.empty(),
                Optional.of(8 * MEBI),
                MEBI,
                Duration.ofMillis(200),
                4,
                30,
                // A busy machine may hold up the leg that is to stay; that is not what is tested here.
                Duration.ofSeconds(4),
                "jade",
                true,
                fault,
                Duration.ofMinutes(2),
                false);
    }

    @Test
    void aGoodRunProvesEverythingAndLeavesNothingBehind() throws Exception {
        List<Path> before = folders();
        Recorded progress = new Recorded();
        LabResult result = Lab.run(options(LabOptions.Fault.NONE), progress);

        assertThat(result.failure()).isEmpty();
        assertThat(result.proofs()).allMatch(Proof::holds);
        assertThat(result.proofs())
                .extracting(Proof::subject)
                .contains(
                        "image on e0.1",
                        "image on e1.1",
                        "image on the mirror",
                        "acknowledged writes on e0.1",
                        "acknowledged writes on e1.1",
                        "acknowledged writes on the mirror",
                        "requests of the load that failed",
                        "writes acknowledged without jade",
                        "bytes in which the scrub saw the legs differ");
        assertThat(result.good()).isTrue();
        assertThat(result.real()).isFalse();
        assertThat(result.remark()).contains("--link memory");
        assertThat(result.stages())
                .extracting(Stage::name)
                .containsExactly("image copy", "both legs", "without jade", "resync", "both legs again");
        assertThat(result.stages().subList(1, 5)).allMatch(stage -> stage.operations() > 0 && stage.seconds() > 0);
        // The disk was silent for its whole deadline before the mirror let it go.
        assertThat(result.figures().failoverMillis().orElseThrow()).isGreaterThan(100);
        assertThat(result.figures().longestPauseMillis().orElseThrow()).isPositive();
        assertThat(result.figures().resyncBytes().orElseThrow()).isPositive();
        assertThat(result.figures().retransmissions().orElseThrow()).isPositive();
        assertThat(result.nodes()).extracting(NodeReport::name).containsExactly("glouton", "jade", "ruby", "crystal");
        assertThat(result.nodes()).allMatch(NodeReport::good);
        assertThat(progress.phases)
                .containsExactly(
                        "site",
                        "image",
                        "copy",
                        "load",
                        "failover",
                        "one leg",
                        "resync",
                        "both again",
                        "scrub",
                        "proof");
        assertThat(progress.endedWell).isTrue();
        assertThat(folders()).isEqualTo(before);
    }

    @Test
    void aWriteThatIsUndoneBehindTheMirrorsBackIsFoundByTheReader() throws Exception {
        LabResult result = Lab.run(options(LabOptions.Fault.LOST_WRITE), new Recorded());
        assertThat(result.failure()).isEmpty();
        assertThat(result.good()).isFalse();
        // The mirror may read the broken leg or the whole one: it cannot know. The leg itself must be found out.
        assertThat(result.proofs())
                .filteredOn(proof -> !proof.holds())
                .extracting(Proof::subject)
                .contains("acknowledged writes on e1.1")
                .doesNotContain("acknowledged writes on e0.1", "image on e0.1", "image on e1.1");
    }

    @Test
    void withoutAnyStorageNodeTheRunEndsEarlyAndSaysWhy() throws Exception {
        List<Path> before = folders();
        Recorded progress = new Recorded();
        LabResult result = Lab.run(options(LabOptions.Fault.BOTH_DEAD), progress);
        assertThat(result.good()).isFalse();
        assertThat(result.failure().orElseThrow()).contains("failed requests");
        assertThat(progress.endedWell).isFalse();
        assertThat(result.nodes())
                .filteredOn(node -> node.name().equals("jade"))
                .noneMatch(NodeReport::good);
        assertThat(folders()).isEqualTo(before);
    }

    @Test
    void theCommandPrintsJsonAndDrawsThePicture(@TempDir Path folder) throws Exception {
        Path image = Files.write(folder.resolve("mine"), new byte[] {1, 2, 3});
        Path picture = folder.resolve("site.svg");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit = run(
                out,
                err,
                "--link=memory",
                "--image=" + image,
                "--load-size=1",
                "--seconds=0.6",
                "--deadline=4000",
                "--kill=glouton",
                "--json",
                "--picture=" + picture);
        assertThat(text(err)).contains("nothing was lost");
        assertThat(exit).isEqualTo(Main.PROVEN);
        assertThat(text(out)).startsWith("{").contains("\"good\" : true").contains("\"victim\" : \"glouton\"");
        assertThat(Files.readString(picture)).contains("all ", "proofs hold");
    }

    @Test
    void aWrongCommandLineIsOneLineWithARemedy() {
        for (String[] wrong : new String[][] {
            {"--link=tin-can"}, {"--mtu=70000"}, {"--kill=ruby"}, {"--seconds=-1"}, {"--nonsense"}, {"--depth=0"}
        }) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            assertThat(run(out, err, wrong)).as(wrong[0]).isEqualTo(2);
            assertThat(text(err).lines()).as(wrong[0]).hasSize(1);
            assertThat(text(err)).startsWith("diskless-lab: ").contains("Remedy: ");
            assertThat(text(out)).isEmpty();
        }
    }

    @Test
    void whatBelongsToAnotherStoryIsRefused() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertThat(run(out, err, "--story=cloud", "--kill=jade")).isEqualTo(2);
        assertThat(text(err)).contains("--kill belongs to another story. Remedy: ");
    }

    @Test
    void anImageThatIsNotThereIsARunThatCouldNotBegin() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertThat(run(out, err, "--link=memory", "--image=/nonexistent/image")).isEqualTo(Main.NOT_POSSIBLE);
        assertThat(text(err)).contains("cannot read the image /nonexistent/image. Remedy: ");
    }

    private static int run(ByteArrayOutputStream out, ByteArrayOutputStream err, String... arguments) {
        String[] mirror = List.of(arguments).contains("--story=cloud")
                ? arguments
                : Stream.concat(Stream.of("--story=mirror"), Stream.of(arguments))
                        .toArray(String[]::new);
        return Main.run(
                mirror,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Glyphs.UNICODE);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static List<Path> folders() throws Exception {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            // Ours only: another run on the same machine has folders too.
            String ours = "diskless-lab-" + ProcessHandle.current().pid() + "-";
            return all.filter(path -> path.getFileName().toString().startsWith(ours))
                    .sorted()
                    .toList();
        }
    }

    private static final class Recorded implements Progress {
        final List<String> phases = new ArrayList<>();
        boolean endedWell;

        @Override
        public synchronized void phase(String name) {
            phases.add(name);
        }

        @Override
        public void update(double fraction, String figures) {
            assertThat(Double.isNaN(fraction) || (fraction >= 0 && fraction < 1.5))
                    .isTrue();
        }

        @Override
        public void note(String line) {
            assertThat(line).doesNotContain("\n");
        }

        @Override
        public synchronized void end(boolean good) {
            endedWell = good;
        }

        @Override
        public void close() {}
    }
}
