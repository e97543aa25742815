package io.diskless.netboot.http;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Any octets at all on a connection, in one piece or two: names stay below the root, answers are HTTP or nothing. */
class HttpFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void connection(byte[] bytes) throws Exception {
        Paths.name(new String(bytes, StandardCharsets.ISO_8859_1)).ifPresent(HttpFuzzTest::below);
        TftpContent content = (name, client) -> {
            below(name);
            return name.startsWith("a") ? Optional.of(TftpData.of(new byte[3000])) : Optional.empty();
        };
        InetSocketAddress client = new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 77, 0, 5}), 2000);
        int cut = bytes.length == 0 ? 0 : (bytes[0] & 0xFF) % (bytes.length + 1);
        try (HttpResponder.Connection connection = new HttpResponder(content, report -> {}).connect(client)) {
            judge(connection.hear(Arrays.copyOf(bytes, cut)));
            if (connection.isOpen()) {
                judge(connection.hear(Arrays.copyOfRange(bytes, cut, bytes.length)));
            }
        } catch (IOException e) {
            throw new AssertionError("an answer that cannot be read", e);
        }
    }

    private static void judge(byte[] answer) {
        String begin = new String(answer, 0, Math.min(answer.length, 9), StandardCharsets.ISO_8859_1);
        expect(answer.length == 0 || begin.equals("HTTP/1.1 ") || begin.equals("HTTP/1.0 "), "no HTTP: " + begin);
    }

    private static void below(String name) {
        expect(
                !name.isEmpty() && !name.startsWith("/") && !("/" + name + "/").contains("/../"),
                "a name above the root: " + name);
    }

    private static void expect(boolean good, String otherwise) {
        if (!good) {
            throw new AssertionError(otherwise);
        }
    }
}
