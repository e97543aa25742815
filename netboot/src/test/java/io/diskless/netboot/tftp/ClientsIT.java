package io.diskless.netboot.tftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged TFTP clients fetch from our server and write to it; 40 MiB wrap the block numbers of 512-byte blocks. */
class ClientsIT {
    private static final int SIZE = 40 << 20;

    @TempDir
    Path folder;

    private final Queue<TftpReport> reports = new ConcurrentLinkedQueue<>();
    private TftpServer server;
    private String port;

    @BeforeEach
    void open() throws IOException {
        Path root = Files.createDirectory(folder.resolve("root"));
        byte[] bytes = new byte[SIZE];
        new Random(3).nextBytes(bytes);
        Files.write(root.resolve("kernel"), bytes);
        TftpServerOptions options = TftpServerOptions.builder()
                .listen(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0))
                .writes(TftpStore.files(Files.createDirectory(root.resolve("in"))), SIZE)
                .listener(new TftpListener() {
                    @Override
                    public void ended(TftpReport report) {
                        reports.add(report);
                    }

                    @Override
                    public void received(TftpReport report) {
                        reports.add(report);
                    }
                })
                .build();
        server = TftpServer.open(options, TftpContent.files(root));
        port = Integer.toString(server.addresses().get(0).getPort());
    }

    @AfterEach
    void close() {
        server.close();
    }

    private TftpReport fetched(String... command) throws IOException {
        Processes.run(command).orThrow();
        assertThat(Files.mismatch(folder.resolve("root/kernel"), folder.resolve("got")))
                .as("first byte that differs")
                .isEqualTo(-1);
        await().atMost(Duration.ofSeconds(60)).until(() -> !reports.isEmpty());
        TftpReport report = reports.remove();
        assertThat(report.outcome()).isEqualTo(TftpOutcome.COMPLETED);
        return report;
    }

    private String program(String name) {
        return Peers.program(name).toString();
    }

    private String got() {
        return folder.resolve("got").toString();
    }

    @Test
    @RequiresPeer("tftp")
    void tftpHpaWithoutOptions() throws IOException {
        TftpReport report = fetched(program("tftp"), "-m", "binary", "127.0.0.1", port, "-c", "get", "kernel", got());
        assertThat(report.blocks()).isEqualTo(SIZE / 512 + 1);
    }

    @Test
    @RequiresPeer("atftp")
    void atftpWithAWindow() throws IOException {
        TftpReport report = fetched(
                program("atftp"),
                "--option",
                "blksize 1428",
                "--option",
                "windowsize 8",
                "--option",
                "tsize 0",
                "-g",
                "-r",
                "kernel",
                "-l",
                got(),
                "127.0.0.1",
                port);
        assertThat(report.windowSize()).isEqualTo(8);
        assertThat(report.blockSize()).isEqualTo(1428);
    }

    /** What the system would have to cut into fragments it does not send together. */
    @Test
    @RequiresPeer({"atftp", "ip"})
    @RequiresNetworkNamespace
    void atftpWithAWindowOfBlocksThatAreLongerThanThePacketsOfTheNetwork() throws IOException {
        Processes.run(program("ip"), "link", "set", "lo", "mtu", "1000").orThrow();
        try {
            atftpWithAWindow();
        } finally {
            Processes.run(program("ip"), "link", "set", "lo", "mtu", "65536").orThrow();
        }
    }

    @Test
    @RequiresPeer("curl")
    void curlWithItsOptions() throws IOException {
        TftpReport report = fetched(
                program("curl"), "-sS", "--tftp-blksize", "1400", "-o", got(), "tftp://127.0.0.1:" + port + "/kernel");
        assertThat(report.blockSize()).isEqualTo(1400);
    }

    @Test
    @RequiresPeer("busybox")
    void busybox() throws IOException {
        fetched(program("busybox"), "tftp", "-g", "-b", "1468", "-r", "kernel", "-l", got(), "127.0.0.1", port);
    }

    private TftpReport written(String... command) throws IOException {
        Processes.run(command).orThrow();
        assertThat(Files.mismatch(folder.resolve("root/kernel"), folder.resolve("root/in/new")))
                .as("first byte that differs")
                .isEqualTo(-1);
        await().atMost(Duration.ofSeconds(60)).until(() -> !reports.isEmpty());
        TftpReport report = reports.remove();
        assertThat(report.outcome()).isEqualTo(TftpOutcome.COMPLETED);
        assertThat(server.counters().stored()).isEqualTo(1);
        return report;
    }

    private String kernel() {
        return folder.resolve("root/kernel").toString();
    }

    @Test
    @RequiresPeer("tftp")
    void tftpHpaPuts() throws IOException {
        TftpReport report = written(program("tftp"), "-m", "binary", "127.0.0.1", port, "-c", "put", kernel(), "new");
        assertThat(report.blocks()).isEqualTo(SIZE / 512 + 1);
        // The second time the file is there.
        String[] again = {program("tftp"), "-m", "binary", "127.0.0.1", port, "-c", "put", kernel(), "new"};
        assertThat(Processes.run(again).toString()).contains("file exists");
    }

    @Test
    @RequiresPeer("curl")
    void curlUploads() throws IOException {
        String url = "tftp://127.0.0.1:" + port + "/new";
        TftpReport report = written(program("curl"), "-sS", "--tftp-blksize", "1400", "-T", kernel(), url);
        assertThat(report.blockSize()).isEqualTo(1400);
        // CURLE_REMOTE_FILE_EXISTS
        assertThat(Processes.run(program("curl"), "-sS", "-T", kernel(), url).exitCode())
                .isEqualTo(73);
    }

    @Test
    @RequiresPeer("atftp")
    void atftpPutsWithAWindow() throws IOException {
        TftpReport report = written(
                program("atftp"),
                "--option",
                "blksize 1428",
                "--option",
                "windowsize 8",
                "-p",
                "-l",
                kernel(),
                "-r",
                "new",
                "127.0.0.1",
                port);
        assertThat(report.blockSize()).isEqualTo(1428);
    }

    @Test
    @RequiresPeer("curl")
    void aMissingFileIsCurlsExitCode68() {
        Processes.Result result =
                Processes.run(program("curl"), "-sS", "-o", got(), "tftp://127.0.0.1:" + port + "/none");
        // CURLE_TFTP_NOTFOUND
        assertThat(result.exitCode()).isEqualTo(68);
    }
}
