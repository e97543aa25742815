package io.diskless.cluster.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest {
    private static final MacAddress SAMPLE = MacAddress.of(0x525400AA0001L);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "52:54:00:aa:00:01",
                "52:54:00:AA:00:01",
                "52:54:0:aa:0:1",
                "52-54-00-AA-00-01",
                "5254.00aa.0001",
                "5254.00AA.0001"
            })
    void readsEveryUsualNotation(String text) {
        assertThat(MacAddress.parse(text)).isEqualTo(SAMPLE).hasToString("52:54:00:aa:00:01");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "52:54:00:aa:00",
                "52:54:00:aa:00:01:02",
                "52:54:00:aa:00:",
                ":54:00:aa:00:01",
                "52:54:00:aa:00:001",
                "52:54:00:aa:00:0g",
                "52:54:00:aa:00:-1",
                "52:54:00:aa:00:+1",
                "52-54-0-AA-00-01",
                "52-54:00-AA-00-01",
                "5254.00aa.001",
                "5254.00aa.0001.",
                "525400aa0001",
                " 52:54:00:aa:00:01",
                "52:54:00:aa:00:01\n",
                "٥٢:54:00:aa:00:01"
            })
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> MacAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }

    @Test
    void holdsFortyEightBits() {
        assertThat(MacAddress.of(0).toString()).isEqualTo("00:00:00:00:00:00");
        assertThat(MacAddress.of(0xFFFF_FFFF_FFFFL)).isEqualTo(MacAddress.BROADCAST);
        assertThatThrownBy(() -> MacAddress.of(1L << 48)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MacAddress.of(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(SAMPLE.value()).isEqualTo(0x525400AA0001L);
    }

    @Test
    void tellsGroupAndLocalBits() {
        assertThat(SAMPLE.isLocal()).isTrue();
        assertThat(SAMPLE.isMulticast()).isFalse();
        assertThat(MacAddress.parse("01:80:c2:00:00:00").isMulticast()).isTrue();
        assertThat(MacAddress.parse("01:80:c2:00:00:00").isLocal()).isFalse();
        assertThat(MacAddress.BROADCAST.isMulticast()).isTrue();
    }

    @Test
    void isAValueWithAnOrder() {
        MacAddress next = MacAddress.of(SAMPLE.value() + 1);
        assertThat(SAMPLE).isLessThan(next).isNotEqualTo(next).isNotEqualTo("52:54:00:aa:00:01");
        assertThat(MacAddress.parse(SAMPLE.toString()).hashCode()).isEqualTo(SAMPLE.hashCode());
        assertThat(MacAddress.BROADCAST).isGreaterThan(SAMPLE);
    }
}
