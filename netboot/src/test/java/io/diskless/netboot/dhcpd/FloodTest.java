package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.DhcpHeader;
import org.junit.jupiter.api.Test;

/** What strangers can make the server remember is bounded. */
class FloodTest {
    @Test
    void aMillionMachinesAreNotRemembered() {
        RateLimit<MacAddress> limit = new RateLimit<>(20, 1000);
        Offers offers = new Offers(1000);
        for (int i = 0; i < 1_000_000; i++) {
            assertThat(limit.passes(MacAddress.of(i), i)).isTrue();
            offers.put(MacAddress.of(i), DhcpHeader.address(i), 60);
        }
        assertThat(limit.size()).isEqualTo(1000);
        assertThat(offers.size()).isEqualTo(1000);
        assertThat(offers.to(MacAddress.of(999_999), 0)).contains(DhcpHeader.address(999_999));
        assertThat(offers.to(MacAddress.of(1), 0)).isEmpty();
    }

    @Test
    void tokensComeBackWithTime() {
        RateLimit<String> limit = new RateLimit<>(2, 10);
        for (int i = 0; i < 4; i++) {
            assertThat(limit.passes("a", 0)).isTrue();
        }
        assertThat(limit.passes("a", 0)).isFalse();
        assertThat(limit.passes("b", 0)).isTrue();
        assertThat(limit.passes("a", 500_000_000)).isTrue();
        assertThat(limit.passes("a", 500_000_000)).isFalse();
    }

    @Test
    void anOfferOfAnAddressEndsTheOneBefore() {
        Offers offers = new Offers(10);
        offers.put(MacAddress.of(1), ip("10.0.0.1"), 60);
        assertThat(offers.isForAnother(ip("10.0.0.1"), MacAddress.of(2), 59)).isTrue();
        assertThat(offers.isForAnother(ip("10.0.0.1"), MacAddress.of(2), 60)).isFalse();
        offers.put(MacAddress.of(2), ip("10.0.0.1"), 120);
        assertThat(offers.to(MacAddress.of(1), 0)).isEmpty();
        assertThat(offers.isForAnother(ip("10.0.0.1"), MacAddress.of(1), 60)).isTrue();
        assertThat(offers.size()).isEqualTo(1);
    }
}
