package io.diskless.drbd.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.drbd.testkit.BackingDisk;
import io.diskless.drbd.testkit.KernelNode;
import io.diskless.drbd.testkit.Lan;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Java process beside a kernel is killed with signal 9, in either role, under load, and started again. */
@RequiresNetworkNamespace
@RequiresPeer({"drbd", "qemu-system-x86_64"})
class KilledProcessIT {
    private static final int SIZE = 32 << 20;
    private static final int META = 1 << 20;
    private static final Path JAR = jar();

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    @TempDir
    private Path directory;

    private final KernelNode kernel = KernelNode.alice();
    private Path conf = Path.of("");
    private int runs;

    private static Path jar() {
        try (var files = Files.newDirectoryStream(Path.of("target"), "diskless-drbd-proto-*-cli.jar")) {
            return files.iterator().next().toAbsolutePath();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("the command line is not packaged", e);
        }
    }

    private static List<String> java(Object... words) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        Arrays.stream(words).map(Object::toString).forEach(command::add);
        return command;
    }

    private Path image(String name, int size) throws IOException {
        Path file = directory.resolve(name);
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
            image.setLength(size);
        }
        return file;
    }

    @BeforeEach
    void configure() throws Exception {
        String text =
                """
                resource r1 {
                  net { protocol C; connect-int 1; ping-int 10; ping-timeout 30; }
                  disk { size %dK; resync-rate 100M; c-plan-ahead 0; c-min-rate 0; }
                  device /dev/drbd1;
                  on alice { disk /dev/vda; flexible-meta-disk /dev/vdb; address %s:7789; }
                  on java { disk %s; flexible-meta-disk %s; address %s:7789; }
                }
                """.formatted(SIZE >> 10, kernel.address(), image("disk.img", SIZE), image("meta.img", META), Lan.HOST);
        conf = Files.writeString(directory.resolve("drbd.conf"), text);
        kernel.configure(text);
        kernel.createAndUp("r1");
        Processes.run(
                        java("-jar", JAR, "meta", "create", "r1", "--conf", conf, "--host", "java"),
                        KernelNode.PATIENCE.toSeconds())
                .orThrow();
    }

    /** A process with its output in a file, which is killed at the end if it is not before. */
    private record Running(Process process, Path log) {
        void kill() throws InterruptedException {
            // Signal 9 on Linux.
            process.destroyForcibly().waitFor();
        }

        String said() throws IOException {
            return Files.readString(log, UTF_8);
        }
    }

    private Running start(List<String> command) throws IOException {
        Path log = directory.resolve("run" + runs++ + ".log");
        Process process = new ProcessBuilder(command)
                .redirectError(directory.resolve("run" + runs + ".err").toFile())
                .redirectOutput(log.toFile())
                .start();
        Running running = new Running(process, log);
        cleanup.add(running::kill);
        return running;
    }

    private Running peer() throws IOException {
        return start(java(
                "-jar", JAR, "peer", "r1", "--conf", conf, "--host", "java", "--control", directory.resolve("ctl")));
    }

    private void inSync() {
        kernel.await(1, "nothing out of sync", s -> s.is("Connected", "UpToDate/UpToDate") && s.outOfSyncKiB() == 0);
    }

    private byte[] ours() throws IOException {
        return Arrays.copyOf(Files.readAllBytes(directory.resolve("disk.img")), SIZE);
    }

    private void bothHoldTheSame() throws IOException {
        assertThat(Arrays.mismatch(ours(), kernel.disk(0).read(0, SIZE))).isEqualTo(-1);
    }

    private Running synced() throws IOException {
        Running peer = peer();
        kernel.await(1, "Connected", "Inconsistent/Inconsistent");
        kernel.drbdadm("new-current-uuid --clear-bitmap r1/0");
        inSync();
        return peer;
    }

    @Test
    void aSecondaryThatIsKilledGetsExactlyWhatItMissed() throws Exception {
        Running peer = synced();
        kernel.drbdadm("primary r1");
        kernel.begin(
                "load",
                "while [ ! -e /tmp/stop ]; do dd if=/dev/urandom of=/dev/drbd1 bs=4k count=64 seek=$((RANDOM % 4000))"
                        + " iflag=fullblock oflag=direct 2>/dev/null; done");
        kernel.await(1, "writes", status -> status.counters().get("ns") > 2000);
        peer.kill();
        kernel.await(1, "alone", status -> status.peerDisk().equals("DUnknown"));
        kernel.must("touch /tmp/stop");
        kernel.end("load");
        peer = peer();
        inSync();
        bothHoldTheSame();

        // Without load, what it missed can be counted.
        peer.kill();
        kernel.await(1, "alone", status -> status.peerDisk().equals("DUnknown"));
        kernel.must("dd if=/dev/urandom of=/dev/drbd1 bs=4k count=9 seek=1000 iflag=fullblock oflag=direct");
        kernel.kernelLog();
        peer();
        inSync();
        assertThat(kernel.kernelLog()).contains("Began resync as SyncSource (will sync 36 KB [9 bits set])");
        bothHoldTheSame();
    }

    @Test
    void aPrimaryThatIsKilledBringsWhatItSaidItHadWritten() throws Exception {
        synced().kill();
        kernel.await(1, "alone", status -> status.peerDisk().equals("DUnknown"));
        Running writer = start(java(
                "-cp",
                JAR + ":" + Path.of("target", "test-classes").toAbsolutePath(),
                "io.diskless.drbd.peer.KilledWriter",
                conf,
                "r1",
                "java"));
        Awaitility.await("writes")
                .atMost(KernelNode.PATIENCE)
                .until(() ->
                        !writer.process().isAlive() || writer.said().lines().count() > 2000);
        assertThat(writer.process().isAlive()).isTrue();
        writer.kill();
        kernel.await(1, "alone", status -> status.peerDisk().equals("DUnknown"));
        Map<Integer, Long> said = said(writer);
        kernel.kernelLog();

        peer();
        inSync();
        assertThat(kernel.kernelLog()).contains("Began resync as SyncTarget");
        bothHoldTheSame();
        byte[] ours = ours();
        said.forEach((block, number) -> assertThat(ByteBuffer.wrap(ours).getLong(block * BackingDisk.BLOCK))
                .as("block %d", block)
                .isGreaterThanOrEqualTo(number));
    }

    /** The last write of each block that was reported; the last line may be cut. */
    private static Map<Integer, Long> said(Running writer) throws IOException {
        String text = writer.said();
        assertThat(text).doesNotContain("failed");
        Map<Integer, Long> last = new HashMap<>();
        text.substring(0, text.lastIndexOf('\n')).lines().forEach(line -> {
            String[] words = line.split(" ", 2);
            last.put(Integer.valueOf(words[0]), Long.valueOf(words[1]));
        });
        assertThat(last).isNotEmpty();
        return last;
    }
}
