package io.diskless.netboot.boot;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.DhcpOption;
import java.net.Inet4Address;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A machine that is known: adding a server is adding one of these. Immutable.
 *
 * @param mac its network card
 * @param tag its role
 * @param name its host name
 * @param address the address reserved for it; without one it gets one of a pool, if there is a pool
 * @param profile how it boots, where that differs from its role's profile
 * @param options further DHCP options, sent where it asks for them
 */
public record Host(
        MacAddress mac,
        HostTag tag,
        String name,
        Optional<Inet4Address> address,
        Optional<BootProfile> profile,
        List<DhcpOption> options) {

    /**
     * Checks the card and the name, and copies the list.
     *
     * @throws IllegalArgumentException if the address of the card is a group's, or the name is empty
     */
    public Host {
        Objects.requireNonNull(tag, "tag");
        options = List.copyOf(options);
        if (mac.isMulticast()) {
            throw new IllegalArgumentException("expected the address of one network card, got a group's: " + mac);
        }
        if (name.isEmpty()) {
            throw new IllegalArgumentException("expected a name for " + mac + ", got none");
        }
    }

    /**
     * A machine without an address of its own.
     *
     * @param mac its network card
     * @param tag its role
     * @param name its host name
     * @return the host
     */
    public static Host of(MacAddress mac, HostTag tag, String name) {
        return new Host(mac, tag, name, Optional.empty(), Optional.empty(), List.of());
    }

    /**
     * The same with another role.
     *
     * @param other the role
     * @return a new host
     */
    public Host withTag(HostTag other) {
        return new Host(mac, other, name, address, profile, options);
    }

    /**
     * The same with a reserved address.
     *
     * @param reserved the address
     * @return a new host
     */
    public Host withAddress(Inet4Address reserved) {
        return new Host(mac, tag, name, Optional.of(reserved), profile, options);
    }

    /**
     * The same with a way to boot of its own.
     *
     * @param own the profile
     * @return a new host
     */
    public Host withProfile(BootProfile own) {
        return new Host(mac, tag, name, address, Optional.of(own), options);
    }
}
