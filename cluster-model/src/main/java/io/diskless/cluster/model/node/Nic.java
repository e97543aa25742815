package io.diskless.cluster.model.node;

import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.net.MacAddress;
import java.util.Objects;
import java.util.Optional;

/**
 * One network port of a machine. Immutable.
 *
 * @param name as the machine calls it, such as {@code eth0}
 * @param mac its Ethernet address
 * @param segment what it is plugged into
 * @param speedMbps 1 to 1 000 000 Mb/s
 * @param mtu 68 to 65535 bytes
 * @param address what DHCP gives it, if anything
 */
public record Nic(
        String name, MacAddress mac, SegmentId segment, int speedMbps, int mtu, Optional<Ipv4Address> address) {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if the name, the speed or the MTU is out of range
     */
    public Nic {
        EntityId.check(name);
        Objects.requireNonNull(mac, "mac");
        Objects.requireNonNull(segment, "segment");
        Objects.requireNonNull(address, "address");
        if (speedMbps < 1 || speedMbps > 1_000_000) {
            throw new IllegalArgumentException("a port has 1 to 1000000 Mb/s, got " + speedMbps);
        }
        // RFC 791: every IPv4 link carries 68 bytes; a length field has 16 bits.
        if (mtu < 68 || mtu > 65_535) {
            throw new IllegalArgumentException("an MTU is 68 to 65535 bytes, got " + mtu);
        }
    }

    /**
     * A port of 10 Gb/s with an MTU of 9000 and no address: what storage wants.
     *
     * @param name as the machine calls it
     * @param mac its Ethernet address in text
     * @param segment name of what it is plugged into
     * @return the port
     * @throws IllegalArgumentException if a text is malformed
     */
    public static Nic of(String name, String mac, String segment) {
        return new Nic(name, MacAddress.parse(mac), new SegmentId(segment), 10_000, 9000, Optional.empty());
    }

    /**
     * The same with an address.
     *
     * @param text such as {@code 10.0.0.1}
     * @return a new port
     * @throws IllegalArgumentException if the text is malformed
     */
    public Nic address(String text) {
        return new Nic(name, mac, segment, speedMbps, mtu, Optional.of(Ipv4Address.parse(text)));
    }

    /**
     * The same with another speed.
     *
     * @param mbps 1 to 1 000 000
     * @return a new port
     */
    public Nic speed(int mbps) {
        return new Nic(name, mac, segment, mbps, mtu, address);
    }

    /**
     * The same with another MTU.
     *
     * @param bytes 68 to 65535
     * @return a new port
     */
    public Nic mtu(int bytes) {
        return new Nic(name, mac, segment, speedMbps, bytes, address);
    }
}
