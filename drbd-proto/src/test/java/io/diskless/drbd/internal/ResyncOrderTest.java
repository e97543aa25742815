package io.diskless.drbd.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ResyncOrderTest {
    @Test
    void aVolumeWaitsForAllThatComeBeforeIt() {
        ResyncOrder order = new ResyncOrder(Map.of(2, 1, 1, 0, 4, 1));

        assertThat(order.mustWait(2, m -> m == 0)).isTrue();
        assertThat(order.mustWait(2, m -> m == 1)).isTrue();
        assertThat(order.mustWait(1, m -> m == 2)).isFalse();
        assertThat(order.mustWait(0, m -> true)).isFalse();
        assertThat(order.mustWait(4, m -> m == 2)).isFalse();
    }

    @Test
    void nobodyWaitsForHimself() {
        assertThat(ResyncOrder.cycle(Map.of(3, 2, 2, 1, 1, 2))).contains(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ResyncOrder(Map.of(0, 0)))
                .withMessageContaining("volume 0");
    }
}
