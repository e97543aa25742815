package io.diskless.aoe.peer;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Random;
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
        List<String> all = new ArrayList<>(List.of("serve"));
        all.addAll(List.of(args));
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

    private static String macOf(String name) {
        StringBuilder text = new StringBuilder();
        for (byte b : Netns.mac(name)) {
            text.append(text.isEmpty() ? "" : ":").append(String.format("%02x", b & 0xFF));
        }
        return text.toString();
    }
}
