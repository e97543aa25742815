package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.internal.linux.NativeSockets;
import io.diskless.netboot.internal.linux.PacketSocket;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Packets to network cards whose machines have no address yet and cannot answer ARP, on those links where the system lets
 * us send them. Confined to the server's event loop.
 */
final class RawSends implements AutoCloseable {
    private final Map<DhcpLink, Door> doors = new HashMap<>();

    private record Door(PacketSocket socket, MacAddress own, int index) {}

    private RawSends() {}

    /** Nothing is sent past the system. */
    static RawSends none() {
        return new RawSends();
    }

    /** As far as it goes; what does not is noted. */
    static RawSends open(List<DhcpLink> links, Consumer<String> notes) {
        RawSends all = new RawSends();
        Optional<String> obstacle = NativeSockets.obstacle();
        if (obstacle.isPresent()) {
            notes.accept("no raw sends: " + obstacle.get());
            return all;
        }
        links.forEach(link -> all.open(link, notes));
        return all;
    }

    private void open(DhcpLink link, Consumer<String> notes) {
        try {
            NetworkInterface found = NetworkInterface.getByName(link.networkInterface());
            Optional<MacAddress> card =
                    found == null ? Optional.empty() : RouterAnswers.card(found.getHardwareAddress());
            if (card.isPresent()) {
                doors.put(link, new Door(PacketSocket.sending(found.getIndex()), card.get(), found.getIndex()));
            }
        } catch (IOException e) {
            notes.accept("no raw sends on " + link.networkInterface() + ": " + e.getMessage());
        }
    }

    /** The link's interface has come back, with another number and perhaps another card. */
    void reopen(DhcpLink link, Consumer<String> notes) {
        Door before = doors.remove(link);
        if (before != null) {
            before.socket().close();
            open(link, notes);
        }
    }

    boolean has(DhcpLink link) {
        return doors.containsKey(link);
    }

    /** Our own card there, where there is a way to send. */
    Optional<MacAddress> card(DhcpLink link) {
        return Optional.ofNullable(doors.get(link)).map(Door::own);
    }

    private Door door(DhcpLink link) {
        return Objects.requireNonNull(doors.get(link), "no way past the system there");
    }

    int index(DhcpLink link) {
        return door(link).index();
    }

    /**
     * The same answer, straight to the machine where it can be: RFC 2131 §4.1 wants it so for a machine that has no address
     * and does not ask for a broadcast.
     */
    Step direct(Arrival in, Step step) {
        if (step.reply() == null || step.to() == null || !has(in.link())) {
            return step;
        }
        Inet4Address yours = step.reply().header().yiaddr();
        boolean broadcast = DhcpSockets.EVERYBODY.equals(step.to().getAddress());
        return broadcast && !yours.isAnyLocalAddress() && !in.message().header().isBroadcast()
                ? step.to(new InetSocketAddress(yours, step.to().getPort()))
                : step;
    }

    /** Whether what goes to a machine must go this way, for its address is not yet its own. */
    boolean isFor(Arrival in, Step step) {
        return step.reply() != null
                && step.to() != null
                && has(in.link())
                && !in.isRelayed()
                && in.ciaddr().isAnyLocalAddress()
                && step.reply().header().yiaddr().equals(step.to().getAddress());
    }

    /** Sends a datagram to a card. */
    void datagram(DhcpLink link, int fromPort, MacAddress card, InetSocketAddress to, byte[] payload)
            throws IOException {
        ByteBuffer packet =
                IpPackets.udp(link.address(), fromPort, (Inet4Address) to.getAddress(), to.getPort(), payload);
        door(link).socket().send(PacketSocket.IPV4, card, packet);
    }

    /** Sends an IPv6 packet to a card. */
    void ipv6(DhcpLink link, MacAddress card, ByteBuffer packet) throws IOException {
        door(link).socket().send(PacketSocket.IPV6, card, packet);
    }

    @Override
    public void close() {
        doors.values().forEach(door -> door.socket().close());
        doors.clear();
    }
}
