package io.diskless.netboot.tftp;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.netboot.tftp.TftpRequest.Option;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NegotiationTest {
    private static final TftpServerOptions LIMITS =
            TftpServerOptions.builder().listen(new InetSocketAddress(0)).build();

    private static Negotiation agree(long size, boolean windowed, String... pairs) {
        List<Option> options = new ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) {
            options.add(new Option(pairs[i], pairs[i + 1]));
        }
        return Negotiation.of(new TftpRequest(false, "f", "octet", options), size, windowed, LIMITS);
    }

    @Test
    void optionsAreLoweredNeverRaisedAndAnsweredInTheOrderOfTheRequest() {
        Negotiation agreed = agree(70_000, true, "TSIZE", "0", "windowsize", "999", "blksize", "8192", "timeout", "7");
        assertThat(agreed.blockSize()).isEqualTo(1468);
        assertThat(agreed.windowSize()).isEqualTo(65536 / 1468);
        assertThat(agreed.timeoutSeconds()).hasValue(7);
        assertThat(agreed.answer().toString()).isEqualTo("{tsize=70000, windowsize=44, blksize=1468, timeout=7}");
        assertThat(agree(1, true, "blksize", "8").answer()).isEqualTo(Map.of("blksize", "8"));
    }

    @Test
    void whatIsUnknownMalformedOrOutOfRangeIsLeftOut() {
        Negotiation agreed =
                agree(5, true, "blksize", "7", "windowsize", "0", "timeout", "256", "multicast", "", "x", "1");
        assertThat(agreed.answer()).isEmpty();
        assertThat(agreed.blockSize()).isEqualTo(512);
        assertThat(agreed.windowSize()).isEqualTo(1);
        assertThat(agree(5, true, "blksize", "99999999999").answer()).isEmpty();
        assertThat(agree(5, true, "blksize", "+512").answer()).isEmpty();
    }

    @Test
    void textHasNoKnownSizeAndNoWindow() {
        assertThat(agree(-1, false, "tsize", "0", "windowsize", "4", "blksize", "600")
                        .answer())
                .isEqualTo(Map.of("blksize", "600"));
    }
}
