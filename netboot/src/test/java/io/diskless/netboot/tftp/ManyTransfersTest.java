package io.diskless.netboot.tftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diskless.netboot.Datagram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A thousand transfers at once on one event loop, and floods of those that never go on: what they cost is counted. */
class ManyTransfersTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int TRANSFERS = 1000;
    private static final int WINDOW = 4;
    private static final int BLOCK = 1428;

    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicLong blocksRead = new AtomicLong();

    /** Content of any size that exists nowhere: octet n is n. */
    private TftpData counted(long size) {
        opened.incrementAndGet();
        return new TftpData() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public int read(long offset, ByteBuffer to) {
                if (offset >= size) {
                    return -1;
                }
                blocksRead.incrementAndGet();
                int count = (int) Math.min(to.remaining(), size - offset);
                for (int i = 0; i < count; i++) {
                    to.put((byte) (offset + i));
                }
                return count;
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
    }

    private static byte[] request() {
        return new TftpRequest(
                        false,
                        "image",
                        "octet",
                        List.of(
                                new TftpRequest.Option("blksize", Integer.toString(BLOCK)),
                                new TftpRequest.Option("windowsize", Integer.toString(WINDOW))))
                .encode();
    }

    private static ByteBuffer ack(long block) {
        return ByteBuffer.allocate(4)
                .putShort((short) 4)
                .putShort((short) block)
                .flip();
    }

    /** One client of the thousand. */
    private static final class Client {
        private final DatagramChannel channel;
        private InetSocketAddress peer;
        private long have;
        private boolean wrong;
        private boolean done;

        Client(DatagramChannel channel) {
            this.channel = channel;
        }

        void hear(ByteBuffer in) throws IOException {
            int opcode = in.getShort();
            int block = in.getShort() & 0xFFFF;
            if (opcode != 3 || block != ((have + 1) & 0xFFFF)) {
                return;
            }
            long offset = have * BLOCK;
            have++;
            int length = in.remaining();
            for (long i = offset; in.hasRemaining(); i++) {
                wrong |= in.get() != (byte) i;
            }
            done = length < BLOCK;
            if (done || have % WINDOW == 0) {
                channel.send(ack(have), peer);
            }
        }
    }

    @Test
    void aThousandAtOnceOverSockets() throws IOException {
        long size = 64 * BLOCK + 1;
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        TftpServerOptions options = TftpServerOptions.builder()
                .listen(new InetSocketAddress(loopback, 0))
                .maxTransfersPerSource(TRANSFERS)
                .maxTransfers(TRANSFERS)
                .maxRepeats(100)
                .maxUnprovenRepeats(100)
                .build();
        List<Client> clients = new ArrayList<>();
        try (TftpServer server = TftpServer.open(options, (name, who) -> Optional.of(counted(size)));
                Selector selector = Selector.open()) {
            InetSocketAddress door = server.addresses().get(0);
            for (int i = 0; i < TRANSFERS; i++) {
                Client client = new Client(DatagramChannel.open());
                clients.add(client);
                client.channel.bind(new InetSocketAddress(loopback, 0)).configureBlocking(false);
                client.channel.register(selector, SelectionKey.OP_READ, client);
                client.channel.send(ByteBuffer.wrap(request()), door);
            }
            // Nobody goes on before all have begun; what is lost is said again by the server.
            await().atMost(PATIENCE).until(() -> {
                for (Client client : clients) {
                    begin(client, door);
                }
                return clients.stream().allMatch(client -> client.peer != null);
            });
            assertThat(server.counters().running()).isEqualTo(TRANSFERS);
            for (Client client : clients) {
                client.channel.send(ack(0), client.peer);
            }
            drain(selector, clients);
            assertThat(clients).noneMatch(client -> client.wrong).allMatch(client -> client.have == 65);
            await().atMost(PATIENCE).until(() -> server.counters().running() == 0);
            assertThat(closed).hasValue(opened.get());
        } finally {
            for (Client client : clients) {
                client.channel.close();
            }
        }
    }

    private static void begin(Client client, InetSocketAddress door) throws IOException {
        if (client.peer == null) {
            ByteBuffer in = ByteBuffer.allocate(600);
            InetSocketAddress from = (InetSocketAddress) client.channel.receive(in);
            if (from != null && in.flip().getShort() == 6) {
                client.peer = from;
            } else {
                client.channel.send(ByteBuffer.wrap(request()), door);
            }
        }
    }

    private static void drain(Selector selector, List<Client> clients) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(2000);
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (clients.stream().anyMatch(client -> !client.done) && System.nanoTime() < until) {
            selector.select(100);
            for (SelectionKey key : selector.selectedKeys()) {
                Client client = (Client) key.attachment();
                while (client.channel.receive(in.clear()) != null) {
                    client.hear(in.flip());
                }
            }
            selector.selectedKeys().clear();
        }
        assertThat(clients).allMatch(client -> client.done);
    }

    @Test
    void aTransferHoldsAWindowWhateverTheFilesSize() throws IOException {
        InetSocketAddress own = new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 77, 0, 1}), 69);
        InetSocketAddress client = new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 77, 0, 5}), 2000);
        for (long size : new long[] {BLOCK * 8L, BLOCK * 800L, BLOCK * 70_000L}) {
            blocksRead.set(0);
            try (TftpResponder server = new TftpResponder(
                    TftpServerOptions.builder().listen(own).build(), (name, who) -> Optional.of(counted(size)))) {
                int port = server.hear(69, client, ByteBuffer.wrap(request()))
                        .get(0)
                        .from()
                        .getPort();
                long have = 0;
                int most = 0;
                boolean over = false;
                while (!over) {
                    List<Datagram> said = server.hear(port, client, ack(have));
                    most = Math.max(most, said.size());
                    have += said.size();
                    over = said.isEmpty();
                }
                assertThat(most).as("datagrams between two answers").isEqualTo(WINDOW);
                assertThat(have).isEqualTo(size / BLOCK + 1);
                assertThat(blocksRead).as("nothing is read ahead or twice").hasValue(size / BLOCK);
                assertThat(server.counters().completed()).isEqualTo(1);
            }
        }
    }

    @Test
    void aFloodOfHalfOpenTransfersIsBoundedAndEnds() throws IOException {
        InetSocketAddress own = new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 77, 0, 1}), 69);
        TftpServerOptions options = TftpServerOptions.builder()
                .listen(own)
                .maxTransfers(500)
                .maxTransfersPerSource(10)
                .build();
        try (TftpResponder server = new TftpResponder(options, (name, who) -> Optional.of(counted(1 << 20)))) {
            long said = 0;
            int sent = 0;
            for (int source = 0; source < 1000; source++) {
                InetAddress from = InetAddress.getByAddress(new byte[] {10, 78, (byte) (source >> 8), (byte) source});
                for (int port = 1; port <= 20; port++) {
                    said += server.hear(69, new InetSocketAddress(from, port), ByteBuffer.wrap(request()))
                            .size();
                    sent++;
                    assertThat(server.counters().running()).isLessThanOrEqualTo(500);
                }
            }
            assertThat(server.counters().running()).isEqualTo(500);
            assertThat(server.counters().dropped()).isEqualTo(sent - 500L);
            for (int i = 0; i < 20; i++) {
                said += server.pass(Duration.ofSeconds(10)).size();
            }
            assertThat(server.counters().running()).isZero();
            assertThat(closed).hasValue(opened.get()).hasValue(500);
            // One answer, its repetitions, and a last ERROR each: whoever forges senders gains little.
            assertThat(said).isLessThanOrEqualTo(500L * (1 + options.maxUnprovenRepeats() + 1));
            InetSocketAddress good = new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 77, 0, 9}), 2000);
            assertThat(server.hear(69, good, ByteBuffer.wrap(request()))).hasSize(1);
        }
    }
}
