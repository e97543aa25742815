package io.diskless.netboot.tftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
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

/** The packaged TFTP clients fetch from our server; 40 MiB wrap the block numbers of 512-byte blocks. */
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
                .listener(reports::add)
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

    @Test
    @RequiresPeer("curl")
    void aMissingFileIsCurlsExitCode68() {
        Processes.Result result =
                Processes.run(program("curl"), "-sS", "-o", got(), "tftp://127.0.0.1:" + port + "/none");
        // CURLE_TFTP_NOTFOUND
        assertThat(result.exitCode()).isEqualTo(68);
    }
}
