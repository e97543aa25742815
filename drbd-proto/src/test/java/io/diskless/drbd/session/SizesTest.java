package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a peer that is connected, and known to be who it says, may make of the size of a volume. */
class SizesTest {
    private static final int SIZE = 1 << 20;
    private static final long SECTORS = SIZE >> 9;

    /** Sends P_SIZES with these fields, whatever the sender's own disk is. */
    private static void sizes(Pair.Side from, long disk, long user, long current) {
        ResourceCore core = from.resource.core();
        core.run(() -> {
            Link link = core.link();
            if (link == null) {
                throw new IllegalStateException("not connected");
            }
            int length = PacketType.SIZES.fixedLength(link.dialect());
            ByteBuf b = link.begin(PacketType.SIZES, 0, length);
            b.writeLong(disk).writeLong(user).writeLong(current).writeInt(1 << 20);
            link.send(b.writeZero(length - 28));
        });
    }

    private static DrbdException.Kind lost(Pair.Side side) {
        return side.events.stream()
                .filter(DrbdEvent.ConnectionLost.class::isInstance)
                .map(e -> ((DrbdEvent.ConnectionLost) e).cause().kind())
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"1024, 0, 1024", "2048, 1024, 2048", "8, 8, 8"})
    void aConnectedPeerDoesNotShrinkAVolume(long disk, long user, long current) throws Exception {
        try (Pair pair = new Pair(Pair.fast().build())) {
            ReplicationTest.sync(pair);
            pair.a
                    .resource
                    .volume(0)
                    .write(SIZE - 4096, ByteBuffer.allocate(4096).put(0, (byte) 7));

            sizes(pair.a, disk, user, current);

            pair.b.awaitState("cs:StandAlone");
            assertThat(lost(pair.b)).isEqualTo(DrbdException.Kind.INCOMPATIBLE);
            assertThat(pair.b.resource.volume(0).geometry().size()).isEqualTo(SIZE);
            assertThat(pair.b.events.toString()).contains("would shrink it");
        }
    }

    @Test
    void aSecondaryDoesNotShrinkThePrimaryEither() throws Exception {
        try (Pair pair = new Pair(Pair.fast().build())) {
            ReplicationTest.sync(pair);
            sizes(pair.b, SECTORS / 2, 0, SECTORS / 2);
            pair.a.awaitState("cs:StandAlone ro:Primary/Unknown");

            pair.a.resource.volume(0).write(SIZE - 4096, ByteBuffer.allocate(4096));
            assertThat(pair.a.resource.volume(0).geometry().size()).isEqualTo(SIZE);
        }
    }

    @ParameterizedTest
    @CsvSource({"2048, 0, 4611686018427387904", "2048, 4611686018427387904, 2048", "-1, 0, 0", "2048, 0, -1"})
    void aSizeThatNoDeviceHasEndsTheConnection(long disk, long user, long current) throws Exception {
        try (Pair pair = new Pair(Pair.fast().build())) {
            ReplicationTest.sync(pair);
            sizes(pair.a, disk, user, current);
            pair.b.await(s -> pair.b.events.stream().anyMatch(DrbdEvent.ConnectionLost.class::isInstance));
            assertThat(lost(pair.b)).isEqualTo(DrbdException.Kind.PROTOCOL);
            assertThat(pair.b.resource.volume(0).geometry().size()).isEqualTo(SIZE);
        }
    }

    @Test
    void aPeerThatSaysMoreThanFitsHereChangesNothing() throws Exception {
        try (Pair pair = new Pair(Pair.fast().build())) {
            ReplicationTest.sync(pair);
            sizes(pair.a, SECTORS * 4, SECTORS * 3, SECTORS * 2);
            // Comes behind it.
            pair.a.resource.volume(0).write(0, ByteBuffer.allocate(4096));
            assertThat(pair.b.resource.volume(0).geometry().size()).isEqualTo(SIZE);
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
        }
    }
}
