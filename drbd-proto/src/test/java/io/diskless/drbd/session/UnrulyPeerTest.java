package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A peer that is who it says, and then does what no peer may: it gets no hand on the data here. */
class UnrulyPeerTest {
    private static final int BLOCK = 4096;
    private static final int SIZE = 1 << 20;

    /** The block id of the first write of an application. */
    private static final long FIRST = 1;

    private static void send(Pair.Side from, BiConsumer<Link, PeerVolume> packet) {
        ResourceCore core = from.resource.core();
        core.run(() -> packet.accept(
                Objects.requireNonNull(core.link()),
                Objects.requireNonNull(Objects.requireNonNull(core.volume(0)).peer())));
    }

    private static void awaitProtocolError(Pair.Side side) {
        Awaitility.await()
                .atMost(Pair.PATIENCE)
                .pollDelay(Duration.ZERO)
                .until(() -> side.events.stream()
                        .filter(DrbdEvent.ConnectionLost.class::isInstance)
                        .anyMatch(e -> ((DrbdEvent.ConnectionLost) e).cause().kind() == DrbdException.Kind.PROTOCOL));
    }

    private static DrbdOptions.Builder over(DrbdOptions.Builder of, NetOptions net, FaultyDevice disk) {
        DrbdOptions o = of.build();
        return DrbdOptions.builder("r1")
                .addresses(o.local(), o.peer())
                .transport(o.transport())
                .net(net)
                .volume(VolumeOptions.volatileMeta(0, disk));
    }

    private static ByteBuffer block(int first) {
        return ByteBuffer.allocateDirect(BLOCK).put(0, (byte) first);
    }

    /** Only of two Primaries can one make the other repeat or forget a write, and only while that write waits for its ack. */
    @ParameterizedTest
    @EnumSource(
            value = PacketType.class,
            names = {"RETRY_WRITE", "SUPERSEDED"})
    void noPeerHasAWriteMadeAgainThatHasCompleted(PacketType ack) throws Exception {
        NetOptions net = Pair.fast().protocol(ReplicationProtocol.A).build();
        FaultyDevice slow = FaultyDevice.of(MemoryDevice.create(SIZE));
        try (Pair pair = new Pair(o -> o.net(net), o -> over(o, net, slow), SIZE)) {
            ReplicationTest.sync(pair);
            slow.hold(FaultyDevice.Op.WRITE);
            ByteBuffer mine = block(1);
            pair.a.resource.volume(0).write(0, mine);
            // It is given back, and its owner has another use for it.
            mine.put(0, (byte) 9);

            try {
                send(pair.b, (link, peer) -> link.acks().ack(ack, peer, 0, FIRST, BLOCK));
                awaitProtocolError(pair.a);
            } finally {
                // Nobody can close a resource whose disk never answers.
                slow.releaseAll();
            }
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            assertThat(ReplicationTest.content(pair.diskA, SIZE)[0]).isEqualTo((byte) 1);
            assertThat(ReplicationTest.content(slow, SIZE)).isEqualTo(ReplicationTest.content(pair.diskA, SIZE));
        }
    }

    @Test
    void aSecondaryDoesNotWriteToAPrimary() throws Exception {
        try (Pair pair = new Pair(Pair.fast().build())) {
            ReplicationTest.sync(pair);
            pair.a.resource.volume(0).write(0, block(1));

            send(pair.b, (link, peer) -> {
                int length = PeerWrites.HEADER + BLOCK;
                ByteBuf b = link.begin(PacketType.DATA, peer.number(), length);
                b.writeLong(0).writeLong(77).writeInt(peer.nextSequence()).writeInt(0);
                link.send(b.writeByte(66).writeZero(BLOCK - 1));
            });

            awaitProtocolError(pair.a);
            assertThat(ReplicationTest.content(pair.diskA, SIZE)[0]).isEqualTo((byte) 1);
        }
    }
}
