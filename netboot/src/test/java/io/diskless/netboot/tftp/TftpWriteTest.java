package io.diskless.netboot.tftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.apache.commons.net.tftp.TFTP;
import org.apache.commons.net.tftp.TFTPClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients write files: where that is allowed, whole or not at all, below the root and nowhere else. */
class TftpWriteTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LIMIT = 200_000;
    private static final byte[] FILE = new byte[100_000];

    static {
        new Random(9).nextBytes(FILE);
    }

    @TempDir
    Path folder;

    private final Queue<TftpReport> reports = new ConcurrentLinkedQueue<>();
    private Path root;
    private InetAddress loopback;
    private TftpServer server;

    @BeforeEach
    void open() throws IOException {
        loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        root = Files.createDirectory(folder.resolve("root")).toRealPath();
        Files.createDirectory(root.resolve("sub"));
        serve(TftpStore.files(root));
    }

    @AfterEach
    void close() {
        server.close();
    }

    private void serve(TftpStore store) throws IOException {
        if (server != null) {
            server.close();
        }
        server = TftpServer.open(
                TftpServerOptions.builder()
                        .listen(new InetSocketAddress(loopback, 0))
                        .firstTimeout(Duration.ofSeconds(60))
                        .writes(store, LIMIT)
                        .listener(new TftpListener() {
                            @Override
                            public void ended(TftpReport report) {
                                throw new AssertionError("nobody reads");
                            }

                            @Override
                            public void received(TftpReport report) {
                                reports.add(report);
                            }
                        })
                        .build(),
                TftpContent.memory(Map.of()));
    }

    private int port() {
        return server.addresses().get(0).getPort();
    }

    private void put(String name, int mode, byte[] bytes) throws IOException {
        TFTPClient client = new TFTPClient();
        client.setDefaultTimeout(PATIENCE);
        client.open();
        try {
            client.sendFile(name, mode, new ByteArrayInputStream(bytes), loopback, port());
        } finally {
            client.close();
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> !Files.isDirectory(path))
                    .map(path -> root.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    /** A client that says exactly what a test wants; {@code |} is a zero byte. */
    private final class Peer implements AutoCloseable {
        private final DatagramSocket socket;
        private int transferPort = port();

        Peer() throws IOException {
            socket = new DatagramSocket(0, loopback);
            socket.setSoTimeout((int) PATIENCE.toMillis());
        }

        void request(String text) throws IOException {
            transferPort = port();
            send(("\0\2" + text.replace('|', '\0')).getBytes(StandardCharsets.ISO_8859_1));
        }

        void data(int block, String payload) throws IOException {
            byte[] bytes = payload.getBytes(StandardCharsets.ISO_8859_1);
            send(ByteBuffer.allocate(4 + bytes.length)
                    .putInt(0x0003_0000 | block)
                    .put(bytes)
                    .array());
        }

        void send(byte[] bytes) throws IOException {
            socket.send(new DatagramPacket(bytes, bytes.length, loopback, transferPort));
        }

        String text() throws IOException {
            DatagramPacket packet = new DatagramPacket(new byte[1000], 1000);
            socket.receive(packet);
            transferPort = packet.getPort();
            return new String(Arrays.copyOf(packet.getData(), packet.getLength()), StandardCharsets.ISO_8859_1)
                    .replace('\0', '|');
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    private static String ack(int block) {
        return ("|\4|" + (char) block).replace('\0', '|');
    }

    @Test
    void anotherClientWritesFilesWhole() throws IOException {
        put("/sub/image", TFTP.BINARY_MODE, FILE);
        put("full", TFTP.BINARY_MODE, new byte[1024]);
        put("empty", TFTP.BINARY_MODE, new byte[0]);
        assertThat(root.resolve("sub/image")).hasBinaryContent(FILE);
        assertThat(files()).containsExactly("empty", "full", "sub/image");
        await().atMost(PATIENCE).until(() -> reports.size() == 3);
        assertThat(reports).extracting(TftpReport::outcome).containsOnly(TftpOutcome.COMPLETED);
        assertThat(reports.element().blocks()).isEqualTo(FILE.length / 512 + 1);
        assertThat(server.counters().stored()).isEqualTo(3);
        assertThat(server.counters().completed()).isZero();
    }

    @Test
    void textIsTakenOutOfNetasciiOverBlockBorders() throws IOException {
        try (Peer peer = new Peer()) {
            peer.request("text|netascii|blksize|8|tsize|20|");
            assertThat(peer.text()).isEqualTo("|\6blksize|8|");
            peer.data(1, "one\r\ntw\r");
            assertThat(peer.text()).isEqualTo(ack(1));
            peer.data(2, "\nx\r\0y\rz\r");
            assertThat(peer.text()).isEqualTo(ack(2));
            peer.data(3, "");
            assertThat(peer.text()).isEqualTo(ack(3));
        }
        assertThat(root.resolve("text")).hasContent("one\ntw\nx\ry\rz\r");
    }

    @Test
    void aFileThatIsThereStaysUnlessItMayBeReplaced() throws IOException {
        put("sub/image", TFTP.BINARY_MODE, FILE);
        assertThatThrownBy(() -> put("sub/image", TFTP.BINARY_MODE, new byte[3]))
                .hasMessageContaining("file exists");
        assertThat(root.resolve("sub/image")).hasBinaryContent(FILE);
        serve(TftpStore.replacingFiles(root));
        put("sub/image", TFTP.BINARY_MODE, new byte[3]);
        assertThat(root.resolve("sub/image")).hasBinaryContent(new byte[3]);
        assertThat(files()).containsExactly("sub/image");
    }

    @Test
    void ofTwoThatWriteOneNameTheFirstToEndHasIt() throws IOException {
        try (Peer one = new Peer();
                Peer two = new Peer()) {
            one.request("name|octet|");
            assertThat(one.text()).isEqualTo(ack(0));
            two.request("name|octet|");
            assertThat(two.text()).isEqualTo(ack(0));
            two.data(1, "two");
            assertThat(two.text()).isEqualTo(ack(1));
            one.data(1, "one");
            assertThat(one.text()).isEqualTo("|\5|\6file exists|");
        }
        assertThat(root.resolve("name")).hasContent("two");
        assertThat(files()).containsExactly("name");
    }

    @Test
    void whatIsTooLargeIsRefusedAtOnceOrWhenItIsFound() throws IOException {
        try (Peer peer = new Peer()) {
            peer.request("big|octet|tsize|200001|");
            assertThat(peer.text()).isEqualTo("|\5|\3a file may have 200000 bytes|");
            peer.request("big|octet|tsize|99999999999999999999|");
            assertThat(peer.text()).as("no number, so left out").isEqualTo(ack(0));
        }
        assertThatThrownBy(() -> put("big", TFTP.BINARY_MODE, new byte[LIMIT + 1]))
                .hasMessageContaining("200000");
        await().atMost(PATIENCE).until(() -> reports.size() == 1);
        assertThat(reports.element().outcome()).isEqualTo(TftpOutcome.TOO_LARGE);
        put("fits", TFTP.BINARY_MODE, new byte[LIMIT]);
        server.close();
        assertThat(files()).as("and nothing half-written").containsExactly("fits");
    }

    @Test
    void nothingIsWrittenOutsideTheRoot() throws IOException {
        Files.writeString(folder.resolve("secret"), "secret");
        Files.createSymbolicLink(root.resolve("up"), folder);
        Files.createSymbolicLink(root.resolve("link"), folder.resolve("secret"));
        Files.createSymbolicLink(root.resolve("inside"), Path.of("sub"));
        serve(TftpStore.replacingFiles(root));
        for (String name : List.of("../new", "/../new", "sub/../../new", "//new", "sub\\new", "c:new")) {
            try (Peer peer = new Peer()) {
                peer.request(name + "|octet|");
                assertThat(peer.text()).as(name).isEqualTo("|\5|\2name is not allowed|");
            }
        }
        for (String name : List.of("up/new", "up/secret", "link", "sub")) {
            try (Peer peer = new Peer()) {
                peer.request(name + "|octet|");
                assertThat(peer.text()).as(name).isEqualTo("|\5|\2access denied|");
            }
        }
        try (Peer peer = new Peer()) {
            peer.request("none/new|octet|");
            assertThat(peer.text()).isEqualTo("|\5|\1no such folder|");
        }
        put("inside/new", TFTP.BINARY_MODE, new byte[3]);
        assertThat(root.resolve("sub/new")).hasBinaryContent(new byte[3]);
        assertThat(folder.resolve("secret")).hasContent("secret");
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void aWindowIsAcknowledgedOnceAndALostBlockIsAskedFor() throws IOException {
        try (Peer peer = new Peer()) {
            peer.request("w|octet|tsize|28|blksize|8|windowsize|3|nonsense|1|");
            assertThat(peer.text()).isEqualTo("|\6tsize|28|blksize|8|windowsize|3|");
            peer.request("w|octet|tsize|28|blksize|8|windowsize|3|nonsense|1|");
            assertThat(peer.text()).as("asked again").isEqualTo("|\6tsize|28|blksize|8|windowsize|3|");
            peer.data(1, "11111111");
            peer.data(3, "33333333");
            assertThat(peer.text()).isEqualTo(ack(1));
            peer.data(2, "22222222");
            peer.data(3, "33333333");
            peer.data(4, "4444");
            assertThat(peer.text()).isEqualTo(ack(4));
            peer.data(4, "4444");
            assertThat(peer.text()).as("the last one may have been lost").isEqualTo(ack(4));
        }
        assertThat(root.resolve("w")).hasContent("1111111122222222333333334444");
    }

    @Test
    void whatIsGivenUpLeavesNothing() throws IOException {
        try (Peer peer = new Peer()) {
            peer.request("half|octet|");
            assertThat(peer.text()).isEqualTo(ack(0));
            peer.data(1, "x".repeat(512));
            assertThat(peer.text()).isEqualTo(ack(1));
            peer.send("\0\5\0\0enough\0".getBytes(StandardCharsets.ISO_8859_1));
            await().atMost(PATIENCE).until(() -> reports.size() == 1);
            peer.request("half|octet|");
            assertThat(peer.text()).isEqualTo(ack(0));
            peer.data(1, "x".repeat(513));
            assertThat(peer.text()).startsWith("|\5|\4");
            peer.request("half|octet|");
            assertThat(peer.text()).isEqualTo(ack(0));
        }
        server.close();
        assertThat(reports)
                .extracting(TftpReport::outcome)
                .containsExactly(TftpOutcome.ABORTED, TftpOutcome.ABORTED, TftpOutcome.SERVER_CLOSED);
        assertThat(files()).isEmpty();
    }

    @Test
    void silenceRepeatsTheAcknowledgementAndThenEnds() throws IOException {
        server.close();
        server = TftpServer.open(
                TftpServerOptions.builder()
                        .listen(new InetSocketAddress(loopback, 0))
                        .firstTimeout(Duration.ofMillis(10))
                        .maxUnprovenRepeats(2)
                        .writes(TftpStore.files(root), LIMIT)
                        .build(),
                TftpContent.memory(Map.of()));
        try (Peer peer = new Peer()) {
            peer.request("f|octet|");
            assertThat(peer.text()).isEqualTo(ack(0));
            assertThat(peer.text()).isEqualTo(ack(0));
            assertThat(peer.text()).isEqualTo(ack(0));
            assertThat(peer.text()).startsWith("|\5||");
        }
        await().atMost(PATIENCE).until(() -> server.counters().running() == 0);
        assertThat(files()).isEmpty();
    }
}
