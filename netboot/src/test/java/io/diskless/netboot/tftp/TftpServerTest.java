package io.diskless.netboot.tftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.diskless.netboot.NetbootException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
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
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.commons.net.tftp.TFTP;
import org.apache.commons.net.tftp.TFTPClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server over loopback: with a client that we did not write, and packet by packet with sockets of our own. */
class TftpServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final byte[] FILE = new byte[100_000];

    static {
        new Random(7).nextBytes(FILE);
    }

    private final Queue<TftpReport> reports = new ConcurrentLinkedQueue<>();
    private InetAddress loopback;
    private TftpServer server;

    @BeforeEach
    void open() throws IOException {
        loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        serve(
                options().build(),
                TftpContent.memory(Map.of("boot/image", FILE, "empty", new byte[0], "full", new byte[1024])));
    }

    @AfterEach
    void close() {
        server.close();
    }

    private TftpServerOptions.Builder options() {
        // Long enough that a busy machine repeats nothing.
        return TftpServerOptions.builder()
                .listen(new InetSocketAddress(loopback, 0))
                .firstTimeout(Duration.ofSeconds(60))
                .listener(reports::add);
    }

    private void serve(TftpServerOptions options, TftpContent content) throws NetbootException {
        if (server != null) {
            server.close();
        }
        server = TftpServer.open(options, content);
    }

    private int port() {
        return server.addresses().get(0).getPort();
    }

    private byte[] fetch(String name, int mode) throws IOException {
        TFTPClient client = new TFTPClient();
        client.setDefaultTimeout(PATIENCE);
        client.open();
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            client.receiveFile(name, mode, out, loopback, port());
            return out.toByteArray();
        } finally {
            client.close();
        }
    }

    /** A client that says exactly what a test wants. */
    private final class Peer implements AutoCloseable {
        final DatagramSocket socket;
        int transferPort;

        Peer() throws IOException {
            socket = new DatagramSocket(0, loopback);
            socket.setSoTimeout((int) PATIENCE.toMillis());
        }

        void send(int port, String text) throws IOException {
            byte[] bytes = text.replace('|', '\0').getBytes(StandardCharsets.ISO_8859_1);
            socket.send(new DatagramPacket(bytes, bytes.length, loopback, port));
        }

        void request(String text) throws IOException {
            send(port(), "|\1" + text);
        }

        void acknowledge(int block) throws IOException {
            byte[] bytes = ByteBuffer.allocate(4)
                    .putShort((short) 4)
                    .putShort((short) block)
                    .array();
            socket.send(new DatagramPacket(bytes, bytes.length, loopback, transferPort));
        }

        ByteBuffer receive() throws IOException {
            return ByteBuffer.wrap(bytes());
        }

        byte[] bytes() throws IOException {
            DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
            socket.receive(packet);
            transferPort = packet.getPort();
            return Arrays.copyOf(packet.getData(), packet.getLength());
        }

        String text() throws IOException {
            return new String(bytes(), StandardCharsets.ISO_8859_1).replace('\0', '|');
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    @Test
    void anotherClientGetsTheFileWhole() throws IOException {
        assertThat(fetch("/boot/image", TFTP.BINARY_MODE)).isEqualTo(FILE);
        assertThat(fetch("empty", TFTP.BINARY_MODE)).isEmpty();
        assertThat(fetch("full", TFTP.BINARY_MODE)).hasSize(1024);
        await().atMost(PATIENCE).until(() -> server.counters().completed() == 3);
        assertThat(reports)
                .extracting(TftpReport::outcome)
                .containsOnly(TftpOutcome.COMPLETED)
                .hasSize(3);
        assertThat(reports.element().blocks()).isEqualTo(FILE.length / 512 + 1);
    }

    @Test
    void textTravelsAsNetasciiOverAllBlockBorders() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int line = 0; text.length() < 5000; line++) {
            text.append("x".repeat(line % 7)).append(line % 5 == 0 ? "\r" : "\n");
        }
        serve(
                options().build(),
                TftpContent.memory(Map.of("text", text.toString().getBytes(StandardCharsets.US_ASCII))));
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        try (Peer peer = new Peer()) {
            peer.request("text|netascii|tsize|0|blksize|11|");
            assertThat(peer.text()).isEqualTo("|\6blksize|11|");
            peer.acknowledge(0);
            byte[] data;
            int block = 0;
            do {
                data = peer.bytes();
                wire.write(data, 4, data.length - 4);
                peer.acknowledge(++block);
            } while (data.length == 15);
        }
        assertThat(wire.toString(StandardCharsets.US_ASCII))
                .isEqualTo(text.toString().replace("\r", "\r\0").replace("\n", "\r\n"));
    }

    @Test
    void refusalsSayWhy() throws IOException {
        try (Peer peer = new Peer()) {
            peer.request("nothing|octet|");
            assertThat(peer.text()).isEqualTo("|\5|\1not found|");
            peer.request("../etc/passwd|octet|");
            assertThat(peer.text()).isEqualTo("|\5|\2name is not allowed|");
            peer.request("boot\\image|octet|");
            assertThat(peer.text()).isEqualTo("|\5|\2name is not allowed|");
            peer.request("boot/image|mail|");
            assertThat(peer.text()).startsWith("|\5|\4");
            peer.send(port(), "|\2boot/image|octet|");
            assertThat(peer.text()).isEqualTo("|\5|\2writing is not allowed|");
        }
        TFTPClient client = new TFTPClient();
        client.setDefaultTimeout(PATIENCE);
        client.open();
        assertThatThrownBy(() -> client.sendFile(
                        "new", TFTP.BINARY_MODE, new ByteArrayInputStream(new byte[3]), loopback, port()))
                .hasMessageContaining("writing is not allowed");
        client.close();
        assertThat(server.counters().refused()).isEqualTo(6);
        assertThat(server.counters().started()).isZero();
    }

    @Test
    void aWindowIsSentForOneAcknowledgementAndALostBlockIsSentAgain() throws IOException {
        try (Peer peer = new Peer()) {
            peer.request("boot/image|octet|tsize|0|blksize|1000|windowsize|4|");
            assertThat(peer.text()).isEqualTo("|\6tsize|100000|blksize|1000|windowsize|4|");
            peer.acknowledge(0);
            assertThat(blocks(peer, 4)).containsExactly(1, 2, 3, 4);
            peer.acknowledge(2);
            assertThat(blocks(peer, 4)).containsExactly(3, 4, 5, 6);
            peer.send(peer.transferPort, "|\5||User aborted|");
        }
        await().atMost(PATIENCE).until(() -> reports.size() == 1);
        assertThat(reports.element())
                .extracting(TftpReport::outcome, TftpReport::blocks, TftpReport::windowSize)
                .containsExactly(TftpOutcome.ABORTED, 2L, 4);
    }

    private static List<Integer> blocks(Peer peer, int count) throws IOException {
        Integer[] blocks = new Integer[count];
        for (int i = 0; i < count; i++) {
            blocks[i] = (int) peer.receive().getShort(2);
        }
        return List.of(blocks);
    }

    @Test
    void edk2AsksForTheSizeAbortsAndAsksAgainFromAnotherPort() throws IOException {
        try (Peer probe = new Peer();
                Peer peer = new Peer()) {
            probe.request("boot/image|octet|tsize|0|");
            assertThat(probe.text()).isEqualTo("|\6tsize|100000|");
            probe.send(probe.transferPort, "|\5|\10User aborted the transfer|");
            peer.request("boot/image|octet|");
            assertThat(peer.receive().getInt(0)).isEqualTo(0x0003_0001);
            await().atMost(PATIENCE).until(() -> reports.size() == 1);
            assertThat(reports.element().outcome()).isEqualTo(TftpOutcome.PROBED);
            assertThat(server.counters().running()).isEqualTo(1);
        }
    }

    @Test
    void aStrangerIsToldSoAndTheTransferGoesOn() throws IOException {
        try (Peer peer = new Peer();
                Peer stranger = new Peer()) {
            peer.request("boot/image|octet|");
            assertThat(peer.receive().getInt(0)).isEqualTo(0x0003_0001);
            stranger.transferPort = peer.transferPort;
            stranger.acknowledge(1);
            assertThat(stranger.text()).startsWith("|\5|\5");
            peer.acknowledge(1);
            assertThat(peer.receive().getInt(0)).isEqualTo(0x0003_0002);
            assertThat(server.counters().strangers()).isEqualTo(1);
        }
    }

    @Test
    void aRepeatedRequestStaysOneTransfer() throws IOException {
        try (Peer peer = new Peer()) {
            peer.request("boot/image|octet|tsize|0|");
            assertThat(peer.text()).isEqualTo("|\6tsize|100000|");
            int first = peer.transferPort;
            peer.request("boot/image|octet|tsize|0|");
            assertThat(peer.text()).isEqualTo("|\6tsize|100000|");
            assertThat(peer.transferPort).isEqualTo(first);
            peer.request("empty|octet|");
            assertThat(peer.receive().limit()).isEqualTo(4);
            assertThat(peer.transferPort).isNotEqualTo(first);
            assertThat(server.counters().started()).isEqualTo(2);
            assertThat(reports).extracting(TftpReport::outcome).containsExactly(TftpOutcome.REPLACED);
        }
    }

    @Test
    void silenceRepeatsAndThenEnds() throws IOException {
        serve(
                options()
                        .firstTimeout(Duration.ofMillis(10))
                        .maxUnprovenRepeats(2)
                        .build(),
                TftpContent.memory(Map.of("f", FILE)));
        try (Peer peer = new Peer()) {
            peer.request("f|octet|");
            assertThat(blocks(peer, 3)).containsExactly(1, 1, 1);
            assertThat(peer.text()).startsWith("|\5||");
        }
        await().atMost(PATIENCE).until(() -> server.counters().running() == 0);
        assertThat(reports.element().outcome()).isEqualTo(TftpOutcome.TIMED_OUT);
    }

    @Test
    void requestsBeyondTheLimitsAreDroppedAndServedOnceThereIsRoom() throws IOException {
        serve(options().maxTransfersPerSource(1).build(), TftpContent.memory(Map.of("f", FILE)));
        try (Peer first = new Peer();
                Peer second = new Peer()) {
            first.request("f|octet|");
            first.receive();
            second.request("f|octet|");
            await().atMost(PATIENCE).until(() -> server.counters().dropped() == 1);
            first.send(first.transferPort, "|\5||enough|");
            await().atMost(PATIENCE).until(() -> server.counters().running() == 0);
            second.request("f|octet|");
            assertThat(second.receive().getInt(0)).isEqualTo(0x0003_0001);
        }
    }

    @Test
    void hundredsOfTransfersShareTheLoop() throws IOException {
        int count = 300;
        serve(options().maxTransfersPerSource(count).build(), TftpContent.memory(Map.of("f", new byte[2000])));
        Peer[] peers = new Peer[count];
        for (int i = 0; i < count; i++) {
            peers[i] = new Peer();
            peers[i].request("f|octet|");
            assertThat(peers[i].receive().getInt(0)).isEqualTo(0x0003_0001);
        }
        assertThat(server.counters().running()).isEqualTo(count);
        for (int block = 1; block < 4; block++) {
            for (Peer peer : peers) {
                peer.acknowledge(block);
                assertThat(peer.receive().getInt(0)).isEqualTo(0x0003_0001 + block);
            }
        }
        for (Peer peer : peers) {
            peer.acknowledge(4);
            peer.close();
        }
        await().atMost(PATIENCE).until(() -> server.counters().completed() == count);
    }

    @Test
    void contentThatFailsOrShrinksIsAnErrorAndNeverAShortFile() throws IOException {
        serve(options().build(), (name, client) -> {
            if (name.equals("unreadable")) {
                throw new IOException("the disk's secret name");
            }
            return Optional.of(new TftpData() {
                @Override
                public long size() {
                    return 2000;
                }

                @Override
                public int read(long offset, ByteBuffer to) {
                    return -1;
                }

                @Override
                public void close() {
                    // Nothing is open.
                }
            });
        });
        try (Peer peer = new Peer()) {
            peer.request("unreadable|octet|");
            assertThat(peer.text()).isEqualTo("|\5||cannot read|");
            peer.request("shrunk|octet|");
            assertThat(peer.text()).isEqualTo("|\5||cannot read|");
            await().atMost(PATIENCE).until(() -> reports.size() == 1);
            assertThat(reports.element().outcome()).isEqualTo(TftpOutcome.CONTENT_FAILED);
        }
    }

    @Test
    void filesComeFromBelowTheRootAndFromNowhereElse(@TempDir Path folder) throws IOException {
        Path root = folder.resolve("root");
        Files.createDirectories(root.resolve("sub"));
        Files.write(root.resolve("sub/file"), FILE);
        Files.writeString(folder.resolve("secret"), "secret");
        Files.createSymbolicLink(root.resolve("inside"), Path.of("sub/file"));
        Files.createSymbolicLink(root.resolve("outside"), folder.resolve("secret"));
        Files.createSymbolicLink(root.resolve("up"), folder);
        serve(options().build(), TftpContent.files(root).orElse(TftpContent.memory(Map.of("other", new byte[3]))));
        assertThat(fetch("sub/file", TFTP.BINARY_MODE)).isEqualTo(FILE);
        assertThat(fetch("/inside", TFTP.BINARY_MODE)).isEqualTo(FILE);
        assertThat(fetch("other", TFTP.BINARY_MODE)).hasSize(3);
        for (String name : List.of("outside", "up/secret", "../secret", "/../secret", "sub/../../secret")) {
            try (Peer peer = new Peer()) {
                peer.request(name + "|octet|");
                assertThat(peer.text()).as(name).startsWith("|\5|\2");
            }
        }
        for (String name : List.of("sub", folder.resolve("secret").toString(), "none/at/all")) {
            try (Peer peer = new Peer()) {
                peer.request(name + "|octet|");
                assertThat(peer.text()).as(name).startsWith("|\5|\1");
            }
        }
    }

    @Test
    void resourcesComeFromTheClassPath() throws IOException {
        serve(options().build(), TftpContent.classPath(TftpServerTest.class.getClassLoader(), "io/diskless/netboot/"));
        assertThat(fetch("tftp/TftpServerTest.class", TFTP.BINARY_MODE)).startsWith(0xCA, 0xFE, 0xBA, 0xBE);
        assertThatThrownBy(() -> fetch("tftp/None.class", TFTP.BINARY_MODE)).hasMessageContaining("not found");
    }

    @Test
    void aTakenPortIsSaidAndAClosedServerIsSilent() throws IOException {
        TftpServerOptions taken = options().listen(server.addresses().get(0)).build();
        assertThatThrownBy(() -> TftpServer.open(taken, TftpContent.memory(Map.of())))
                .isInstanceOfSatisfying(
                        NetbootException.class, e -> assertThat(e.kind()).isEqualTo(NetbootException.Kind.PORT_IN_USE));
        try (Peer peer = new Peer()) {
            peer.request("boot/image|octet|");
            peer.receive();
            server.close();
            server.close();
            assertThat(reports).extracting(TftpReport::outcome).containsExactly(TftpOutcome.SERVER_CLOSED);
        }
    }
}
