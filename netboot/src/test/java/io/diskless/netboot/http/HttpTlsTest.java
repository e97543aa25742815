package io.diskless.netboot.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.netboot.tftp.TftpContent;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same server with a certificate of the user's: files and memory come whole, ranges too. */
class HttpTlsTest {
    @TempDir
    Path folder;

    @Test
    void filesAndMemoryByTls() throws IOException, InterruptedException, GeneralSecurityException {
        byte[] bytes = new byte[1_000_001];
        new Random(3).nextBytes(bytes);
        Files.write(folder.resolve("disk.img"), bytes);
        SSLContext tls = TestCertificate.make(folder.resolve("keys")).context();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        TftpContent content = TftpContent.memory(Map.of("a.efi", bytes)).orElse(TftpContent.files(folder));
        try (HttpBootServer server = HttpBootServer.openTls(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), content, report -> {}, tls, group)) {
            HttpClient client = HttpClient.newBuilder().sslContext(tls).build();
            String base = "https://127.0.0.1:" + server.address().getPort() + "/";
            for (String name : new String[] {"a.efi", "disk.img"}) {
                HttpRequest all =
                        HttpRequest.newBuilder(URI.create(base + name)).build();
                assertThat(client.send(all, HttpResponse.BodyHandlers.ofByteArray())
                                .body())
                        .as(name)
                        .isEqualTo(bytes);
                HttpRequest part = HttpRequest.newBuilder(URI.create(base + name))
                        .header("Range", "bytes=10-19")
                        .build();
                assertThat(client.send(part, HttpResponse.BodyHandlers.ofByteArray())
                                .body())
                        .as(name)
                        .containsExactly(Arrays.copyOfRange(bytes, 10, 20));
            }
            HttpRequest none = HttpRequest.newBuilder(URI.create(base + "none")).build();
            assertThat(client.send(none, HttpResponse.BodyHandlers.discarding()).statusCode())
                    .isEqualTo(404);
            assertThat(server.counters().open()).isPositive();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }
}
