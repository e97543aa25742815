package io.diskless.netboot;

import io.diskless.netboot.dhcpd.DhcpCounters;
import io.diskless.netboot.http.HttpCounters;
import io.diskless.netboot.tftp.TftpCounters;
import java.util.Objects;

/**
 * What a {@link NetbootServer} has done so far, one server after the other. Immutable.
 *
 * @param dhcp addresses and boot answers
 * @param tftp transfers
 * @param http answers
 */
public record NetbootMetrics(DhcpCounters dhcp, TftpCounters tftp, HttpCounters http) {
    /** Insists on all. */
    public NetbootMetrics {
        Objects.requireNonNull(dhcp, "dhcp");
        Objects.requireNonNull(tftp, "tftp");
        Objects.requireNonNull(http, "http");
    }
}
