package io.diskless.cluster.conf;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.CaptureFiles.Sample;
import io.diskless.cluster.conf.drbd.DrbdConfig;
import io.diskless.cluster.conf.drbd.DrbdConversion;
import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.conf.drbd.DrbdOption;
import io.diskless.cluster.conf.ocfs2.Ocfs2Cluster;
import io.diskless.cluster.conf.ocfs2.Ocfs2Config;
import io.diskless.cluster.conf.ocfs2.Ocfs2Node;
import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The programs that own the formats say the same of every sample as we do, and of what we render. */
@RequiresPeer({"drbdadm", "o2cb", "mdadm", "dnsmasq", "dhcpd", "xmllint", "corosync"})
@RequiresNetworkNamespace
class ConfigOraclesIT {
    private static final Map<DrbdDialect, String> DRBDADM =
            Map.of(DrbdDialect.V8_3, "lib/drbd/drbdadm-83", DrbdDialect.V8_4, "lib/drbd/drbdadm-84");

    /** The samples name their first host so; drbdadm is told that it runs there. */
    private static final Pattern FIRST_HOST = Pattern.compile("on (crystal|a) \\{");

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(DrbdDialect.class)
    void drbdadm(DrbdDialect dialect) {
        agree(CaptureFiles.of("drbd-", ".conf"), text -> DrbdConfig.parse(text, dialect), file -> {
            Matcher host = FIRST_HOST.matcher(read(file));
            return run(
                                    drbd(dialect, "drbdadm"),
                                    "__DRBD_NODE__=" + (host.find() ? host.group(1) : ""),
                                    "-c",
                                    file.toString(),
                                    "dump",
                                    "all")
                            .exitCode()
                    == 0;
        });
    }

    @Test
    void drbdadmAcceptsWhatWeConvert() throws IOException {
        Map<String, Integer> converted = new TreeMap<>();
        for (Sample sample : CaptureFiles.of("drbd-", ".conf")) {
            for (DrbdDialect from : DrbdDialect.values()) {
                DrbdConfig old = DrbdConfig.parse(sample.text(), from);
                for (DrbdDialect to : DrbdDialect.values()) {
                    if (!sample.isGood() || !old.isAccepted() || to.compareTo(from) <= 0) {
                        continue;
                    }
                    String way = from.release() + " to " + to.release();
                    Path file = folder.resolve(way + " " + sample.name());
                    Files.write(file, DrbdConversion.of(old, to).texts().get(0).bytes());
                    Matcher host = FIRST_HOST.matcher(read(file));
                    String here = "__DRBD_NODE__=" + (host.find() ? host.group(1) : "");
                    Processes.Result said = run(drbd(to, "drbdadm"), here, "-c", file.toString(), "dump", "all");
                    assertThat(said.exitCode())
                            .as("%s %s: %s", way, sample, said.output())
                            .isZero();
                    converted.merge(way, 1, Integer::sum);
                }
            }
        }
        assertThat(converted.keySet()).containsExactly("8.3 to 8.4", "8.3 to 9", "8.4 to 9");
    }

    @Test
    void o2cb() {
        List<String> o2cb = List.of(Peers.program("o2cb").toString());
        agree(
                CaptureFiles.of("ocfs2-", ".conf"),
                Ocfs2Config::parse,
                file -> run(o2cb, "", "--config-file=" + file, "list-clusters").exitCode() == 0);
    }

    @Test
    void theOtherProgramsToo() {
        Map<String, Function<Path, Boolean>> programs = Map.of(
                "corosync-", file -> Oracles.corosync(file).exitCode() == 0,
                "dnsmasq-",
                        file -> program("dnsmasq", "--test", "-C", file.toString())
                                        .exitCode()
                                == 0,
                "dhcpd-",
                        file -> program("dhcpd", "-4", "-t", "-cf", file.toString(), "-lf", empty())
                                        .exitCode()
                                == 0,
                "mdadm-",
                        file -> program("mdadm", "--assemble", "--scan", "--config=" + file)
                                .output()
                                .lines()
                                .allMatch(line -> line.isBlank() || line.contains("No devices listed in conf")),
                "libvirt-", file -> valid("usr/share/libvirt/schemas/domain.rng", file),
                "cib-", file -> valid("usr/share/pacemaker/pacemaker-3.9.rng", file));
        for (ConfigVectorsTest.Language language : ConfigVectorsTest.LANGUAGES) {
            Function<Path, Boolean> program = programs.get(language.prefix());
            if (program != null) {
                agree(CaptureFiles.of(language.prefix(), language.suffix()), language.parser(), program);
            }
        }
    }

    @Test
    void o2cbWritesWhatWeRender() throws IOException {
        Path file = folder.resolve("cluster.conf");
        Files.writeString(file, "");
        String o2cb = Peers.program("o2cb").toString();
        String config = "--config-file=" + file;
        Processes.run(o2cb, config, "add-cluster", "lab").orThrow();
        Processes.run(
                        o2cb,
                        config,
                        "add-node",
                        "--ip",
                        "10.0.0.18",
                        "--port",
                        "7777",
                        "--number",
                        "0",
                        "lab",
                        "crystal")
                .orThrow();
        Processes.run(o2cb, config, "add-node", "--ip", "10.0.0.19", "--port", "7778", "--number", "5", "lab", "ruby")
                .orThrow();
        Processes.run(o2cb, config, "add-heartbeat", "lab", "77D95EF51C0149D2823674FCC162CF8B")
                .orThrow();
        Processes.run(o2cb, config, "heartbeat-mode", "lab", "global").orThrow();
        Ocfs2Cluster lab = new Ocfs2Cluster(
                "lab",
                true,
                List.of(new Ocfs2Node("crystal", 0, "10.0.0.18", 7777), new Ocfs2Node("ruby", 5, "10.0.0.19", 7778)),
                List.of("77D95EF51C0149D2823674FCC162CF8B"));
        assertThat(Ocfs2Config.render(List.of(lab))).isEqualTo(read(file));
    }

    @Test
    void theOptionTableIsWhatDrbdsetupSays() {
        table(DrbdDialect.V8_3, "disk", "xml", "disk");
        table(DrbdDialect.V8_3, "net", "xml", "net");
        table(DrbdDialect.V8_3, "syncer", "xml", "syncer");
        table(DrbdDialect.V8_4, "disk", "xml-help", "attach");
        table(DrbdDialect.V8_4, "net", "xml-help", "net-options");
        table(DrbdDialect.V8_4, "options", "xml-help", "resource-options");
        table(DrbdDialect.V9, "disk", "xml-help", "attach");
        table(DrbdDialect.V9, "disk", "xml-help", "peer-device-options");
        table(DrbdDialect.V9, "net", "xml-help", "net-options");
        table(DrbdDialect.V9, "options", "xml-help", "resource-options");
    }

    /** Options of a command that are said once and never stand in a file. */
    private static final Set<String> NOT_IN_A_FILE = Set.of(
            "set-defaults",
            "tentative",
            "discard-my-data",
            "dry-run",
            "alternate-address",
            "alternate-peer-address",
            "_name");

    private static void table(DrbdDialect dialect, String section, String... command) {
        String xml = run(drbd(dialect, "drbdsetup"), "", command).orThrow().output();
        Matcher option = Pattern.compile("<option name=\"([^\"]+)\" type=\"([^\"]+)\">(.*?)</option>", Pattern.DOTALL)
                .matcher(xml);
        int seen = 0;
        while (option.find()) {
            String name = option.group(1);
            String body = option.group(3);
            if (NOT_IN_A_FILE.contains(name)) {
                continue;
            }
            seen++;
            DrbdOption ours = DrbdOption.all(dialect).stream()
                    .filter(o -> o.section().equals(section) && o.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(dialect + " " + section + " lacks " + name));
            if (option.group(2).startsWith("numeric")) {
                assertThat(ours.min()).as(ours.toString()).hasToString(inside(body, "min"));
                assertThat(ours.max()).as(ours.toString()).hasToString(inside(body, "max"));
                assertThat(ours.defaultValue()).as(ours.toString()).isEqualTo(inside(body, "default"));
            } else if (option.group(2).equals("boolean")) {
                assertThat(ours.type()).as(ours.toString()).isEqualTo(DrbdOption.Type.BOOLEAN);
                assertThat(ours.defaultValue()).as(ours.toString()).isEqualTo(inside(body, "default"));
            }
            List<String> words = Pattern.compile("<(?:handler|symbol)>(.*?)</")
                    .matcher(body)
                    .results()
                    .map(word -> word.group(1))
                    .toList();
            assertThat(ours.keywords()).as(ours.toString()).isEqualTo(words);
        }
        assertThat(seen).as("options of %s %s", dialect, section).isPositive();
    }

    private static String inside(String xml, String element) {
        Matcher matcher =
                Pattern.compile("<" + element + ">(.*?)</" + element + ">").matcher(xml);
        return matcher.find() ? matcher.group(1) : "";
    }

    /** Program and reader say the same of every sample. */
    private void agree(
            List<Sample> samples,
            Function<ConfigText, ? extends ConfigDocument> reader,
            Function<Path, Boolean> program) {
        List<String> differences = new ArrayList<>();
        for (Sample sample : samples) {
            Path file = folder.resolve("in-" + sample.name());
            try {
                Files.write(file, sample.text().bytes());
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            ConfigDocument ours = reader.apply(sample.text());
            if (ours.isAccepted() != program.apply(file)) {
                differences.add(sample + ": ours says " + ours.diagnostics());
            }
        }
        assertThat(differences).isEmpty();
    }

    private static List<String> drbd(DrbdDialect dialect, String program) {
        if (dialect == DrbdDialect.V9) {
            return List.of(Peers.program(program).toString());
        }
        // The older parsers lie outside of every program folder, so they are started by the packages' own loader.
        String old = DRBDADM.get(dialect).replace("drbdadm", program);
        return List.of(
                Peers.file("lib64/ld-linux-x86-64.so.2").toString(),
                "--library-path",
                read(Peers.cache().resolve("libraries")),
                Peers.file(old).toString());
    }

    private static Processes.Result program(String name, String... arguments) {
        return run(List.of(Peers.program(name).toString()), "", arguments);
    }

    private static Processes.Result run(List<String> program, String variable, String... arguments) {
        List<String> command = new ArrayList<>();
        if (!variable.isEmpty()) {
            command.addAll(List.of("env", variable));
        }
        command.addAll(program);
        command.addAll(Arrays.asList(arguments));
        return Processes.run(command);
    }

    private static boolean valid(String schema, Path file) {
        return program("xmllint", "--noout", "--relaxng", Peers.file(schema).toString(), file.toString())
                        .exitCode()
                == 0;
    }

    /** An empty file: dhcpd wants its leases to exist. */
    private String empty() {
        Path leases = folder.resolve("leases");
        try {
            Files.write(leases, new byte[0]);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return leases.toString();
    }

    private static String read(Path file) {
        return ConfigText.decode("f", bytes(file)).text();
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
