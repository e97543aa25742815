package io.diskless.drbd.meta;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.drbd.DrbdException;
import org.junit.jupiter.api.Test;

/** Where the memory for a bitmap is not to be had. */
class BitmapMemoryTest {
    @Test
    void theErrorSaysHowMuchIsNeededAndWhatHelps() {
        // 16 TiB: a bit for each 4 KiB, 512 MiB of bits.
        assertThatThrownBy(() -> DirtyBitmap.of(32L << 30, sectors -> {
                    throw new OutOfMemoryError("direct buffer memory");
                }))
                .isInstanceOf(DrbdException.class)
                .hasMessageContainingAll("needs 512 MiB", "-XX:MaxDirectMemorySize")
                .extracting(e -> ((DrbdException) e).kind())
                .isEqualTo(DrbdException.Kind.NOT_SUPPORTED);
    }
}
