package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.netty.LinkOptions;
import io.diskless.drbd.robust.LoopErrors;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.SocketKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers over real sockets that flood, do not read, hang or do not know the way: they cost a bounded amount, and then end. */
class BoundedPeerTest {
    private static final int SIZE = 4 << 20;
    private static final int SECTORS = SIZE / 512;

    private final InetSocketAddress here =
            new InetSocketAddress("127." + octet() + "." + octet() + "." + octet(), 7788);
    private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true, false);
    private final DrbdTransport transport = DrbdTransport.tcp(1, memory);
    private final MemoryDevice content = MemoryDevice.create(SIZE);
    private final FaultyDevice disk = FaultyDevice.of(content);
    private final List<AutoCloseable> all = new ArrayList<>();
    private final LoopErrors errors = new LoopErrors();

    private static int octet() {
        return ThreadLocalRandom.current().nextInt(1, 255);
    }

    private Pair.Side victim(NetOptions.Builder net) {
        Pair.Side side = new Pair.Side(DrbdOptions.builder("r1")
                .addresses(here, new InetSocketAddress(here.getAddress(), 7789))
                .transport(transport)
                .net(net.connectMode(LinkOptions.Mode.LISTEN).build())
                .volume(VolumeOptions.volatileMeta(0, disk))
                .build());
        all.add(side.resource);
        side.resource.connect();
        return side;
    }

    /** A side that has good data, and waits for its peer as a Secondary. */
    private Pair.Side good(NetOptions.Builder net) throws Exception {
        Pair.Side side = victim(net);
        side.resource.promote(true).get(60, TimeUnit.SECONDS);
        side.resource.demote().get(60, TimeUnit.SECONDS);
        return side;
    }

    private RawPeer peer() throws IOException {
        RawPeer peer = new RawPeer(here);
        all.add(peer);
        return peer;
    }

    private RawPeer connected(Pair.Side to) throws IOException {
        RawPeer peer = peer().features().protocol().diskless(SECTORS);
        to.awaitState("cs:Connected");
        return peer;
    }

    @AfterEach
    void close() throws Exception {
        disk.releaseAll();
        for (AutoCloseable one : all) {
            one.close();
        }
        transport.close();
        errors.close();
        assertThat(errors.found()).isEmpty();
        Awaitility.await("all buffers released").atMost(Pair.PATIENCE).until(() -> used() == 0);
    }

    private long used() {
        return memory.metric().usedDirectMemory() + memory.metric().usedHeapMemory();
    }

    private static DrbdException.Kind reason(Pair.Side side) {
        return Awaitility.await()
                .atMost(Pair.PATIENCE)
                .pollDelay(Duration.ZERO)
                .until(
                        () -> side.events.stream()
                                .filter(DrbdEvent.ConnectionLost.class::isInstance)
                                .map(e -> ((DrbdEvent.ConnectionLost) e).cause().kind())
                                .findFirst(),
                        java.util.Optional::isPresent)
                .orElseThrow();
    }

    private static Intake intake(Pair.Side side) {
        return Objects.requireNonNull(side.resource.core().link()).intake();
    }

    private static ByteBuf request(int sector, int bytes) {
        return Unpooled.buffer().writeLong(sector).writeLong(1).writeInt(bytes).writeInt(0);
    }

    private static ByteBuf write(int sector, int bytes, int number) {
        return Unpooled.buffer()
                .writeLong(sector)
                .writeLong(number)
                .writeInt(number)
                .writeInt(PeerWrites.DP_SEND_WRITE_ACK)
                .writeZero(bytes);
    }

    private void awaitFull(Pair.Side side) {
        Awaitility.await()
                .atMost(Pair.PATIENCE)
                .pollDelay(Duration.ZERO)
                .until(() -> intake(side).isFull());
    }

    @Test
    void whoAsksAndDoesNotReadIsNotAskedWhatElseHeWants() throws Exception {
        Pair.Side victim = good(Pair.fast());
        RawPeer peer = connected(victim);
        for (int i = 0; i < 1000; i++) {
            peer.say(PacketType.DATA_REQUEST, request(0, 1 << 20));
        }
        awaitFull(victim);
        assertThat(used()).isLessThan(3 * Intake.MOST);

        // He has only been slow: everything comes.
        for (int i = 0; i < 1000; i++) {
            assertThat(peer.hear(PacketType.DATA_REPLY).readableBytes()).isEqualTo(24 + (1 << 20));
        }
        assertThat(victim.state().connection()).isEqualTo(ConnectionState.CONNECTED);
    }

    @Test
    void whoNeverReadsIsGivenUp() throws Exception {
        Pair.Side victim = good(Pair.fast().timeout(Duration.ofMillis(500), 2));
        RawPeer peer = connected(victim);
        for (int i = 0; i < 1000; i++) {
            peer.say(PacketType.DATA_REQUEST, request(0, 1 << 20));
        }
        assertThat(reason(victim)).isEqualTo(DrbdException.Kind.TIMEOUT);
    }

    @Test
    void whoWritesFasterThanTheDiskIsMadeToWait() throws Exception {
        Pair.Side victim = good(Pair.fast());
        RawPeer peer = peer().features().protocol().sizes(0, SECTORS);
        peer.state(Role.PRIMARY, ConnectionState.WF_REPORT_PARAMS, DiskState.DISKLESS);
        victim.awaitState("cs:Connected ro:Secondary/Primary");
        disk.hold(FaultyDevice.Op.WRITE);
        Thread writer = new Thread(() -> {
            try {
                for (int i = 0; i < 200; i++) {
                    peer.say(PacketType.DATA, write(0, 1 << 20, i + 1));
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        writer.start();
        awaitFull(victim);
        assertThat(intake(victim).open()).isLessThan(2 * Intake.MOST);
        assertThat(used()).isLessThan(3 * Intake.MOST);

        disk.releaseAll();
        for (int i = 0; i < 200; i++) {
            peer.hear(PacketType.WRITE_ACK);
        }
        writer.join();
        assertThat(victim.state().connection()).isEqualTo(ConnectionState.CONNECTED);
    }

    @Test
    void smallWritesThatWaitKeepNoLargeBuffers() throws Exception {
        Pair.Side victim = good(Pair.fast());
        RawPeer peer = peer().features().protocol().sizes(0, SECTORS);
        peer.state(Role.PRIMARY, ConnectionState.WF_REPORT_PARAMS, DiskState.DISKLESS);
        victim.awaitState("cs:Connected ro:Secondary/Primary");
        disk.hold(FaultyDevice.Op.WRITE);
        int count = 500;
        for (int i = 0; i < count; i++) {
            // Of different places: they all wait at the disk.
            ByteBuf both = Unpooled.buffer();
            ByteBuf w = write(i * 8, 512, i + 1);
            Gag.header(both, RawPeer.DIALECT, 0, PacketType.DATA.code(), w.readableBytes());
            both.writeBytes(w);
            // Something long that is done with at once.
            for (int n = 0; n < 8; n++) {
                Gag.header(both, RawPeer.DIALECT, 0, PacketType.DRBD9_58.code(), 4000);
                both.writeZero(4000);
            }
            byte[] bytes = new byte[both.readableBytes()];
            both.readBytes(bytes);
            peer.noise(SocketKind.DATA, bytes);
        }
        Awaitility.await().atMost(Pair.PATIENCE).pollDelay(Duration.ZERO).until(() -> disk.held() == count);
        assertThat(used()).isLessThan(count * 4096L);
        disk.releaseAll();
        for (int i = 0; i < count; i++) {
            peer.hear(PacketType.WRITE_ACK);
        }
    }

    @Test
    void whoPingsAndDoesNotReadTheAnswersIsGivenUp() throws Exception {
        Pair.Side victim = good(Pair.fast());
        RawPeer peer = connected(victim);
        ByteBuf pings = Unpooled.buffer();
        for (int i = 0; i < 4096; i++) {
            Gag.header(pings, RawPeer.DIALECT, 0, PacketType.PING.code(), 0);
        }
        byte[] many = new byte[pings.readableBytes()];
        pings.readBytes(many);
        Thread flood = new Thread(() -> {
            try {
                while (true) {
                    peer.noise(SocketKind.META, many);
                }
            } catch (IOException e) {
                // The victim has had enough.
            }
        });
        flood.start();
        assertThat(reason(victim)).isEqualTo(DrbdException.Kind.TIMEOUT);
        flood.join();
        assertThat(used()).isLessThan(4 * Link.MOST_UNREAD);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SYNC_PARAM89", "SIZES", "UUIDS", "STATE", "DATA", "CONN_ST_CHG_REQ", "BARRIER"})
    void nothingCountsBeforeTheSettingsWereCompared(String first) throws Exception {
        Pair.Side victim = good(Pair.fast());
        PacketType type = PacketType.valueOf(first);
        RawPeer peer = peer().features();
        int length = type.minLength(RawPeer.DIALECT);
        peer.say(type, Unpooled.buffer().writeZero(length));
        assertThat(reason(victim)).isEqualTo(DrbdException.Kind.PROTOCOL);
        assertThat(((DrbdEvent.ConnectionLost) victim.events.stream()
                                .filter(DrbdEvent.ConnectionLost.class::isInstance)
                                .findFirst()
                                .orElseThrow())
                        .cause())
                .hasMessageContaining("expected P_PROTOCOL");
    }

    @Test
    void aDiskOfWhichNothingIsKnownIsNotCompared() throws Exception {
        Pair.Side victim = good(Pair.fast());
        RawPeer peer = peer().features().protocol().sizes(SECTORS, SECTORS);
        peer.state(Role.SECONDARY, ConnectionState.WF_REPORT_PARAMS, DiskState.UP_TO_DATE);
        assertThat(reason(victim)).isEqualTo(DrbdException.Kind.PROTOCOL);
        connected(victim);
    }

    @Test
    void aSecondaryDoesNotWrite() throws Exception {
        Pair.Side victim = good(Pair.fast());
        RawPeer peer = connected(victim);
        peer.say(PacketType.DATA, write(0, 4096, 1).setByte(30, 1));
        assertThat(reason(victim)).isEqualTo(DrbdException.Kind.PROTOCOL);
        assertThat(ReplicationTest.content(content, SIZE)).containsOnly(0);
    }

    /** Mask and value: our role, our disk made better, half a field, a state of the connection that nobody asks for. */
    @ParameterizedTest
    @CsvSource({"c, 4", "1e000, 10000", "1, 1", "1f0, 110", "c, c"})
    void nobodyRulesOverThisSide(String mask, String value) throws Exception {
        Pair.Side victim = good(Pair.fast());
        RawPeer peer = connected(victim);
        peer.say(
                PacketType.STATE_CHG_REQ,
                Unpooled.buffer()
                        .writeInt(Integer.parseUnsignedInt(mask, 16))
                        .writeInt(Integer.parseUnsignedInt(value, 16)));
        assertThat(reason(victim)).isEqualTo(DrbdException.Kind.PROTOCOL);
        assertThat(victim.state().role()).isEqualTo(Role.SECONDARY);
    }

    /** As far as each gets; then the next one says something else. */
    @Test
    void whoDoesNotKnowTheSecretGetsNoFurther() throws Exception {
        SharedSecret secret = SharedSecret.of("secret".getBytes(StandardCharsets.US_ASCII));
        byte[] before = new byte[SIZE];
        Arrays.fill(before, (byte) 7);
        content.write(0, java.nio.ByteBuffer.wrap(before));
        Pair.Side victim = good(Pair.fast()
                .ping(Duration.ofSeconds(10), Duration.ofSeconds(5))
                .connectInterval(Duration.ofMillis(20))
                .authentication(DigestAlgorithm.SHA1, secret));
        SplittableRandom random = new SplittableRandom(11);
        // Who is refused leaves it StandAlone, at a moment that this side does not see: it is asked all the time.
        ScheduledExecutorService keeper = Executors.newSingleThreadScheduledExecutor();
        all.add(0, keeper::shutdownNow);
        var unused = keeper.scheduleWithFixedDelay(victim.resource::connect, 0, 2, TimeUnit.MILLISECONDS);
        for (int i = 0; i < 60; i++) {
            byte[] noise = new byte[random.nextInt(1, 200)];
            random.nextBytes(noise);
            int step = i % 6;
            if (step == 0) {
                try (Socket s = RawPeer.connected(here)) {
                    s.getOutputStream().write(noise);
                }
                continue;
            }
            try (RawPeer peer = new RawPeer(here)) {
                if (step >= 2) {
                    peer.features();
                }
                if (step == 3) {
                    // The own challenge back.
                    peer.say(PacketType.AUTH_CHALLENGE, peer.hear(PacketType.AUTH_CHALLENGE));
                } else if (step == 4) {
                    peer.say(PacketType.AUTH_CHALLENGE, Unpooled.wrappedBuffer(new byte[64]));
                    peer.say(PacketType.AUTH_RESPONSE, Unpooled.wrappedBuffer(new byte[20]));
                } else if (step == 5) {
                    peer.protocol().sizes(0, SECTORS).say(PacketType.DATA, write(0, 4096, 1));
                }
                peer.noise(random.nextBoolean() ? SocketKind.DATA : SocketKind.META, noise);
            } catch (IOException e) {
                // Thrown out in the middle of a word.
            }
        }
        assertThat(ReplicationTest.content(content, SIZE)).isEqualTo(before);
        good(victim, secret);
    }

    /** Tries until it is let in: who was there before may still be on his way out. */
    private void good(Pair.Side victim, SharedSecret secret) {
        Awaitility.await().atMost(Pair.PATIENCE).pollDelay(Duration.ZERO).until(() -> {
            victim.resource.connect();
            RawPeer peer = new RawPeer(here);
            try {
                peer.features().authenticate(secret).protocol().diskless(SECTORS);
                // It says its state twice: at first, and when it has heard ours.
                peer.hear(PacketType.STATE);
                peer.hear(PacketType.STATE);
                all.add(peer);
                return victim.state().connection() == ConnectionState.CONNECTED;
            } catch (IOException e) {
                peer.close();
                return false;
            }
        });
    }

    @Test
    void halfOpenSocketsKeepNobodyOut() throws Exception {
        Pair.Side victim = good(Pair.fast());
        for (int i = 0; i < 40; i++) {
            all.add(RawPeer.connected(here));
        }
        connected(victim);
    }
}
