package io.diskless.drbd.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.testkit.BackingDisk;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.testkit.Lan;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged command line runs one side of a resource file, a kernel the other: both read the same file. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class CommandLineIT {
    private static final int SIZE = 4 << 20;
    private static final Path JAR = jar();

    @TempDir
    private Path directory;

    private static Path jar() {
        try (var files = Files.newDirectoryStream(Path.of("target"), "diskless-drbd-proto-*-cli.jar")) {
            return files.iterator().next().toAbsolutePath();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("the command line is not packaged", e);
        }
    }

    private static List<String> command(Object... words) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", JAR.toString()));
        Arrays.stream(words).map(Object::toString).forEach(command::add);
        return command;
    }

    private static Processes.Result run(Object... words) {
        return Processes.run(command(words), KernelNode.PATIENCE.toSeconds());
    }

    private Processes.Result ctl(String... words) {
        List<Object> all = new ArrayList<>(List.of("ctl", "--control", directory.resolve("ctl"), "r1"));
        all.addAll(List.of(words));
        return run(all.toArray());
    }

    private void awaitStatus(String... parts) {
        Awaitility.await(String.join(" ", parts))
                .atMost(KernelNode.PATIENCE)
                .untilAsserted(
                        () -> assertThat(ctl("status", "--json").output()).contains(parts));
    }

    private byte[] image() throws IOException {
        return Arrays.copyOf(Files.readAllBytes(directory.resolve("disk.img")), SIZE);
    }

    @Test
    void aPeerOfOneResourceFileIsSteeredFromAShell() throws Exception {
        KernelNode alice = KernelNode.alice();
        for (String image : List.of("disk.img", "meta.img")) {
            try (RandomAccessFile file =
                    new RandomAccessFile(directory.resolve(image).toFile(), "rw")) {
                file.setLength(SIZE);
            }
        }
        String conf =
                """
                resource r1 {
                  net { protocol C; cram-hmac-alg sha256; shared-secret "xyzzy"; verify-alg crc32c; connect-int 3; }
                  disk { resync-rate 100M; c-plan-ahead 0; c-min-rate 0; }
                  device /dev/drbd1;
                  on alice { disk /dev/vda; flexible-meta-disk /dev/vdb; address %s:7789; }
                  on java { disk %s; flexible-meta-disk %s; address %s:7789; }
                }
                """.formatted(alice.address(), directory.resolve("disk.img"), directory.resolve("meta.img"), Lan.HOST);
        alice.configure(conf);
        alice.createAndUp("r1");
        Path file = Files.writeString(directory.resolve("drbd.conf"), conf);
        run("meta", "create", "r1", "--conf", file, "--host", "java").orThrow();

        Path log = directory.resolve("peer.log");
        Process peer = new ProcessBuilder(
                        command("peer", "r1", "--conf", file, "--host", "java", "--control", directory.resolve("ctl")))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            Awaitility.await("the peer listens")
                    .atMost(KernelNode.PATIENCE)
                    .until(() -> !peer.isAlive() || Files.readString(log, UTF_8).contains("control socket"));
            assertThat(peer.isAlive()).as(Files.readString(log)).isTrue();

            alice.await(1, "Connected", "Inconsistent/Inconsistent");
            awaitStatus("\"connection\":\"Connected\"");
            assertThat(ctl("role", "primary").exitCode()).isEqualTo(5);
            ctl("role", "primary", "--force").orThrow();
            alice.await(1, "Connected", "UpToDate/UpToDate");
            awaitStatus("\"role\":\"Primary\",\"peerRole\":\"Secondary\"", "\"peerDisk\":\"UpToDate\"");

            ctl("role", "secondary").orThrow();
            alice.drbdadm("primary r1");
            alice.must("dd if=/bin/busybox of=/dev/drbd1 bs=4k count=64 oflag=direct");
            assertThat(image()).isEqualTo(alice.disk(0).read(0, SIZE)).startsWith(0x7f, 'E', 'L', 'F');

            assertThat(ctl("verify").orThrow().output())
                    .contains(SIZE / BackingDisk.BLOCK + " blocks of 4 KiB compared");
            try (RandomAccessFile disk =
                    new RandomAccessFile(directory.resolve("disk.img").toFile(), "rw")) {
                disk.seek(40_960);
                disk.write(new byte[8192]);
            }
            Processes.Result verify = ctl("verify", "--json");
            assertThat(verify.exitCode()).isEqualTo(6);
            assertThat(verify.output()).contains("\"sector\":80").contains("\"sectors\":16");

            Files.writeString(file, conf.replace("resync-rate 100M", "resync-rate 50M"));
            ctl("adjust").orThrow();
            ctl("invalidate").orThrow();
            alice.await(1, "nothing out of sync", s -> s.is("Connected", "UpToDate/UpToDate") && s.outOfSyncKiB() == 0);
            awaitStatus("\"connection\":\"Connected\"", "\"disk\":\"UpToDate\",\"peerDisk\":\"UpToDate\"");
            assertThat(image()).isEqualTo(alice.disk(0).read(0, SIZE));

            ctl("detach").orThrow();
            alice.await(1, "Connected", "UpToDate/Diskless");
            awaitStatus("\"disk\":\"Diskless\",\"peerDisk\":\"UpToDate\"");
            alice.must("dd if=/bin/busybox of=/dev/drbd1 bs=4k count=16 seek=512 oflag=direct");
            ctl("attach").orThrow();
            alice.await(1, "nothing out of sync", s -> s.is("Connected", "UpToDate/UpToDate") && s.outOfSyncKiB() == 0);
            awaitStatus("\"connection\":\"Connected\"", "\"disk\":\"UpToDate\",\"peerDisk\":\"UpToDate\"");
            assertThat(image()).isEqualTo(alice.disk(0).read(0, SIZE));
            assertThat(ctl("status").orThrow().output())
                    .contains("r1/0 cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate")
                    .contains(" oos:0");

            ctl("disconnect").orThrow();
            alice.await(1, "WFConnection");
            ctl("connect").orThrow();
            alice.await(1, "Connected", "UpToDate/UpToDate");
            ctl("down").orThrow();
            assertThat(peer.waitFor(KernelNode.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(peer.exitValue()).as(Files.readString(log)).isZero();
            alice.await(1, "WFConnection");
        } finally {
            peer.destroyForcibly();
        }
    }
}
