package io.diskless.drbd.wire.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.QueueLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

/** What we send, against the exchanges of a kernel that the specification lists (§16). */
final class PacketTest {
    private static final Dialect KERNEL = new Dialect(101, Dialect.FF_ALL);

    private static String hex(Dialect dialect, Packet packet) {
        ByteBuf b = Unpooled.buffer();
        packet.append(dialect, 0, b);
        return ByteBufUtil.hexDump(b);
    }

    private static String payload(Packet packet) {
        ByteBuf b = Unpooled.buffer(packet.length());
        packet.write(b, 0);
        return ByteBufUtil.hexDump(b, 0, packet.length());
    }

    @Test
    void featuresAreThoseOfAKernel() {
        FeaturesPacket offer = FeaturesPacket.offer(86, 101, 15);
        assertThat(hex(Dialect.HANDSHAKE, offer))
                .isEqualTo("83740267fffe0048" + "000000560000000f00000065" + "00".repeat(60));
        assertThat(offer.agree(FeaturesPacket.offer(88, 97, 4))).contains(new Dialect(97, 4));
        assertThatThrownBy(() -> new FeaturesPacket(86, 0, 101, 0, 0, Octets.EMPTY))
                .hasMessageContaining("52");
    }

    @Test
    void settingsAreThoseOfAKernel() {
        assertThat(payload(new ProtocolPacket(
                        PacketType.PROTOCOL, 3, 0, 0, 0, 0, 1, ProtocolPacket.integrity(KERNEL, ""))))
                .isEqualTo("000000030000000000000000000000000000000000000001" + "00");
        ProtocolPacket integrity =
                new ProtocolPacket(PacketType.PROTOCOL, 3, 0, 0, 0, 0, 0, ProtocolPacket.integrity(KERNEL, "crc32c"));
        assertThat(payload(integrity)).endsWith("0000000063726333326300");
        assertThat(integrity.integrityAlg()).isEqualTo("crc32c");
        assertThat(ProtocolPacket.integrity(new Dialect(86, 0), "crc32c")).isEqualTo(Octets.EMPTY);
        SyncParamPacket param =
                SyncParamPacket.of(KERNEL, 250, "md5", "", new SyncParamPacket.Controller(20, 10, 100, 102400));
        assertThat(payload(param))
                .isEqualTo("000000fa" + "6d6435" + "00".repeat(61 + 64) + "000000140000000a0000006400019000");
        assertThat(param.verifyAlg()).isEqualTo("md5");
        assertThat(param.csumsAlg()).isEmpty();
    }

    @Test
    void settingsShrinkWithTheDialect() {
        SyncParamPacket.Controller controller = new SyncParamPacket.Controller(20, 10, 100, 102400);
        assertThat(payload(SyncParamPacket.of(new Dialect(87, 0), 250, "md5", "md5", controller)))
                .isEqualTo("000000fa");
        assertThat(payload(SyncParamPacket.of(new Dialect(88, 0), 250, "md5", "md5", controller)))
                .isEqualTo("000000fa6d643500");
        assertThat(SyncParamPacket.of(new Dialect(94, 0), 250, "md5", "md5", controller)
                        .length())
                .isEqualTo(132);
        String long64 = "x".repeat(64);
        assertThatThrownBy(() -> SyncParamPacket.of(KERNEL, 250, long64, "", controller))
                .hasMessageContaining("less than 64");
    }

    @Test
    void sizesAreThoseOfAKernel() {
        QueueLimits limits = new QueueLimits(4096, 512, 0, 4096, 0, 0, 0, 0, 0);
        assertThat(payload(new SizesPacket(4016, 384, 384, 130560, 0, 0, limits)))
                .isEqualTo("0000000000000fb00000000000000180000000000000018000" + "01fe0000000000"
                        + "000010000000020000000000000010000000000000000000");
        assertThat(payload(new SizesPacket(4016, 384, 384, 130560, 0, 0, null))).hasSize(64);
    }

    @Test
    void requestsAreThoseOfAKernel() {
        assertThat(hex(KERNEL, new StateRequestPacket(PacketType.CONN_ST_CHG_REQ, 0x1f0, 0x10)))
                .isEqualTo("8620ec200000002a0000000800000000" + "000001f000000010");
        assertThat(hex(KERNEL, new StateReplyPacket(PacketType.STATE_CHG_REPLY, -19)))
                .endsWith("ffffffed");
    }

    @Test
    void whatHasNotTheLengthOfItsCommandIsOpaque() {
        ByteBuf b = Unpooled.wrappedBuffer(new byte[3]);
        assertThat(Packet.decode(KERNEL, PacketType.STATE.code(), b, 0, 3))
                .isEqualTo(new OpaquePacket(PacketType.STATE.code(), Octets.of(new byte[3])));
        assertThat(Packet.decode(KERNEL, 0x4d, b, 0, 3).type()).isEqualTo(PacketType.UNKNOWN);
    }

    @Test
    void whatIsNoHeaderOrIsCutIsSaid() {
        ByteBuf ping = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump("8374026700130000"));
        assertThat(PacketFrame.decode(new Dialect(97, 0), ping, 0).packet())
                .isEqualTo(new SignalPacket(PacketType.PING));
        ByteBuf cut = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump("83740267fffe0048" + "00"));
        assertThatThrownBy(() -> PacketFrame.decode(Dialect.HANDSHAKE, cut, 0))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("expected 72 bytes of payload, got 1");
        ByteBuf other = Unpooled.wrappedBuffer(new byte[16]);
        assertThatThrownBy(() -> PacketFrame.decode(KERNEL, other, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
