package io.diskless.cluster.conf.vblade;

import io.diskless.cluster.net.AoeAddress;
import java.util.Objects;

/**
 * One AoE target of vblade. Immutable.
 *
 * @param address its shelf and slot
 * @param netif the interface it answers on
 * @param filename what it serves
 * @param options what else stands before the address on its command line, such as {@code -r -m 52:54:00:00:00:01}
 */
public record VbladeExport(AoeAddress address, String netif, String filename, String options) {
    /** Insists on all of it. */
    public VbladeExport {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(netif, "netif");
        Objects.requireNonNull(filename, "filename");
        Objects.requireNonNull(options, "options");
    }
}
