package io.diskless.drbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

final class UuidsTest {
    private static final String FORCED =
            "b68bba19f360c0470000000000000004" + "0000000000000000000000000000000000000000000000300000000000000000";

    @Test
    void readsAndWritesWhatAKernelSentAfterAForcedPromotion() {
        ByteBuf b = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(FORCED));
        Uuids uuids = Uuids.read(b, 0);
        assertThat(uuids)
                .isEqualTo(new Uuids(0xb68bba19f360c047L, Uuids.JUST_CREATED, 0, 0, 0x30, 0))
                .hasToString("B68BBA19F360C047:0000000000000004:0000000000000000:0000000000000000 bits:48 flags:0");
        ByteBuf again = Unpooled.buffer(Uuids.LENGTH);
        uuids.write(again, 0);
        assertThat(ByteBufUtil.hexDump(again, 0, Uuids.LENGTH)).isEqualTo(FORCED);
    }

    @Test
    void thePrimaryBitIsNoPartOfAGeneration() {
        assertThat(Uuids.same(0xb68bba19f360c047L, 0xb68bba19f360c046L)).isTrue();
        assertThat(Uuids.same(4, 6)).isFalse();
        assertThat(new Uuids(0, 0, 0, 0, 0, 9).has(Uuids.FLAG_SKIP_INITIAL_SYNC))
                .isTrue();
    }
}
