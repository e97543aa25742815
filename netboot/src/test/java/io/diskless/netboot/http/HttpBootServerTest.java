package io.diskless.netboot.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.diskless.netboot.NetbootException;
import io.diskless.netboot.tftp.TftpContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GET, HEAD and ranges, from files and from memory, with the JDK's client and with bare sockets. */
class HttpBootServerTest {
    private static final int SIZE = 3_000_001;

    @TempDir
    Path folder;

    private final byte[] bytes = new byte[SIZE];
    private final Queue<HttpReport> reports = new ConcurrentLinkedQueue<>();
    private HttpBootServer server;

    @BeforeEach
    void open() throws IOException {
        new Random(5).nextBytes(bytes);
        Files.write(folder.resolve("disk.img"), bytes);
        TftpContent denied = (name, client) -> {
            if (name.equals("denied")) {
                throw new AccessDeniedException(name, null, "under repair");
            }
            return Optional.empty();
        };
        server = HttpBootServer.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                TftpContent.files(folder)
                        .orElse(TftpContent.memory(Map.of("memory.img", bytes, "a b.efi", new byte[0])))
                        .orElse(denied),
                reports::add);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private HttpResponse<byte[]> ask(String method, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.address().getPort() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(60))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/disk.img", "/memory.img", "//disk.img", "/disk.img?x=1"})
    void theWholeContent(String path) throws Exception {
        HttpResponse<byte[]> response = ask("GET", path);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(Arrays.mismatch(response.body(), bytes)).isEqualTo(-1);
        assertThat(response.headers().firstValue("content-type")).contains("application/vnd.efi-img");
        assertThat(response.headers().firstValue("transfer-encoding"))
                .as("UEFI takes no chunks")
                .isEmpty();
        HttpResponse<byte[]> head = ask("HEAD", path);
        assertThat(head.headers().firstValueAsLong("content-length")).hasValue(SIZE);
        assertThat(head.body()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0,0,1",
        "bytes=100-,100,2999901",
        "bytes=-7,2999994,7",
        "bytes=10-19,10,10",
        "bytes=2999990-9999999,2999990,11"
    })
    void oneRange(String range, int first, int length) throws Exception {
        for (String path : new String[] {"/disk.img", "/memory.img"}) {
            HttpResponse<byte[]> response = ask("GET", path, "Range", range);
            assertThat(response.statusCode()).isEqualTo(206);
            assertThat(response.headers().firstValue("content-range"))
                    .contains("bytes " + first + "-" + (first + length - 1) + "/" + SIZE);
            assertThat(Arrays.equals(response.body(), Arrays.copyOfRange(bytes, first, first + length)))
                    .isTrue();
        }
    }

    @Test
    void rangesThatCannotBe() throws Exception {
        assertThat(ask("GET", "/disk.img", "Range", "bytes=3000001-").statusCode())
                .isEqualTo(416);
        assertThat(ask("GET", "/disk.img", "Range", "bytes=-0").statusCode()).isEqualTo(416);
        assertThat(ask("GET", "/disk.img", "Range", "bytes=5-3").statusCode()).isEqualTo(200);
        assertThat(ask("GET", "/disk.img", "Range", "bytes=0-1,3-4").statusCode())
                .isEqualTo(200);
        assertThat(ask("GET", "/disk.img", "Range", "lines=1-2").statusCode()).isEqualTo(200);
    }

    @Test
    void refusals() throws Exception {
        assertThat(ask("GET", "/none").statusCode()).isEqualTo(404);
        assertThat(ask("GET", "/denied").statusCode()).isEqualTo(403);
        assertThat(ask("GET", "/%2e%2e/secret").statusCode()).isEqualTo(403);
        assertThat(ask("GET", "/a%00b").statusCode()).isEqualTo(403);
        assertThat(ask("GET", "/a%5cb").statusCode()).isEqualTo(403);
        assertThat(ask("POST", "/disk.img").statusCode()).isEqualTo(405);
        assertThat(ask("GET", "/a%20b.efi").statusCode()).as("empty, but there").isEqualTo(200);
    }

    /** HEAD and GET on one connection, then a reset, is how edk2 loads a program. */
    @Test
    void oneConnectionForHeadAndGetAndAResetIsNoHarm() throws Exception {
        for (int round = 0; round < 3; round++) {
            try (Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), server.address().getPort())) {
                socket.setSoTimeout(60_000);
                InputStream in = socket.getInputStream();
                String end = " /memory.img HTTP/1.1\r\nHost: x\r\nUser-Agent: UefiHttpBoot/1.0\r\nAccept: */*\r\n\r\n";
                socket.getOutputStream().write(("HEAD" + end).getBytes(StandardCharsets.US_ASCII));
                assertThat(head(in)).startsWith("HTTP/1.1 200").containsIgnoringCase("content-length: " + SIZE);
                socket.getOutputStream().write(("GET" + end).getBytes(StandardCharsets.US_ASCII));
                assertThat(head(in)).startsWith("HTTP/1.1 200");
                assertThat(Arrays.equals(in.readNBytes(SIZE), bytes)).isTrue();
                socket.setSoLinger(true, 0);
            }
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> reports.size() == 6);
        assertThat(reports).allMatch(r -> r.status() == 200 && r.complete());
        assertThat(ask("GET", "/none").statusCode()).isEqualTo(404);
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int next = in.read();
            assertThat(next).as("end of stream after " + head).isNotNegative();
            head.write(next);
        }
        return head.toString(StandardCharsets.US_ASCII);
    }

    @Test
    void garbageGetsAnErrorAndOthersAreServed() throws Exception {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write("\u0001\u0002 garbage\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 400");
        }
        assertThat(ask("GET", "/disk.img").statusCode()).isEqualTo(200);
    }

    @Test
    void aTakenPortIsAClearError() {
        assertThatThrownBy(() -> HttpBootServer.open(server.address(), (name, client) -> Optional.empty(), r -> {}))
                .isInstanceOf(NetbootException.class)
                .hasMessageContaining("another server has the port");
    }
}
