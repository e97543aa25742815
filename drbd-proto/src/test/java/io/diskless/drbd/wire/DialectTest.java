package io.diskless.drbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DialectTest {
    @Test
    void agreesOnTheLowerOfTheNewestVersionsAndTheCommonFeatures() {
        assertThat(Dialect.agree(86, 101, Dialect.FF_ALL, 86, 97, 5)).contains(new Dialect(97, 5));
        assertThat(Dialect.agree(86, 101, 0, 86, 124, 0xffff)).contains(new Dialect(101, 0));
        assertThat(Dialect.agree(86, 101, Dialect.FF_TRIM, 88, 0, 15)).contains(new Dialect(88, 1));
    }

    @Test
    void thereIsNoAgreementWithoutACommonVersion() {
        assertThat(Dialect.agree(86, 101, 0, 118, 124, 0)).isEmpty();
        assertThat(Dialect.agree(86, 101, 0, 80, 85, 0)).isEmpty();
        assertThat(Dialect.agree(100, 101, 0, 0, -1, 0)).contains(new Dialect(101, 0));
        assertThat(Dialect.agree(100, 101, 0, -1, -1, 0)).isEmpty();
    }

    @Test
    void headersFollowTheTable() {
        assertThat(Dialect.HANDSHAKE.headerFor(72)).isEqualTo(HeaderFormat.H80);
        assertThat(Dialect.HANDSHAKE.accepts(HeaderFormat.H95)).isFalse();
        assertThat(new Dialect(94, 0).headerFor(32768 + 24)).isEqualTo(HeaderFormat.H80);
        assertThat(new Dialect(95, 0).headerFor(32768)).isEqualTo(HeaderFormat.H80);
        assertThat(new Dialect(99, 0).headerFor(32769)).isEqualTo(HeaderFormat.H95);
        assertThat(new Dialect(100, 0).headerFor(0)).isEqualTo(HeaderFormat.H100);
        assertThat(new Dialect(86, 0).accepts(HeaderFormat.H95)).isTrue();
        assertThat(new Dialect(99, 0).accepts(HeaderFormat.H100)).isFalse();
        assertThat(new Dialect(100, 0).accepts(HeaderFormat.H80)).isFalse();
    }

    @Test
    void limitsFollowTheTable() {
        assertThat(new Dialect(94, 0).maxData()).isEqualTo(32 << 10);
        assertThat(new Dialect(95, 0).maxData()).isEqualTo(128 << 10);
        assertThat(new Dialect(100, 0).maxData()).isEqualTo(1 << 20);
        assertThat(new Dialect(99, 0).maxBitmapWords()).isEqualTo(511);
        assertThat(new Dialect(100, 0).maxBitmapWords()).isEqualTo(510);
        assertThat(new Dialect(101, Dialect.FF_WSAME).maxDiscard()).isEqualTo(128 << 20);
        assertThat(new Dialect(101, Dialect.FF_TRIM).maxDiscard()).isEqualTo(4 << 20);
    }

    @Test
    void verifyMayStopEarlyIn97And101ButNotIn100() {
        assertThat(new Dialect(96, 0).hasVerifyStop()).isFalse();
        assertThat(new Dialect(97, 0).hasVerifyStop()).isTrue();
        assertThat(new Dialect(100, 0).hasVerifyStop()).isFalse();
        assertThat(new Dialect(101, 0).hasVerifyStop()).isTrue();
    }

    @Test
    void namesFeatures() {
        assertThat(new Dialect(101, 0x25)).hasToString("101 with TRIM, WSAME, 0x20");
        assertThat(Dialect.HANDSHAKE).hasToString("handshake");
    }
}
