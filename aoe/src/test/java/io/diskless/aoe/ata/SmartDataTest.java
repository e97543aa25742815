package io.diskless.aoe.ata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.ata.SmartData.Attribute;
import io.diskless.aoe.wire.Frames;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SmartDataTest {
    @Test
    void writesAPageThatSumsToZeroAndReadsItBack() {
        SmartData page = SmartData.of(List.of(
                Attribute.counter(SmartData.POWER_ON_HOURS, 17),
                Attribute.counter(SmartData.SECTORS_WRITTEN, 0xFFFF_FFFF_FFFFL),
                new Attribute(194, 0x0022, 64, 0xFE, 36)));
        ByteBuffer b = ByteBuffer.allocate(600);
        for (int i = 0; i < 600; i++) {
            b.put(i, (byte) 0xEE);
        }

        page.copyTo(b, 36);

        int sum = 0;
        for (int i = 36; i < 548; i++) {
            sum += b.get(i) & 0xFF;
        }
        assertThat(sum % 256).isZero();
        assertThat(b.get(35)).isEqualTo((byte) 0xEE);
        assertThat(b.get(548)).isEqualTo((byte) 0xEE);
        // id 9, flags 0032, value 100, worst 100, raw 17, reserved 0
        byte[] first = new byte[12];
        b.get(36 + 2, first);
        assertThat(first).isEqualTo(Frames.bytes("09 3200 64 64 110000000000 00"));

        SmartData back = SmartData.parse(b, 36);
        assertThat(back.attributes()).isEqualTo(page.attributes());
        assertThat(back.isChecksumGood()).isTrue();
        assertThat(back.attribute(SmartData.SECTORS_WRITTEN))
                .hasValueSatisfying(a -> assertThat(a.raw()).isEqualTo(0xFFFF_FFFF_FFFFL));
        assertThat(back.attribute(5)).isEmpty();

        b.put(100, (byte) 1);
        assertThat(SmartData.parse(b, 36).isChecksumGood()).isFalse();
    }

    @Test
    void holdsThirtyAttributes() {
        List<Attribute> full = IntStream.rangeClosed(1, 30)
                .mapToObj(i -> Attribute.counter(i, i))
                .toList();
        ByteBuffer b = ByteBuffer.allocate(512);
        SmartData.of(full).copyTo(b, 0);

        assertThat(SmartData.parse(b, 0).attributes()).isEqualTo(full);
        assertThatThrownBy(() -> SmartData.of(IntStream.rangeClosed(1, 31)
                        .mapToObj(i -> Attribute.counter(i, i))
                        .toList()))
                .hasMessageContaining("at most 30 attributes, got 31");
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThatThrownBy(() -> Attribute.counter(0, 1)).hasMessageContaining("id is 1 to 255, got 0");
        assertThatThrownBy(() -> Attribute.counter(1, 1L << 48)).hasMessageContaining("raw is 0 to");
        assertThatThrownBy(() -> SmartData.of(List.of(Attribute.counter(1, 1), Attribute.counter(1, 2))))
                .hasMessageContaining("given twice");
        assertThatThrownBy(() -> SmartData.parse(ByteBuffer.allocate(511), 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
