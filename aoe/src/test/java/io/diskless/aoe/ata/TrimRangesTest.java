package io.diskless.aoe.ata;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.wire.Frames;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class TrimRangesTest {
    @Test
    void anEntryIsAnAddressAndALength() {
        ByteBuffer b = ByteBuffer.allocate(600);
        TrimRanges.write(b, 36, 1, 0x1234_5678_9ABCL, 0xFFEE);

        byte[] entry = new byte[8];
        b.get(44, entry);
        assertThat(entry).isEqualTo(Frames.bytes("bc9a78563412 eeff"));
        assertThat(TrimRanges.lba(b, 36, 1)).isEqualTo(0x1234_5678_9ABCL);
        assertThat(TrimRanges.sectors(b, 36, 1)).isEqualTo(0xFFEE);
        assertThat(TrimRanges.sectors(b, 36, 0)).isZero();
    }

    @Test
    void cutsALongRangeIntoEntries() {
        ByteBuffer b = ByteBuffer.allocate(512);
        for (int i = 0; i < 512; i++) {
            b.put(i, (byte) 0xEE);
        }

        assertThat(TrimRanges.fill(b, 0, 1, 1000, 65535 + 5)).isEqualTo(65540);

        assertThat(TrimRanges.lba(b, 0, 0)).isEqualTo(1000);
        assertThat(TrimRanges.sectors(b, 0, 0)).isEqualTo(65535);
        assertThat(TrimRanges.lba(b, 0, 1)).isEqualTo(66535);
        assertThat(TrimRanges.sectors(b, 0, 1)).isEqualTo(5);
        for (int i = 2; i < 64; i++) {
            assertThat(TrimRanges.lba(b, 0, i)).isZero();
            assertThat(TrimRanges.sectors(b, 0, i)).isZero();
        }
    }

    @Test
    void saysHowMuchOfARangeFits() {
        ByteBuffer b = ByteBuffer.allocate(512);

        assertThat(TrimRanges.fill(b, 0, 1, 0, Long.MAX_VALUE)).isEqualTo(64L * 65535);
        assertThat(TrimRanges.fill(b, 0, 1, 0, 0)).isZero();
        assertThat(TrimRanges.firstOutside(b, 0, 1, 0)).isEqualTo(-1);
    }

    @Test
    void findsTheRangeThatReachesBeyondTheEnd() {
        ByteBuffer b = ByteBuffer.allocate(1024);
        TrimRanges.write(b, 0, 0, 0, 100);
        TrimRanges.write(b, 0, 3, 0xFFFF_FFFF_FFFFL, 0); // not used: its address means nothing
        TrimRanges.write(b, 0, 64, 100, 28);

        assertThat(TrimRanges.firstOutside(b, 0, 2, 128)).isEqualTo(-1);
        assertThat(TrimRanges.firstOutside(b, 0, 2, 127)).isEqualTo(64);
        assertThat(TrimRanges.firstOutside(b, 0, 1, 127)).isEqualTo(-1);

        TrimRanges.write(b, 0, 2, 0xFFFF_FFFF_FFFFL, 0xFFFF);
        assertThat(TrimRanges.firstOutside(b, 0, 2, 1L << 48)).isEqualTo(2);
    }
}
