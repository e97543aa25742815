package io.diskless.netboot.tftp;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears requests, opens content, and knows all transfers by the client's address and port. All refusals
 * share one other port: they need no memory, and clients take the first answer only from a port other than they asked. Confined to its event loop, except for the counters.
 */
// Netty hands out a future for each write; a lost ERROR is like one lost on the way, blocks have a listener.
@SuppressWarnings("FutureReturnValueIgnored")
final class Requests {
    private static final Logger LOG = LoggerFactory.getLogger(TftpServer.class);
    /** Ports kept for clients that may have missed the last acknowledgement of what they wrote. */
    private static final int MOST_LINGERING = 256;

    final TftpServerOptions options;
    private final TftpContent content;
    private final EventLoop loop;
    private final Ports ports;
    final Windows.Sharing windows = new Windows.Sharing();
    private final Map<InetSocketAddress, Exchange> running = new HashMap<>();
    private final Set<Receiving> lingering = new LinkedHashSet<>();
    private final Map<InetAddress, Integer> perSource = new HashMap<>();
    private boolean closed;

    private final LongAdder requests = new LongAdder();
    private final LongAdder malformed = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    final LongAdder strangers = new LongAdder();
    private final LongAdder started = new LongAdder();
    private final LongAdder completed = new LongAdder();
    private final LongAdder stored = new LongAdder();
    private final LongAdder ended = new LongAdder();

    Requests(TftpServerOptions options, TftpContent content, EventLoop loop, Ports ports) {
        this.options = options;
        this.content = content;
        this.loop = loop;
        this.ports = ports;
    }

    /** Opens the port of a transfer. */
    interface Ports {
        ChannelFuture open(EventLoop loop, Exchange exchange, InetAddress own);

        /** Of the address's own family: a socket for both looks up more for each datagram. */
        static ChannelFactory<NioDatagramChannel> channels(InetAddress own) {
            SocketProtocolFamily family =
                    own instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
            return () -> new NioDatagramChannel(family);
        }

        /** The system's own. */
        static ChannelFuture bind(EventLoop loop, Exchange exchange, InetAddress own) {
            return new Bootstrap()
                    .group(loop)
                    .channelFactory(channels(own))
                    .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(exchange.longest()))
                    .handler(exchange)
                    .bind(new InetSocketAddress(own, 0));
        }
    }

    /** One listening port. */
    static final class Door extends SimpleChannelInboundHandler<DatagramPacket> {
        private final Requests requests;
        private final Channel refusals;

        Door(Requests requests, Channel refusals) {
            this.requests = requests;
            this.refusals = refusals;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            requests.hear(refusals, packet);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // A datagram socket goes on after an error; only the program's own mistakes come here otherwise.
            LOG.warn("TFTP at {}: {}", context.channel().localAddress(), cause.toString(), cause);
        }
    }

    /** The port that refusals come from; what is sent to it means nothing. */
    static final class Silent extends SimpleChannelInboundHandler<DatagramPacket> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            // An answer to a refusal: there is nothing to do.
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.warn("TFTP refusals at {}: {}", context.channel().localAddress(), cause.toString(), cause);
        }
    }

    private void hear(Channel refusals, DatagramPacket packet) {
        ByteBuf bytes = packet.content();
        var buffer = bytes.nioBuffer();
        if (closed || TftpRequest.verdict(buffer) != TftpRequest.Verdict.OK) {
            malformed.increment();
            return;
        }
        requests.increment();
        TftpRequest request = TftpRequest.decode(buffer);
        InetSocketAddress client = packet.sender();
        Exchange known = running.get(client);
        if (known != null) {
            if (known.hears(request)) {
                return;
            }
            known.end(TftpOutcome.REPLACED);
        }
        if (request.write() && options.store().isEmpty()) {
            refuse(refusals, client, request, Wire.ERROR_ACCESS, "writing is not allowed");
            return;
        }
        String mode = request.mode().toLowerCase(Locale.ROOT);
        if (!mode.equals("octet") && !mode.equals("netascii")) {
            refuse(refusals, client, request, Wire.ERROR_ILLEGAL, "mode is neither octet nor netascii");
            return;
        }
        if (running.size() >= options.maxTransfers()
                || perSource.getOrDefault(client.getAddress(), 0) >= options.maxTransfersPerSource()) {
            dropped.increment();
            return;
        }
        Optional<String> name = Names.relative(request.filename(), options.backslashes());
        if (name.isEmpty()) {
            refuse(refusals, client, request, Wire.ERROR_ACCESS, "name is not allowed");
            return;
        }
        boolean octet = mode.equals("octet");
        if (request.write()) {
            receive(refusals, client, request, name.get(), octet);
        } else {
            send(refusals, client, request, name.get(), octet);
        }
    }

    private void send(Channel refusals, InetSocketAddress client, TftpRequest request, String name, boolean octet) {
        Optional<TftpData> opened;
        try {
            opened = content.open(name, client);
        } catch (AccessDeniedException e) {
            LOG.info("TFTP: {} may not read {}: {}", client, name, e.getMessage());
            refuse(refusals, client, request, Wire.ERROR_ACCESS, "access denied");
            return;
        } catch (IOException | RuntimeException e) {
            LOG.warn("TFTP: cannot open {} for {}", name, client, e);
            refuse(refusals, client, request, Wire.ERROR_SEE_TEXT, "cannot read");
            return;
        }
        if (opened.isEmpty()) {
            refuse(refusals, client, request, Wire.ERROR_NOT_FOUND, "not found");
            return;
        }
        TftpData data = octet ? opened.get() : new NetasciiData(opened.get());
        begin(refusals, new Conversation(this, client, request, data, octet, loop));
    }

    private void receive(Channel refusals, InetSocketAddress client, TftpRequest request, String name, boolean octet) {
        long size = octet ? Negotiation.announced(request) : -1;
        if (size > options.maxUploadBytes()) {
            refuse(refusals, client, request, Wire.ERROR_FULL, tooLarge(options));
            return;
        }
        TftpUpload upload;
        try {
            upload = options.store().orElseThrow().open(name, client, size);
        } catch (AccessDeniedException e) {
            LOG.info("TFTP: {} may not write {}: {}", client, name, e.getMessage());
            refuse(refusals, client, request, Wire.ERROR_ACCESS, "access denied");
            return;
        } catch (FileAlreadyExistsException e) {
            refuse(refusals, client, request, Wire.ERROR_EXISTS, "file exists");
            return;
        } catch (NoSuchFileException e) {
            refuse(refusals, client, request, Wire.ERROR_NOT_FOUND, "no such folder");
            return;
        } catch (IOException | RuntimeException e) {
            LOG.warn("TFTP: cannot open {} for writing by {}", name, client, e);
            refuse(refusals, client, request, Wire.ERROR_SEE_TEXT, "cannot write");
            return;
        }
        begin(refusals, new Receiving(this, client, request, octet ? upload : new NetasciiUpload(upload), size, loop));
    }

    static String tooLarge(TftpServerOptions options) {
        return "a file may have " + options.maxUploadBytes() + " bytes";
    }

    private void begin(Channel refusals, Exchange exchange) {
        InetSocketAddress client = exchange.client;
        running.put(client, exchange);
        perSource.merge(client.getAddress(), 1, Integer::sum);
        started.increment();
        InetAddress from = ((InetSocketAddress) refusals.localAddress()).getAddress();
        ChannelFuture bound = ports.open(loop, exchange, from);
        bound.addListener(done -> {
            if (done.isSuccess()) {
                exchange.begin(bound.channel());
            } else {
                LOG.warn("TFTP: no port for {}: {}", client, String.valueOf(done.cause()));
                dropped.increment();
                exchange.end(TftpOutcome.SEND_FAILED);
            }
        });
    }

    private void refuse(Channel refusals, InetSocketAddress client, TftpRequest request, int code, String text) {
        refused.increment();
        try {
            options.listener().refused(client, request.filename(), code);
        } catch (RuntimeException e) {
            LOG.warn("TFTP: the listener failed on a refusal to {}", client, e);
        }
        refusals.writeAndFlush(new DatagramPacket(Wire.error(refusals.alloc(), code, text), client));
    }

    /** A transfer is over. */
    void forget(Exchange exchange, TftpReport report) {
        running.remove(report.client(), exchange);
        perSource.computeIfPresent(report.client().getAddress(), (source, count) -> count > 1 ? count - 1 : null);
        ended.increment();
        boolean write = exchange.request.write();
        if (report.outcome() == TftpOutcome.COMPLETED) {
            (write ? stored : completed).increment();
        }
        try {
            if (write) {
                options.listener().received(report);
            } else {
                options.listener().ended(report);
            }
        } catch (RuntimeException e) {
            LOG.warn("TFTP: the listener failed on {}", report, e);
        }
    }

    /** Its file is kept, but its client may not know. The one that lingers longest gives way. */
    void linger(Receiving done) {
        lingering.add(done);
        if (lingering.size() > MOST_LINGERING) {
            leave(lingering.iterator().next());
        }
    }

    void leave(Receiving done) {
        if (lingering.remove(done)) {
            done.closePort();
        }
    }

    void close() {
        closed = true;
        new ArrayList<>(running.values()).forEach(exchange -> exchange.end(TftpOutcome.SERVER_CLOSED));
        new ArrayList<>(lingering).forEach(this::leave);
    }

    TftpCounters counters() {
        long over = ended.sum();
        return new TftpCounters(
                requests.sum(),
                malformed.sum(),
                refused.sum(),
                dropped.sum(),
                strangers.sum(),
                started.sum(),
                completed.sum(),
                stored.sum(),
                (int) (started.sum() - over));
    }
}
