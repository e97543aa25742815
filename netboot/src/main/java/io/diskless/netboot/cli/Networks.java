package io.diskless.netboot.cli;

import io.diskless.netboot.NetbootException;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.internal.linux.NativeSockets;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Option;

/** Which networks are served, and what their machines are told of them. */
final class Networks {
    @Option(
            names = {"-i", "--interface"},
            required = true,
            paramLabel = "IF",
            description = "An interface with an IPv4 address; once for each network.")
    List<String> interfaces = List.of();

    @Option(
            names = "--pool",
            paramLabel = "FIRST-LAST",
            description = "Addresses for machines without one of their own; one pool for each network.")
    List<String> pools = List.of();

    @Option(names = "--router", paramLabel = "ADDRESS", description = "The machines' router, for each network.")
    List<String> routers = List.of();

    @Option(names = "--dns", paramLabel = "ADDRESS", description = "The machines' name server; there may be several.")
    List<String> nameServers = List.of();

    private record Own(String networkInterface, Inet4Address address, Subnet.Builder subnet, Subnet plain) {}

    List<DhcpLink> links() throws IOException {
        List<Own> all = new ArrayList<>();
        for (String name : interfaces) {
            all.add(own(name));
        }
        for (String pool : pools) {
            String[] ends = pool.split("-", 2);
            Inet4Address first = Text.address(ends[0]);
            of(all, first, "--pool").subnet().pool(first, Text.address(ends[ends.length - 1]));
        }
        for (String text : routers) {
            Inet4Address router = Text.address(text);
            of(all, router, "--router").subnet().router(router);
        }
        List<DhcpLink> links = new ArrayList<>();
        for (Own own : all) {
            nameServers.forEach(text -> own.subnet().nameServer(Text.address(text)));
            links.add(new DhcpLink(
                    own.networkInterface(), own.address(), own.subnet().build()));
        }
        return links;
    }

    private static Own of(List<Own> all, Inet4Address address, String option) {
        return all.stream()
                .filter(own -> own.plain().contains(address))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("expected an address of a network that is served for "
                        + option + ", got " + address.getHostAddress()));
    }

    private static Own own(String name) throws IOException {
        NetworkInterface found = NetworkInterface.getByName(name);
        // Java does not list an interface without any address.
        boolean there = found != null || (NativeSockets.obstacle().isEmpty() && NativeSockets.index(name) > 0);
        if (!there) {
            throw new NetbootException(
                    NetbootException.Kind.NO_INTERFACE, "there is no interface " + Text.printable(name));
        }
        List<InterfaceAddress> addresses = found == null ? List.of() : found.getInterfaceAddresses();
        for (InterfaceAddress address : addresses) {
            if (address.getAddress() instanceof Inet4Address own) {
                int length = address.getNetworkPrefixLength();
                return new Own(
                        name,
                        Objects.requireNonNull(own),
                        Subnet.builder(own, length),
                        Subnet.builder(own, length).build());
            }
        }
        throw new NetbootException(
                NetbootException.Kind.NO_INTERFACE, "interface " + name + " has no IPv4 address; give it one first");
    }
}
