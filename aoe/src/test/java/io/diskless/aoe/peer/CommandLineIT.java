package io.diskless.aoe.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line against itself, each command a process of its own, over a virtual cable. */
@RequiresNetworkNamespace
class CommandLineIT {
    private static final int SIZE = 4 << 20;

    private final List<Process> started = new ArrayList<>();
    private Netns.Wire wire;

    @TempDir
    private Path dir;

    @BeforeEach
    void cable() {
        wire = Netns.veth("cli-t", "cli-i", 9000);
    }

    @AfterEach
    void end() throws InterruptedException {
        for (Process process : started) {
            process.destroy();
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
        }
        wire.close();
    }

    private static List<String> command(String... args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.diskless.aoe.cli.Main"));
        command.addAll(List.of(args));
        return command;
    }

    private Processes.Result run(String... args) {
        return Processes.run(command(args), 120);
    }

    private void serve(String... args) throws IOException {
        serve(List.of(args), List.of());
    }

    private void serve(List<String> what, List<String> how) throws IOException {
        List<String> all = new ArrayList<>(List.of("serve"));
        all.addAll(what);
        all.addAll(how);
        all.addAll(List.of("--interface", "cli-t"));
        Process process = new ProcessBuilder(command(all.toArray(new String[0])))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        started.add(process);
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        assertThat(out.readLine()).isEqualTo("serving");
    }

    private Path image(String name) throws IOException {
        byte[] bytes = new byte[SIZE];
        new Random(3).nextBytes(bytes);
        return Files.write(dir.resolve(name), bytes);
    }

    @Test
    void aDiskIsFoundExaminedNotedReservedAndCopied() throws IOException {
        Path image = image("disk.img");
        serve("e0.1", image.toString(), "--allow", "02:00:00:00:00:01", "--allow", macOf("cli-i"));

        Processes.Result found = run("discover", "-i", "cli-i");
        assertThat(found.exitCode()).as(found.output()).isZero();
        // 17 would fit; the file is in blocks of 4 KiB, and the target asks for whole ones.
        assertThat(found.output()).contains("e0.1", "4.0 MiB", "16 sectors/frame");

        assertThat(run("ping", "e0.1", "-i", "cli-i", "-c", "3").output()).contains("answer 3");
        assertThat(run("identify", "e0.1", "-i", "cli-i", "--json").output()).contains("\"sectors\":8192");

        Processes.Result checked = run("check", "e0.1", "-i", "cli-i", "--write");
        assertThat(checked.exitCode()).as(checked.output()).isZero();
        assertThat(checked.output()).doesNotContain("FAULT").contains("16 sectors of 16 advertised");

        assertThat(run("config", "set", "e0.1", "ruby's root", "-i", "cli-i").exitCode())
                .isZero();
        assertThat(run("config", "get", "e0.1", "-i", "cli-i").output()).contains("ruby's root");
        assertThat(run("config", "set", "e0.1", "crystal's", "-i", "cli-i").exitCode())
                .as("another string is set")
                .isEqualTo(5);

        assertThat(run("reserve", "e0.1", "-i", "cli-i", "--self").output()).contains(macOf("cli-i"));
        assertThat(run("reserve", "e0.1", "-i", "cli-i", "--release").exitCode())
                .isZero();
        assertThat(run("mask", "e0.1", "-i", "cli-i", "--add", macOf("cli-i")).output())
                .contains(macOf("cli-i"));
        assertThat(run("mask", "e0.1", "-i", "cli-i", "--delete", macOf("cli-i"))
                        .exitCode())
                .isZero();

        Path copy = dir.resolve("copy.img");
        Processes.Result copied = run("copy", "e0.1", copy.toString(), "-i", "cli-i");
        assertThat(copied.exitCode()).as(copied.output()).isZero();
        assertThat(Files.mismatch(copy, image)).isEqualTo(-1);
        assertThat(run("bench", "e0.1", "-i", "cli-i", "--seconds", "1").output())
                .contains("requests of 4.0 KiB");
    }

    @Test
    void anOverlayKeepsTheImageAndAReadOnlyExportRefuses() throws IOException {
        Path image = image("base.img");
        byte[] before = Files.readAllBytes(image);
        Path config = Files.writeString(dir.resolve("site.json"), """
                { "interfaces": ["cli-t"], "exports": [
                  { "address": "e0.1", "file": "base.img", "overlay": "ruby.cow", "sync": "flush" },
                  { "address": "e0.2", "file": "other.img", "readOnly": true } ] }
                """);
        image("other.img");
        serve("--config", config.toString());

        Path other = dir.resolve("new.img");
        byte[] bytes = new byte[SIZE];
        new Random(4).nextBytes(bytes);
        Files.write(other, bytes);
        Processes.Result copied = run("copy", other.toString(), "e0.1", "-i", "cli-i");
        assertThat(copied.exitCode()).as(copied.output()).isZero();
        assertThat(Files.readAllBytes(image)).as("the image under the overlay").isEqualTo(before);

        Processes.Result refused = run("copy", other.toString(), "e0.2", "-i", "cli-i");
        assertThat(refused.exitCode()).as(refused.output()).isNotZero();
        assertThat(refused.output()).startsWith("diskless-aoe: ").hasLineCount(1);
        assertThat(run("ping", "e0.9", "-i", "cli-i", "--timeout", "1").exitCode())
                .as("no such target")
                .isEqualTo(3);
    }

    /**
     * What the command prints for programs, each value by its JSON pointer: one document and nothing else, whatever it
     * tells people on the other stream.
     */
    private Map<String, String> json(String... args) throws Exception {
        List<String> all = command(args);
        all.addAll(List.of("--json", "-i", "cli-i", "--link", "socket"));
        Process process = new ProcessBuilder(all)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        started.add(process);
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", all, text).isZero();
        Map<String, String> values = new TreeMap<>();
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            assertThat(parser.nextToken()).as(text).isEqualTo(JsonToken.START_OBJECT);
            for (JsonToken token = parser.nextToken();
                    !parser.getParsingContext().inRoot();
                    token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    values.put(parser.getParsingContext().pathAsPointer().toString(), parser.getText());
                }
            }
            assertThat(parser.nextToken()).as(text).isNull();
        }
        return values;
    }

    @Test
    void everyCommandThatReportsSpeaksJsonAndTakesPlainSocketsToo() throws Exception {
        Path image = image("base.img");
        byte[] before = Files.readAllBytes(image);
        String self = macOf("cli-i");
        serve(
                List.of(
                        "e0.1",
                        image.toString(),
                        "--overlay",
                        dir.resolve("ruby.cow").toString()),
                List.of("--link", "socket", "--sync", "buffered", "--allow", self));

        assertThat(json("discover"))
                .containsEntry("/targets/0/address", "e0.1")
                .containsEntry("/targets/0/size", String.valueOf(SIZE))
                .containsEntry("/targets/0/paths/0/interface", "cli-i");
        assertThat(json("ping", "e0.1", "-c", "2")).containsEntry("/answers", "2");
        assertThat(json("identify", "e0.1")).containsEntry("/sectors", String.valueOf(SIZE / 512));
        assertThat(json("config", "set", "e0.1", "ruby")).containsEntry("/config", "ruby");
        assertThat(json("config", "get", "e0.1")).containsEntry("/config", "ruby");
        assertThat(json("mask", "e0.1", "--add", self)).containsEntry("/mask/0", self);
        assertThat(json("mask", "e0.1", "--delete", self)).doesNotContainKey("/mask/0");
        assertThat(json("reserve", "e0.1", "--self")).containsEntry("/reservedFor/0", self);
        assertThat(json("reserve", "e0.1", "--release")).doesNotContainKey("/reservedFor/0");
        Map<String, String> report = json("check", "e0.1", "--write");
        assertThat(report).containsEntry("/target/address", "e0.1").containsKey("/findings/9/detail");
        assertThat(report.values())
                .contains("Query Config", "MAC Mask List", "Reserve/Release", "SMART READ DATA", "DATA SET MANAGEMENT")
                .doesNotContain("fault");
        Map<String, String> load = json("bench", "e0.1", "--seconds", "1");
        assertThat(Long.parseLong(load.get("/requests"))).isPositive();

        Path other = dir.resolve("new.img");
        byte[] bytes = new byte[SIZE];
        new Random(5).nextBytes(bytes);
        Files.write(other, bytes);
        assertThat(json("copy", other.toString(), "e0.1"))
                .containsEntry("/bytes", String.valueOf(SIZE))
                .containsEntry("/verified", "true");
        assertThat(Files.readAllBytes(image)).as("the image under the overlay").isEqualTo(before);
    }

    private static String macOf(String name) {
        StringBuilder text = new StringBuilder();
        for (byte b : Netns.mac(name)) {
            text.append(text.isEmpty() ? "" : ":").append(String.format("%02x", b & 0xFF));
        }
        return text.toString();
    }
}
