package io.diskless.netboot.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.netboot.tftp.TftpContent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged curl asks for heads, wholes and what is wanting of a file. */
@RequiresPeer("curl")
class CurlIT {
    private static final int SIZE = 5_000_001;

    @TempDir
    Path folder;

    private final byte[] bytes = new byte[SIZE];
    private final Queue<HttpReport> reports = new ConcurrentLinkedQueue<>();
    private HttpBootServer server;

    @BeforeEach
    void open() throws IOException {
        new Random(6).nextBytes(bytes);
        Path root = Files.createDirectory(folder.resolve("root"));
        Files.write(root.resolve("kernel"), bytes);
        server = HttpBootServer.open(
                new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0),
                TftpContent.files(root),
                reports::add);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private Processes.Result curl(String... words) {
        Stream<String> first = Stream.of(Peers.program("curl").toString(), "-sS", "--fail");
        String url = "http://127.0.0.1:" + server.address().getPort() + "/kernel";
        return Processes.run(Stream.of(first, Arrays.stream(words), Stream.of(url))
                .flatMap(s -> s)
                .toArray(String[]::new));
    }

    /** The server tells of an answer when it has written it, and the client may be ahead of that. */
    private HttpReport report() {
        await().atMost(Duration.ofSeconds(100)).until(() -> !reports.isEmpty());
        return reports.remove();
    }

    @Test
    void aHeadTellsTheSizeInTheFormThatGrubKnows() {
        assertThat(curl("-I").orThrow().output()).contains("HTTP/1.1 200 OK", "Content-Length: " + SIZE);
        assertThat(report().method()).isEqualTo("HEAD");
    }

    @Test
    void aDownloadThatWasCutOffGoesOn() throws IOException {
        Path got = folder.resolve("got");
        Files.write(got, Arrays.copyOf(bytes, 1_000_003));
        curl("-C", "-", "-o", got.toString()).orThrow();
        assertThat(Files.mismatch(got, folder.resolve("root/kernel"))).isEqualTo(-1);
        assertThat(report().status()).isEqualTo(206);
    }

    @Test
    void oneConnectionServesSeveralFiles() {
        String url = "http://127.0.0.1:" + server.address().getPort() + "/kernel";
        String codes = curl("-o", "/dev/null", "-w", "%{num_connects} %{size_download} ", "-o", "/dev/null", url)
                .orThrow()
                .output();
        assertThat(codes).isEqualTo("1 " + SIZE + " 0 " + SIZE + " ");
    }
}
