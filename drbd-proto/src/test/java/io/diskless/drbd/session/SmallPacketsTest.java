package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SmallPacketsTest {
    private final SmallPackets packets = new SmallPackets();

    private ByteBuf room(int bytes) {
        return Objects.requireNonNull(packets.room(bytes, UnpooledByteBufAllocator.DEFAULT), "no room");
    }

    @Test
    void packetsFollowEachOtherUntilTheyAreTaken() {
        room(8).writeLong(1);
        assertThat(packets.completed(5)).isEqualTo(8);
        room(8).writeLong(2);
        assertThat(packets.completed(6)).isEqualTo(8);
        ByteBuf both = Objects.requireNonNull(packets.take());
        assertThat(both.readLong()).isEqualTo(1);
        assertThat(both.readLong()).isEqualTo(2);
        assertThat(both.isReadable()).isFalse();
        assertThat(packets.owed()).isEqualTo(11);
        assertThat(packets.take()).isNull();
        both.release();
    }

    @Test
    void aPacketThatWasNeverFinishedTakesNoRoom() {
        room(1000).writeZero(1000);
        // Whoever wrote it failed; the next one gets the room, and nothing of the first is sent.
        room(1000).writeZero(4);
        assertThat(packets.completed(0)).isEqualTo(4);
        ByteBuf sent = Objects.requireNonNull(packets.take());
        assertThat(sent.readableBytes()).isEqualTo(4);
        sent.release();
    }

    @Test
    void aFullBufferIsTakenFirst() {
        room(1000).writeZero(1000);
        packets.completed(0);
        assertThat(packets.room(1000, UnpooledByteBufAllocator.DEFAULT)).isNull();
        Objects.requireNonNull(packets.take()).release();
        assertThat(room(1000).writableBytes()).isGreaterThanOrEqualTo(1000);
        packets.close();
    }
}
