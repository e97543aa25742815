package io.diskless.netboot.tftp;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.diskless.netboot.Datagram;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Any datagrams at all, to the server's port or to that of a transfer: requests keep their octets, names stay below the root,
 * every transfer ends once the client is silent, and nobody writes more than the limit or after the end.
 */
class TftpFuzzTest {
    private static final int MOST_SENT = 3;
    private static final int MOST_WRITTEN = 300;

    @FuzzTest(maxDuration = "10m")
    void conversation(byte[] bytes) throws Exception {
        ByteBuffer b = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
        if (TftpRequest.verdict(b) == TftpRequest.Verdict.OK) {
            TftpRequest request = TftpRequest.decode(b);
            expect(Arrays.equals(request.encode(), bytes), "other octets than were decoded");
            Names.relative(request.filename(), true)
                    .ifPresent(name -> expect(
                            !name.startsWith("/") && !("/" + name + "/").contains("/../"), "a name above the root"));
        }
        InetSocketAddress own = new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 77, 0, 1}), 69);
        InetSocketAddress client = new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 77, 0, 5}), 2000);
        TftpContent content = TftpContent.memory(Map.of("a", new byte[5000], "pxelinux.0", new byte[600]));
        try (TftpResponder server = new TftpResponder(
                TftpServerOptions.builder()
                        .listen(own)
                        .writes((name, writer, size) -> new Counted(), MOST_WRITTEN)
                        .build(),
                content)) {
            // The first octet is a length: what follows comes in pieces, all but the first to the port that answered.
            int at = 0;
            int port = own.getPort();
            while (at < bytes.length) {
                int length = Math.min(bytes[at] & 0xFF, bytes.length - at - 1);
                byte[] piece = Arrays.copyOfRange(bytes, at + 1, at + 1 + length);
                List<Datagram> said = server.hear(port, client, ByteBuffer.wrap(piece));
                port = said.isEmpty() ? port : said.get(0).from().getPort();
                at += 1 + length;
            }
            expect(server.counters().running() <= 1, "one client has more than one transfer");
            for (int i = 0; i < 60 && server.counters().running() > 0; i++) {
                expect(server.pass(Duration.ofSeconds(255)).size() <= 64 * MOST_SENT, "more than a window");
            }
            expect(server.counters().running() == 0, "a transfer that does not end");
        }
    }

    /** What a client writes; once it was closed, nothing more comes. */
    private static final class Counted implements TftpUpload {
        private long written;
        private boolean over;

        @Override
        public void write(ByteBuffer bytes) {
            expect(!over, "bytes after the end");
            written += bytes.remaining();
            bytes.position(bytes.limit());
            expect(written <= MOST_WRITTEN, "more than the limit");
        }

        @Override
        public void commit() {
            expect(!over, "two ends");
            over = true;
        }

        @Override
        public void close() {
            over = true;
        }
    }

    private static void expect(boolean good, String otherwise) {
        if (!good) {
            throw new AssertionError(otherwise);
        }
    }
}
