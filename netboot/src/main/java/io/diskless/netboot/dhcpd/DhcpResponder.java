package io.diskless.netboot.dhcpd;

import io.diskless.netboot.Datagram;
import io.diskless.netboot.boot.BootPolicy;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * A DHCP server without sockets: datagrams go in, datagrams come out. For networks in memory, and for programs that bring
 * datagrams by ways of their own. Everything else is as in {@link DhcpServer}: leases are kept before an ACK comes out.
 * Not thread-safe.
 */
public final class DhcpResponder {
    private final DhcpLink link;
    private final DhcpServerOptions options;
    private final Talk talk;
    private final EmbeddedChannel out = new EmbeddedChannel();

    /**
     * A server.
     *
     * @param options whom it serves; ports mean nothing but in what comes out
     * @param policy what it asks about every message
     * @param store where leases are kept; it stays the caller's, and no other server may use it meanwhile
     * @param clock the time that leases go by
     * @throws IllegalArgumentException if the options have a probe
     */
    public DhcpResponder(DhcpServerOptions options, BootPolicy policy, LeaseStore store, Clock clock) {
        this.options = options;
        this.link = options.links.get(0);
        if (options.probe.isPresent()) {
            throw new IllegalArgumentException(
                    "expected no probe: there is no event loop that its answer could come back to");
        }
        this.talk = new Talk(options, policy, store, RawSends.none(), Runnable::run, clock);
    }

    /**
     * Something came to the DHCP servers' port.
     *
     * @param from who sent it
     * @param payload what it says
     * @param toOwnAddress whether it was sent to the server's address and not to everybody
     * @return what is to be sent now
     */
    public List<Datagram> hear(InetSocketAddress from, ByteBuffer payload, boolean toOwnAddress) {
        return hear(from, payload, Talk.Port.DHCP, options.serverPort, toOwnAddress);
    }

    /**
     * Something came to the boot servers' port, 4011. A server that does not listen there says nothing.
     *
     * @param from who sent it
     * @param payload what it says
     * @return what is to be sent now
     */
    public List<Datagram> hearBootServer(InetSocketAddress from, ByteBuffer payload) {
        return options.bootServer
                ? hear(from, payload, Talk.Port.BOOT_SERVER, options.bootServerPort, true)
                : List.of();
    }

    private List<Datagram> hear(
            InetSocketAddress from, ByteBuffer payload, Talk.Port port, int number, boolean toOwnAddress) {
        InetSocketAddress own = new InetSocketAddress(link.address(), number);
        talk.hear(new DatagramPacket(Unpooled.wrappedBuffer(payload), own, from), out, link, port, toOwnAddress);
        talk.flush();
        List<Datagram> said = new ArrayList<>();
        for (DatagramPacket packet = out.readOutbound(); packet != null; packet = out.readOutbound()) {
            said.add(new Datagram(own, packet.recipient(), ByteBuffer.wrap(ByteBufUtil.getBytes(packet.content()))));
            packet.release();
        }
        return said;
    }

    /**
     * The server's own address.
     *
     * @return its identity in replies
     */
    public Inet4Address address() {
        return link.address();
    }

    /**
     * What the server has done so far.
     *
     * @return a snapshot
     */
    public DhcpCounters counters() {
        return talk.counters();
    }

    /**
     * The leases on record, those that are over included.
     *
     * @return a snapshot, in no order
     */
    public List<Lease> leases() {
        return talk.leases();
    }
}
