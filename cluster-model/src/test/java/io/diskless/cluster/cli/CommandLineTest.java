package io.diskless.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.CaptureFiles;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.Instance;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the command line says and returns. */
class CommandLineTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path dir;

    private int run(String... args) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    private String model(Model model) throws IOException {
        return Files.writeString(dir.resolve("site.json"), ClusterJson.write(Cluster.of(model)))
                .toString();
    }

    private String sample(String path) throws IOException {
        Path file = dir.resolve(Path.of(path).getFileName());
        return Files.write(file, CaptureFiles.bytes(path)).toString();
    }

    @Test
    void aGoodModelIsSilent() throws IOException {
        assertThat(run("check", model(SampleSite.good()))).isZero();
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aWrongModelIsToldByPathAndRule() throws IOException {
        String file = model(
                SampleSite.good().with(Instance.of("web2", 1, 1 << 30, "web1").on("h2")));
        assertThat(run("check", file)).isEqualTo(1);
        assertThat(out.toString())
                .isEqualTo(
                        file + ": layer/web1-r > instance/web1 > instance/web2: error: 2 guests write it; file systems"
                                + " that do not know of each other destroy what they share [6 one-writer]\n");
        assertThat(run("check", "--json", file)).isEqualTo(1);
        assertThat(out.toString()).contains("\"rule\":6,\"name\":\"one-writer\",\"path\":[\"layer/web1-r\",");
    }

    @Test
    void anUnreadableModelIsToldWithItsPlace() throws IOException {
        Path file = Files.writeString(dir.resolve("site.json"), "{\"schema\":1,\n\"desired\":[{}]}");
        assertThat(run("check", file.toString())).isEqualTo(2);
        assertThat(out.toString()).startsWith(file + ":2:12: error: ").contains("has no type");
    }

    /** One right and one wrong file of each language, told by its text, for the samples' names are not the tools' own. */
    @ParameterizedTest
    @CsvSource({"ocfs2", "drbd-", "mdadm", "dhcpd", "dnsmasq", "xl-", "libvirt", "corosync", "cib"})
    void everyLanguageIsRecognisedAndJudged(String prefix) throws IOException {
        List<CaptureFiles.Sample> samples = CaptureFiles.of(prefix, "").stream()
                .filter(sample -> !sample.name().endsWith(".disk"))
                .toList();
        boolean clean = false;
        boolean found = false;
        for (CaptureFiles.Sample sample : samples) {
            int code = run("check", sample(sample.folder() + "/" + sample.name()));
            clean |= sample.isGood() && code == 0;
            found |= !sample.isGood() && code == 1;
        }
        assertThat(clean).as("a right file of %s is clean", prefix).isTrue();
        assertThat(found).as("a wrong file of %s is found", prefix).isTrue();
    }

    @Test
    void aLanguageThatIsGivenCounts() throws IOException {
        Path file = Files.writeString(dir.resolve("x"), "resource r0 { protocol C; }\n");
        assertThat(run("check", "--language", "drbd9", file.toString())).isBetween(0, 1);
        assertThat(run("check", "--language", "ocfs2", file.toString())).isEqualTo(1);
        assertThat(out.toString()).contains("x:1:1: error:");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"check", "check nosuchfile.json", "frobnicate", "check --language klingon README", "whynot"})
    void whatCannotBeDoneIsOneLineAndExitCodeTwo(String line) throws IOException {
        Files.writeString(dir.resolve("README"), "Nothing that anybody parses.\n");
        assertThat(run(line.replace("README", dir.resolve("README").toString()).split(" ", -1)))
                .isEqualTo(2);
        assertThat(err.toString()).startsWith("diskless-cluster-model: ").hasLineCount(1);
    }

    @Test
    void aFileOfNoLanguageIsSaidToBeThat() throws IOException {
        Path file = Files.writeString(dir.resolve("notes.txt"), "Nothing that anybody parses.\n");
        assertThat(run("check", file.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("give --language").hasLineCount(1);
    }

    @Test
    void whyAGuestCannotRunThere() throws IOException {
        String file =
                model(SampleSite.good().with(Instance.of("big", 2, 62L << 30).on("h2")));
        assertThat(run("whynot", file, "web1", "h2")).isEqualTo(1);
        assertThat(out.toString()).contains("guests take 67584 MiB of 65536 MiB");
        assertThat(run("whynot", file, "web1", "h1")).isZero();
        assertThat(run("whynot", file, "nobody", "h1")).isEqualTo(2);
        assertThat(err.toString()).contains("there is no instance/nobody");
    }

    @Test
    void picturesAreDrawnInEachFormat() throws IOException {
        String file = model(SampleSite.good());
        assertThat(run("draw", "site", file)).isZero();
        assertThat(out.toString()).startsWith("<svg ").contains("2 StorageNodes");
        Path dot = dir.resolve("path.dot");
        assertThat(run("draw", "path", file, "web1", "--format", "dot", "-o", dot.toString()))
                .isZero();
        assertThat(dot).content().startsWith("digraph site {").contains("layer/web1-r");
        assertThat(run("draw", "diff", file, file, "-f", "mermaid")).isZero();
        assertThat(out.toString()).contains("title: 'Nothing differs'");
        assertThat(run("draw", "path", file, "nobody")).isEqualTo(2);
        assertThat(err.toString()).contains("there is no instance/nobody").hasLineCount(1);
    }

    @Test
    void anOldDrbdConfIsWrittenInALaterDialect() throws IOException {
        Path old = Files.writeString(dir.resolve("old.conf"), """
                resource store {
                  protocol C;
                  syncer { rate 10M; verify-alg sha1; }
                  on alice { device /dev/drbd0; disk /dev/sda7; address 10.0.0.1:7788; meta-disk internal; }
                  on bob { device /dev/drbd0; disk /dev/sda7; address 10.0.0.2:7788; meta-disk internal; }
                }
                """);
        assertThat(run("convert", "--from", "drbd8.3", "--to", "drbd9", old.toString()))
                .isZero();
        Path converted = Files.writeString(dir.resolve("new.conf"), out.toString());
        assertThat(out.toString()).contains("resource store").doesNotContain("syncer");
        out.getBuffer().setLength(0);
        assertThat(run("check", "--errors-only", "--language", "drbd9", converted.toString()))
                .as(out.toString())
                .isZero();
        Path folder = dir.resolve("converted");
        assertThat(run("convert", "--to", "drbd8.4", "-o", folder.toString(), old.toString()))
                .isZero();
        assertThat(folder.resolve("old.conf")).content().contains("verify-alg");
        assertThat(run("convert", "--from", "drbd9", "--to", "drbd8.3", converted.toString()))
                .isEqualTo(2);
        assertThat(run("convert", "--to", "windows", old.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("\"windows\" is no dialect");
        Path wrong = Files.writeString(dir.resolve("wrong.conf"), "resource r0 { colour red; }\n");
        assertThat(run("convert", "--from", "drbd8.3", "--to", "drbd9", wrong.toString()))
                .isEqualTo(1);
        assertThat(out.toString()).contains("wrong.conf:1:15: error:");
    }

    @Test
    void theFilesOfASiteAreWrittenAndAreRight() throws IOException {
        String site = model(SampleSite.good());
        Path folder = dir.resolve("vblade.conf.d");
        assertThat(run("render", "vblade", site, "s1", folder.toString())).isZero();
        assertThat(run("check", folder.resolve("web1-e1.conf").toString())).isZero();
        assertThat(run("render", "dnsmasq", site)).isZero();
        assertThat(out.toString()).contains("dhcp-host=52:54:00:a0:00:15,10.0.0.121,h1");
        assertThat(run("render", "dhcpd", site)).isZero();
        assertThat(run("render", "ocfs2", site)).isZero();
        assertThat(run("render", "vblade", site, "nobody", folder.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("there is no node/nobody");
    }

    @Test
    void aFolderKeepsTheHistoryOfASite() throws IOException {
        String folder = dir.resolve("history").toString();
        assertThat(run("history", "log", folder)).isEqualTo(2);
        assertThat(err.toString()).contains("no such file");
        String[] first = {"history", "commit", folder, model(SampleSite.good()), "--who", "anna", "--why", "first"};
        assertThat(run(first)).isZero();
        assertThat(run(first)).isZero();
        assertThat(out.toString())
                .contains("anna: first\n", "    + instance/web1\n", "nothing differs from revision 1");
        Model moved =
                SampleSite.good().with(Instance.of("web1", 4, 4L << 30, "web1").on("h1"));
        assertThat(run("history", "commit", folder, model(moved), "--who", "bert", "--why", "busy"))
                .isZero();
        out.getBuffer().setLength(0);
        assertThat(run("history", "log", folder, "-n", "1")).isZero();
        assertThat(out.toString()).startsWith("2 ").endsWith(" bert: busy\n    ~ instance/web1\n");
        assertThat(run("history", "blame", folder, "instance/web1", "vcpus")).isZero();
        assertThat(out.toString()).contains("bert: 2 -> 4 (busy)");
        assertThat(run("history", "blame", folder, "instance/nobody")).isEqualTo(1);
        assertThat(run("history", "rollback", folder, "1", "--who", "carl", "--plan"))
                .isZero();
        assertThat(out.toString()).contains("proved: all ");
        assertThat(run("history", "rollback", folder, "1", "--who", "carl")).isZero();
        out.getBuffer().setLength(0);
        assertThat(run("history", "at", folder, "3")).isZero();
        assertThat(ClusterJson.read("at 3", out.toString()).cluster().desired()).isEqualTo(SampleSite.good());
        out.getBuffer().setLength(0);
        assertThat(run("history", "log", "--about", "instance/web1", "--json", folder))
                .isZero();
        assertThat(out.toString()).hasLineCount(3).startsWith("{\"at\":").contains("\"who\":\"carl\"");
        assertThat(run("history", "verify", folder)).isZero();
        assertThat(run("history", "at", folder, "9")).isEqualTo(2);
        assertThat(err.toString()).contains("expected 0 to 3, got 9");
    }

    @Test
    void aPlanIsPrintedWithItsProof() throws IOException {
        String file = model(SampleSite.good());
        assertThat(run("plan", file, "migrate", "web1", "h2")).isZero();
        assertThat(out.toString())
                .contains(
                        "1 lease two writers layer/web1-r\n",
                        "3 switch over instance/web1 node/h1 node/h2, after [2] (no return: the guest runs on h2)\n",
                        "impact on instance/web1: pause of 300 ms\n",
                        "proved: all 1 orders (5 states), ");
        assertThat(run("plan", "--json", file, "drain", "s1", ",", "stop", "web1"))
                .isZero();
        assertThat(out.toString()).contains("{\"verdict\":\"proved\",\"exhaustive\":true", "\"verb\":\"power-off\"");
        assertThat(run("plan", "--mermaid", file, "stop", "web1")).isZero();
        assertThat(out.toString()).contains("flowchart LR\n  subgraph lane0[\"h1\"]\n    s1[\"1 stop<br/>web1<br/>");
        assertThat(run("plan", "--svg", file, "stop", "web1")).isZero();
        assertThat(out.toString()).contains("<g class=\"step step-1\">");
        assertThat(run("plan", "--dot", file, "stop", "web1")).isZero();
        assertThat(out.toString()).contains("subgraph \"cluster_h1\"");
        assertThat(run("plan", "--html", file, "stop", "web1")).isZero();
        assertThat(out.toString()).contains("<section data-step=\"2\">");
    }

    @Test
    void aPlanThatBreaksARuleIsPrintedWithTheWay() throws IOException {
        String file =
                model(SampleSite.good().with(Instance.of("big", 2, 62L << 30).on("h2")));
        assertThat(run("plan", file, "migrate", "web1", "h2")).isEqualTo(1);
        assertThat(out.toString()).contains("refuted", "! node/h2: error: guests take 67584 MiB of 65536 MiB");
        assertThat(run("plan", "--json", file, "migrate", "web1", "h2")).isEqualTo(1);
        assertThat(out.toString()).contains("\"verdict\":\"refuted\"", "\"order\":[1,2]");
        assertThat(run("plan", file, "drain", "h1")).isEqualTo(1);
        assertThat(out.toString()).contains("no node takes instance/web1");
        assertThat(run("plan", "--json", file, "drain", "h1")).isEqualTo(1);
        assertThat(out.toString()).contains("{\"verdict\":\"refused\",\"reasons\":[");
    }

    @Test
    void operationsAreWordsOrATellingError() throws IOException {
        String file = model(SampleSite.good());
        String other = Files.writeString(
                        dir.resolve("other.json"),
                        ClusterJson.write(Cluster.of(SampleSite.good().with(Instance.of("web2", 1, 1 << 30)))))
                .toString();
        for (String words : List.of(
                "create v 10G secrets/v s1 s2",
                "create v 10G secrets/v s1 s2 , publish v v-mp san",
                "grow web1 100G",
                "replace web1-d1 /dev/vg/new",
                "copy web1 web2",
                "failover cfg cfg2",
                "retire h2",
                "import " + other,
                "rollback " + other)) {
            int code = run(("plan " + file + " " + words).split(" "));
            assertThat(code).as("%s: %s %s", words, out, err).isZero();
        }
        assertThat(run("plan", file, "frobnicate")).isEqualTo(2);
        assertThat(run("plan", file, "migrate", "web1")).isEqualTo(2);
        assertThat(run("plan", file, "grow", "web1", "many")).isEqualTo(2);
        assertThat(err.toString())
                .contains(
                        "\"frobnicate\" is no operation", "expected migrate GUEST NODE, got 1 operands", "such as 40G");
        assertThat(run("plan", file, "stop", "web1", ",", "start", "web1")).isEqualTo(2);
        assertThat(run("help", "plan")).isZero();
        assertThat(out.toString()).contains("migrate GUEST NODE");
    }

    @Test
    void capacityIsCountedWithWhatStopsTheNext() throws IOException {
        String file = model(SampleSite.good());
        assertThat(run("capacity", file, "--memory", "10G", "--segment", "lan")).isZero();
        assertThat(out.toString()).contains("12 more\n", "  h1: 6\n", "the next on h1: guests take ");
        assertThat(run("capacity", "--json", file, "--memory", "10G", "--spare"))
                .isZero();
        assertThat(out.toString()).contains("{\"more\":6,\"byNode\":{\"h1\":6,\"h2\":0},\"stops\":{\"site\":[");
        assertThat(run("capacity", file, "--memory", "100G")).isEqualTo(1);
        assertThat(run("capacity", file)).isEqualTo(2);
    }

    @Test
    void aSimulationIsTheSameForTheSameSeed() throws IOException {
        String file = model(SampleSite.good());
        assertThat(run("simulate", "rolling-drain", file, "--off", "60", "--seed", "7"))
                .isZero();
        String once = out.toString();
        assertThat(once).contains("plan drain node/s1 is done\n", "rolling-drain 60s, seed 7: ", " 0 down\n");
        out.getBuffer().setLength(0);
        assertThat(run("simulate", "rolling-drain", file, "--off", "60", "--seed", "7"))
                .isZero();
        assertThat(out.toString()).isEqualTo(once);
        out.getBuffer().setLength(0);
        assertThat(run("simulate", "boot-storm", "--json", file)).isZero();
        assertThat(out.toString())
                .startsWith("{\"scenario\":\"boot-storm\",\"seed\":1,\"milliseconds\":")
                .contains("\"lost\":[]", "\"boots\":{\"ConfigNode\":{\"count\":2,\"least\":");
        // Nothing cuts off h1, so its guest is nowhere.
        assertThat(run("simulate", "rack-loss", file, "r1")).isEqualTo(1);
        assertThat(out.toString()).contains("instance/web1 is lost\n");
        assertThat(run("simulate", "split-segment", file, "san", "s1")).isZero();
        assertThat(out.toString()).contains("segment/san is whole again");
        assertThat(run("simulate", "rack-loss", file, "r9")).isEqualTo(2);
        assertThat(err.toString()).contains("no machine works in a rack \"r9\"");
    }

    @Test
    void foldersOfFilesBecomeAModel() throws IOException {
        Path jade = Files.createDirectories(dir.resolve("jade/etc"));
        Files.writeString(jade.resolve("e11.conf"), "shelf=1\nslot=1\nnetif=eth0\nfilename=\u201C/dev/sdb1\u201D\n");
        String better = dir.resolve("better").toString();
        assertThat(run("import", "--repaired", better, jade.getParent().toString()))
                .isEqualTo(1);
        assertThat(out.toString()).startsWith("{\"desired\":[").contains("\"address\":\"e1.1\"");
        assertThat(err.toString())
                .contains("e11.conf:4:10: error: the character U+201C", "how large /dev/sdb1 of jade is");
        Path corrected = Path.of(better).resolve(Path.of("/").relativize(jade.resolve("e11.conf")));
        assertThat(corrected).content().contains("filename=\"/dev/sdb1\"");
        Files.writeString(dir.resolve("site.json"), out.toString());
        assertThat(run("check", dir.resolve("site.json").toString())).isEqualTo(1);
        assertThat(run("import", jade.getParent().toString(), jade.getParent().toString()))
                .isEqualTo(2);
    }

    @Test
    void everyFileOfASiteIsRendered() throws IOException {
        String file = model(SampleSite.good());
        Path secrets = Files.createDirectories(dir.resolve("keys/secrets"));
        for (String name : List.of("h1-root", "h2-root", "web1")) {
            Files.writeString(secrets.resolve(name), "of " + name + "\n");
        }
        String keys = dir.resolve("keys").toString();
        assertThat(run("render", "drbd", file, "s1", "--secrets", keys)).isZero();
        assertThat(out.toString()).contains("resource web1-r {\n", "shared-secret \"of web1\";");
        assertThat(run("render", "drbd", file, "cfg1", "--secrets", keys)).isEqualTo(2);
        assertThat(err.toString()).contains("cannot read the secret");
        for (String words : List.of(
                "mdadm SITE cfg1",
                "xl SITE web1 h1",
                "libvirt SITE web1 h1",
                "corosync SITE cfg",
                "cib SITE cfg",
                "ha.cf SITE cfg",
                "haresources SITE cfg")) {
            int code = run(("render " + words.replace("SITE", file)).split(" "));
            assertThat(code).as("%s: %s", words, err).isZero();
        }
        assertThat(out.toString())
                .contains("ARRAY /dev/md/cfg1-md", "<domain type='kvm'>", "cluster_name: cfg", "<cib ");
    }

    @Test
    void theSchemaIsPrinted() {
        assertThat(run("schema")).isZero();
        assertThat(out.toString()).isEqualTo(ClusterJson.schema());
    }

    @Test
    void helpNamesEveryCommandAndExitCode() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString())
                .contains(
                        "check",
                        "import",
                        "whynot",
                        "draw",
                        "simulate",
                        "convert",
                        "render",
                        "history",
                        "schema",
                        "\n  0   ",
                        "\n  1   ",
                        "\n  2   ");
    }
}
