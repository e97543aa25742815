package io.diskless.netboot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.netboot.dhcpd.ClientRoom;
import io.diskless.netboot.http.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code serve} as a process of its own, on the real ports of two networks, with clients that we did not write. */
@RequiresNetworkNamespace
class ServeIT {
    private static final Duration PATIENCE = Duration.ofSeconds(100);
    private static final String RUBY = "52:54:00:77:00:01";
    private static final String CRYSTAL = "52:54:00:77:00:02";

    @TempDir
    Path folder;

    private final List<Process> started = new ArrayList<>();
    private ClientRoom ruby;
    private ClientRoom crystal;

    @BeforeEach
    void open() throws IOException {
        ruby = ClientRoom.open("s0", RUBY);
        Netns.ip("addr", "add", "10.77.0.1/24", "dev", "s0");
        crystal = ClientRoom.open("s1", CRYSTAL);
        Netns.ip("addr", "add", "10.78.0.1/24", "dev", "s1");
        Files.writeString(folder.resolve("hosts"), """
                52:54:00:77:00:01 HardwareNode ruby    10.77.0.5
                52:54:00:77:00:02 HardwareNode crystal 10.78.0.5
                """);
        Files.createDirectory(folder.resolve("root"));
        Files.writeString(folder.resolve("root/vmlinuz"), "a kernel");
        Files.createDirectory(folder.resolve("uploads"));
        Files.createDirectory(folder.resolve("secrets"));
        Files.writeString(folder.resolve("secrets/52-54-00-77-00-01"), "the secret of ruby");
    }

    @AfterEach
    void close() {
        started.forEach(process -> {
            process.destroyForcibly();
            process.onExit().join();
        });
        ruby.close();
        crystal.close();
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private static List<String> command(String... words) {
        // Surefire may put the class path into a jar's manifest.
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> all = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classes,
                Main.class.getName()));
        all.addAll(List.of(words));
        return all;
    }

    private void serve(String... words) throws IOException {
        Path log = folder.resolve("log");
        started.add(new ProcessBuilder(command(words))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start());
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(log()).contains("serving 10.77.0.0/24 from 10.77.0.1 on s0"));
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("log"));
    }

    private static String program(String name) {
        return Peers.program(name).toString();
    }

    /** Gets an address and has it. */
    private static void udhcpc(ClientRoom room, String address) {
        room.run(program("busybox"), "udhcpc", "-i", "c0", "-n", "-q", "-t", "20", "-T", "2", "-s", "/bin/true")
                .orThrow();
        room.ip("addr", "add", address + "/24", "dev", "c0");
    }

    @Test
    @RequiresPeer({"busybox", "curl", "tftp"})
    void twoNetworksWithTlsTokensAndUploads() throws Exception {
        TestCertificate certificate = TestCertificate.make(folder.resolve("keys"));
        certificate.write(folder.resolve("certificate.pem"), folder.resolve("key.pem"));
        serve(
                "serve",
                "-i",
                "s0",
                "-i",
                "s1",
                "-c",
                path("hosts"),
                "-r",
                path("root"),
                "-p",
                "HardwareNode=kernel:vmlinuz token=@boot-token@",
                "--tls-certificate",
                path("certificate.pem"),
                "--tls-key",
                path("key.pem"),
                "--secrets",
                path("secrets"),
                "--uploads",
                path("uploads"),
                "--watch");
        assertThat(log()).contains("serving 10.78.0.0/24 from 10.78.0.1 on s1").doesNotContain("note:");
        udhcpc(ruby, "10.77.0.5");
        udhcpc(crystal, "10.78.0.5");

        String script = ruby.run(
                        program("curl"),
                        "-sS",
                        "--cacert",
                        path("certificate.pem"),
                        "https://10.77.0.1:8080/boot/52-54-00-77-00-01.ipxe")
                .orThrow()
                .output();
        assertThat(script).contains("kernel https://10.77.0.1:8080/vmlinuz");
        Matcher token = Pattern.compile("token=([0-9a-f]{32})").matcher(script);
        assertThat(token.find()).isTrue();
        String[] redeem = {
            program("curl"),
            "-sSf",
            "--cacert",
            path("certificate.pem"),
            "https://10.77.0.1:8080/boot/token/" + token.group(1)
        };
        assertThat(ruby.run(redeem).orThrow().output()).isEqualTo("the secret of ruby");
        assertThat(ruby.run(redeem).exitCode()).as("404 the second time").isEqualTo(22);

        crystal.run(
                        program("busybox"),
                        "tftp",
                        "-g",
                        "-r",
                        "boot/52-54-00-77-00-02.ipxe",
                        "-l",
                        path("got"),
                        "10.78.0.1")
                .orThrow();
        assertThat(Files.readString(folder.resolve("got")))
                .as("each network has its own address of the server")
                .contains("kernel https://10.78.0.1:8080/vmlinuz");

        crystal.run(program("tftp"), "-m", "binary", "10.78.0.1", "-c", "put", path("root/vmlinuz"), "report")
                .orThrow();
        await().atMost(PATIENCE).until(() -> log().contains("10.78.0.5 TFTP write report COMPLETED"));
        assertThat(folder.resolve("uploads/report")).hasContent("a kernel");
    }

    @Test
    @RequiresPeer("busybox")
    void aDryRunTellsWhatItWouldSayAndSaysNothing() throws IOException {
        serve("dry-run", "-i", "s0", "-c", path("hosts"), "-p", "HardwareNode=program:pxelinux.0");
        assertThat(log()).contains("on s0, saying nothing");
        Processes.Result client =
                ruby.run(program("busybox"), "udhcpc", "-i", "c0", "-n", "-q", "-t", "2", "-T", "1", "-s", "/bin/true");
        assertThat(client.exitCode()).isNotZero();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(log()).contains(RUBY + " SYSTEM DISCOVER: OFFER 10.77.0.5"));
    }

    @Test
    void aMachineThatIsNotThereBootsAndItsTimelineShowsIt() throws IOException {
        String[] server = {
            "serve",
            "-i",
            "s0",
            "-c",
            path("hosts"),
            "-r",
            path("root"),
            "-p",
            "HardwareNode=kernel:vmlinuz quiet",
            "--leases",
            path("leases"),
            "--events",
            path("events")
        };
        serve(server);
        ruby.ip("addr", "add", "10.77.0.9/24", "dev", "c0");
        List<String> simulate = command("simulate", "BIOS_IPXE", "--mac", RUBY, "--own", "10.77.0.9");
        assertThat(ruby.run(simulate.toArray(String[]::new)).orThrow().output())
                .contains("ACK 10.77.0.5", "end: Kernel[kernel=http://10.77.0.1:8080/vmlinuz");
        assertThat(Processes.run(command("leases", path("leases"))).orThrow().output())
                .contains("10.77.0.5        " + RUBY + "  BOUND");
        assertThat(Processes.run(command("timeline", path("events"))).orThrow().output())
                .contains("DISCOVER by IPXE, architecture 0", "ACK 10.77.0.5");
    }

    private static Processes.Result failed(String... words) {
        return Processes.run(command(words));
    }

    @Test
    void whatStandsInTheWayIsOneLine() throws IOException {
        assertThat(failed("serve", "-c", path("hosts"), "-i", "lo", "-i", "c7"))
                .extracting(Processes.Result::exitCode, Processes.Result::output)
                .containsExactly(4, "diskless-netboot: there is no interface c7\n");
        Netns.ip("addr", "flush", "dev", "s1");
        assertThat(failed("serve", "-c", path("hosts"), "-i", "s1"))
                .extracting(Processes.Result::exitCode, Processes.Result::output)
                .containsExactly(4, "diskless-netboot: interface s1 has no IPv4 address; give it one first\n");
        serve("serve", "-i", "s0", "-c", path("hosts"), "--http-port", "8081");
        assertThat(failed("serve", "-c", path("hosts"), "-i", "s0", "--http-port", "8081"))
                .satisfies(result -> {
                    assertThat(result.exitCode()).isEqualTo(4);
                    assertThat(result.output())
                            .isEqualTo(
                                    "diskless-netboot: cannot listen on 10.77.0.1:8081: another server has the port\n");
                });
        assertThat(failed("dry-run", "-c", path("hosts"), "-i", "s0")).satisfies(result -> {
            assertThat(result.exitCode()).isEqualTo(4);
            assertThat(result.output())
                    .isEqualTo("diskless-netboot: cannot listen on 0.0.0.0:67: another server has the port\n");
        });
    }

    @Test
    void withoutThePrivilegeItSaysWhichIsNeeded() {
        List<String> without = new ArrayList<>(List.of(program("setpriv"), "--bounding-set=-net_bind_service"));
        without.addAll(command("serve", "-c", path("hosts"), "-i", "s0"));
        Processes.Result result = Processes.run(without);
        assertThat(result.exitCode()).isEqualTo(4);
        assertThat(result.output())
                .isEqualTo("diskless-netboot: cannot listen on 10.77.0.1:69: "
                        + "ports below 1024 need CAP_NET_BIND_SERVICE\n");
    }
}
