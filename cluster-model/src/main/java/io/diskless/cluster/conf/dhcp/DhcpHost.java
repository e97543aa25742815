package io.diskless.cluster.conf.dhcp;

import io.diskless.cluster.net.MacAddress;
import java.util.List;
import java.util.Optional;

/**
 * What a DHCP server does for one machine, as far as booting goes. Immutable.
 *
 * @param name the entry's name; empty where it has none
 * @param macs the machine's network cards; empty where it is known otherwise
 * @param addresses its fixed IPv4 addresses
 * @param tags what dnsmasq sets for it; empty for dhcpd
 * @param fileName the boot file, where one is given for it or for what it lies in
 * @param nextServer the TFTP server, where one is given for it or for what it lies in
 * @param rootPath the root path option, where one is given for it or for what it lies in
 */
public record DhcpHost(
        String name,
        List<MacAddress> macs,
        List<String> addresses,
        List<String> tags,
        Optional<String> fileName,
        Optional<String> nextServer,
        Optional<String> rootPath) {
    /** Copies the lists. */
    public DhcpHost {
        macs = List.copyOf(macs);
        addresses = List.copyOf(addresses);
        tags = List.copyOf(tags);
    }
}
