package io.diskless.cluster.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AoeAddressTest {
    @Test
    void readsBothNotations() {
        assertThat(AoeAddress.parse("e0.1")).isEqualTo(new AoeAddress(0, 1)).hasToString("e0.1");
        assertThat(AoeAddress.parse("0.1")).isEqualTo(new AoeAddress(0, 1));
        assertThat(AoeAddress.parse("e65534.254")).isEqualTo(new AoeAddress(65534, 254));
        assertThat(AoeAddress.parse("007.08")).isEqualTo(new AoeAddress(7, 8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "e",
                ".",
                "e.",
                "e0",
                "e0.",
                "e.1",
                "ee0.1",
                "E0.1",
                "e0.1.2",
                "e-1.1",
                "e0.-1",
                "e0x1.1",
                "e0.1p1",
                " e0.1",
                "e0.1 ",
                "e123456.1",
                "e٠.1"
            })
    void refusesWhatIsNoAddress(String text) {
        assertThatThrownBy(() -> AoeAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }

    @Test
    void theBroadcastValuesNameNoTarget() {
        assertThatThrownBy(() -> new AoeAddress(AoeAddress.ALL_SHELVES, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65535");
        assertThatThrownBy(() -> new AoeAddress(0, AoeAddress.ALL_SLOTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("255");
        assertThatThrownBy(() -> AoeAddress.parse("e99999.0")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AoeAddress(-1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AoeAddress(0, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void linuxTakesShelf4095ForAnUnsetSwitch() {
        assertThat(new AoeAddress(4095, 0).isUsableByLinux()).isFalse();
        assertThat(new AoeAddress(4094, 0).isUsableByLinux()).isTrue();
        assertThat(new AoeAddress(4096, 0).isUsableByLinux()).isTrue();
    }

    @Test
    void sortsByShelfThenSlot() {
        assertThat(Stream.of("e1.0", "e0.254", "e256.0", "e0.1")
                        .map(AoeAddress::parse)
                        .sorted()
                        .map(AoeAddress::toString)
                        .toList())
                .isEqualTo(List.of("e0.1", "e0.254", "e1.0", "e256.0"));
    }
}
