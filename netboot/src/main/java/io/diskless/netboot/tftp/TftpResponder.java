package io.diskless.netboot.tftp;

import io.diskless.netboot.Datagram;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A TFTP server without sockets and without a clock: datagrams go in, datagrams come out, and time passes where the caller
 * says so. For networks in memory. Everything else is as in {@link TftpServer}. Not thread-safe.
 */
// Nothing waits for an embedded channel: what is asked of it is done on return.
@SuppressWarnings("FutureReturnValueIgnored")
public final class TftpResponder implements AutoCloseable {
    /** Where transfers' ports begin; the private ports of RFC 6335. */
    private static final int FIRST_PORT = 49_152;

    private final InetSocketAddress own;
    private final Requests requests;
    private final Port refusals;
    private final Port door;
    private final Map<Integer, Port> transfers = new HashMap<>();
    private final List<Datagram> said = new ArrayList<>();
    private int nextPort = FIRST_PORT;

    /** One port, which is never bound. */
    private static final class Port extends EmbeddedChannel {
        private final @Nullable InetSocketAddress address;

        Port(InetSocketAddress address, ChannelHandler... handlers) {
            super(handlers);
            this.address = address;
        }

        @Override
        protected @Nullable SocketAddress localAddress0() {
            return address;
        }
    }

    /**
     * A server.
     *
     * @param options what it grants; the first address is where it is
     * @param content what to hand out
     */
    public TftpResponder(TftpServerOptions options, TftpContent content) {
        own = options.listen().get(0);
        refusals = new Port(at(nextPort++), new Requests.Silent());
        // Its clock is everybody's.
        refusals.freezeTime();
        requests = new Requests(options, content, refusals.eventLoop(), this::open);
        door = new Port(own, new Requests.Door(requests, refusals));
    }

    private InetSocketAddress at(int port) {
        return new InetSocketAddress(own.getAddress(), port);
    }

    private ChannelFuture open(EventLoop loop, Exchange exchange, InetAddress address) {
        do {
            nextPort = nextPort >= 65_535 ? FIRST_PORT + 1 : nextPort + 1;
        } while (transfers.containsKey(nextPort));
        Port port = new Port(at(nextPort), exchange);
        transfers.put(nextPort, port);
        return port.newSucceededFuture();
    }

    /**
     * Something came.
     *
     * @param port where to: the server's own, or one that it sent from
     * @param from who sent it
     * @param payload what it says
     * @return what is to be sent now
     */
    public List<Datagram> hear(int port, InetSocketAddress from, ByteBuffer payload) {
        Port to = port == own.getPort() ? door : transfers.get(port);
        if (to == null) {
            return List.of();
        }
        to.writeInbound(new DatagramPacket(Unpooled.wrappedBuffer(payload), at(port), from));
        return drain();
    }

    /**
     * Time passes.
     *
     * @param time how much
     * @return what is to be sent now
     */
    public List<Datagram> pass(Duration time) {
        refusals.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
        refusals.runScheduledPendingTasks();
        return drain();
    }

    private List<Datagram> drain() {
        said.clear();
        drain(refusals);
        transfers.values().removeIf(transfer -> {
            transfer.runPendingTasks();
            drain(transfer);
            return !transfer.isOpen();
        });
        return List.copyOf(said);
    }

    private void drain(Port port) {
        for (DatagramPacket packet = port.readOutbound(); packet != null; packet = port.readOutbound()) {
            said.add(new Datagram(
                    Objects.requireNonNull(port.address),
                    packet.recipient(),
                    ByteBuffer.wrap(ByteBufUtil.getBytes(packet.content()))));
            packet.release();
        }
    }

    /**
     * Where it is.
     *
     * @return the first address of the options
     */
    public InetSocketAddress address() {
        return own;
    }

    /**
     * What the server has done so far.
     *
     * @return a snapshot
     */
    public TftpCounters counters() {
        return requests.counters();
    }

    /** Ends all transfers. */
    @Override
    public void close() {
        requests.close();
        drain();
        door.close();
        refusals.close();
    }
}
