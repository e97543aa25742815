package io.diskless.drbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PacketTypeTest {
    private static final Dialect KERNEL = new Dialect(101, Dialect.FF_ALL);

    @Test
    void everyCommandIsFoundByItsCode() {
        Set<Integer> codes = new HashSet<>();
        for (PacketType type : PacketType.values()) {
            assertThat(codes.add(type.code())).as("%s alone has its code", type).isTrue();
            if (type != PacketType.UNKNOWN) {
                assertThat(PacketType.of(type.code())).isSameAs(type);
            }
        }
        for (int command : new int[] {-1, 0x25, 0x2e, 0x35, 0x40, 0x5f, 0x60, 0xfff0, 0xfffd, 0xffff, 0x10000}) {
            assertThat(PacketType.of(command)).as("command %x", command).isSameAs(PacketType.UNKNOWN);
        }
    }

    @Test
    void lengthsFollowTheDialect() {
        assertThat(PacketType.SIZES.fixedLength(KERNEL)).isEqualTo(56);
        assertThat(PacketType.SIZES.fixedLength(new Dialect(101, 0))).isEqualTo(32);
        assertThat(PacketType.SYNC_PARAM89.fixedLength(new Dialect(94, 0))).isEqualTo(132);
        assertThat(PacketType.SYNC_PARAM89.fixedLength(new Dialect(95, 0))).isEqualTo(148);
        assertThat(PacketType.SYNC_PARAM.maxLength(new Dialect(87, 0))).isEqualTo(4);
        assertThat(PacketType.SYNC_PARAM.minLength(new Dialect(88, 0))).isEqualTo(5);
        assertThat(PacketType.PROTOCOL.maxLength(new Dialect(86, 0))).isEqualTo(24);
        assertThat(PacketType.PROTOCOL.minLength(new Dialect(87, 0))).isEqualTo(25);
        assertThat(PacketType.CONNECTION_FEATURES.maxLength(Dialect.HANDSHAKE)).isEqualTo(72);
        assertThat(PacketType.DATA.maxLength(KERNEL)).isEqualTo(24 + 64 + (1 << 20));
        assertThat(PacketType.BITMAP.maxLength(KERNEL)).isEqualTo(4080);
    }

    @Test
    void everyMinimumIsWithinTheMaximumInEveryDialect() {
        for (int version = 86; version <= 101; version++) {
            for (int features = 0; features <= Dialect.FF_ALL; features++) {
                Dialect dialect = new Dialect(version, features);
                for (PacketType type : PacketType.values()) {
                    assertThat(type.minLength(dialect))
                            .as("%s in %s", type, dialect)
                            .isBetween(type.fixedLength(dialect), type.maxLength(dialect));
                }
            }
        }
    }

    @Test
    void packetsExistWhereTheirVersionAndFeatureWereAgreed() {
        assertThat(PacketType.INITIAL_DATA.existsIn(Dialect.HANDSHAKE)).isTrue();
        assertThat(PacketType.INITIAL_DATA.existsIn(KERNEL)).isFalse();
        assertThat(PacketType.PING.existsIn(Dialect.HANDSHAKE)).isFalse();
        assertThat(PacketType.SYNC_PARAM.existsIn(new Dialect(88, 0))).isTrue();
        assertThat(PacketType.SYNC_PARAM.existsIn(new Dialect(89, 0))).isFalse();
        assertThat(PacketType.COMPRESSED_BITMAP.existsIn(new Dialect(89, 0))).isFalse();
        assertThat(PacketType.TRIM.existsIn(new Dialect(101, Dialect.FF_WSAME))).isFalse();
        assertThat(PacketType.TRIM.existsIn(KERNEL)).isTrue();
        assertThat(PacketType.UNKNOWN.existsIn(KERNEL)).isFalse();
    }

    @Test
    void onlyAcksAndTheirLikeAreOnTheMetaSocket() {
        assertThat(PacketType.WRITE_ACK.isOn(SocketKind.META)).isTrue();
        assertThat(PacketType.WRITE_ACK.isOn(SocketKind.DATA)).isFalse();
        assertThat(PacketType.DATA.isOn(SocketKind.META)).isFalse();
        assertThat(PacketType.DELAY_PROBE.isOn(SocketKind.META)).isTrue();
        assertThat(PacketType.DELAY_PROBE.isOn(SocketKind.DATA)).isTrue();
        assertThat(PacketType.OV_RESULT.label()).isEqualTo("P_OV_RESULT");
    }
}
