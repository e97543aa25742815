package io.diskless.drbd.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

final class HeaderFormatTest {
    @Test
    void writesTheHeadersThatAKernelSent() {
        assertThat(hex(HeaderFormat.H80, 0, 0xfff2, 0)).isEqualTo("83740267fff20000");
        assertThat(hex(HeaderFormat.H80, 0, 0xfffe, 72)).isEqualTo("83740267fffe0048");
        assertThat(hex(HeaderFormat.H100, 0, 0x10, 64)).isEqualTo("8620ec20000000100000004000000000");
        assertThat(hex(HeaderFormat.H95, 0, 0, 65560)).isEqualTo("835a000000010018");
    }

    @Test
    void readsWhatItWrites() {
        ByteBuf b = Unpooled.buffer(40).writerIndex(40);
        HeaderFormat.H100.write(b, 3, 0xffff, 0x2a, 1 << 20);
        assertThat(HeaderFormat.H100.matches(b, 3)).isTrue();
        assertThat(HeaderFormat.H95.matches(b, 3)).isFalse();
        assertThat(HeaderFormat.H100.volume(b, 3)).isEqualTo(0xffff);
        assertThat(HeaderFormat.H100.command(b, 3)).isEqualTo(0x2a);
        assertThat(HeaderFormat.H100.payloadLength(b, 3)).isEqualTo(1 << 20);
        assertThat(HeaderFormat.H100.padding(b, 3)).isZero();
        b.setInt(3 + 8, -1);
        assertThat(HeaderFormat.H100.payloadLength(b, 3)).isEqualTo(0xffffffffL);
    }

    @Test
    void refusesWhatAFormatCannotSay() {
        ByteBuf b = Unpooled.buffer(40);
        assertThatThrownBy(() -> HeaderFormat.H80.write(b, 0, 0, 0, 65536)).hasMessageContaining("65536");
        assertThatThrownBy(() -> HeaderFormat.H95.write(b, 0, 1, 0, 0)).hasMessageContaining("volume 1");
        assertThatThrownBy(() -> HeaderFormat.H100.write(b, 0, 0, 0x10000, 0)).hasMessageContaining("command 65536");
        assertThatThrownBy(() -> HeaderFormat.H100.write(b, 0, 0, 0, -1)).hasMessageContaining("-1");
    }

    private static String hex(HeaderFormat format, int volume, int command, int length) {
        ByteBuf b = Unpooled.buffer(16);
        format.write(b, 0, volume, command, length);
        return ByteBufUtil.hexDump(b, 0, format.length());
    }
}
