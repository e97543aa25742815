package io.diskless.netboot.http;

import io.diskless.netboot.tftp.TftpContent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.FileRegion;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP boot server without sockets: octets go in, octets come out. For networks in memory; an answer is whole in memory,
 * its file included. Everything else is as in {@link HttpBootServer}. Not thread-safe, nor are its connections.
 */
public final class HttpResponder {
    private final TftpContent content;
    private final HttpListener listener;

    /**
     * A server.
     *
     * @param content what to hand out; names have no leading slash
     * @param listener who hears of answered requests
     */
    public HttpResponder(TftpContent content, HttpListener listener) {
        this.content = Objects.requireNonNull(content, "content");
        this.listener = Objects.requireNonNull(listener, "listener");
    }

    /**
     * A client connects.
     *
     * @param client its address and port
     * @return the connection
     */
    public Connection connect(InetSocketAddress client) {
        return new Connection(client, content, listener);
    }

    /** One connection. Not thread-safe. */
    public static final class Connection implements AutoCloseable {
        private final Wire wire;

        private Connection(InetSocketAddress client, TftpContent content, HttpListener listener) {
            wire = new Wire(client);
            HttpBootServer.equip(wire.pipeline(), content, listener);
        }

        /**
         * The client sent something.
         *
         * @param octets what; a request may come in pieces
         * @return what the server sends
         * @throws IOException where a file cannot be read
         */
        public byte[] hear(byte[] octets) throws IOException {
            if (!wire.isOpen()) {
                throw new IOException("the server has closed the connection");
            }
            wire.writeInbound(Unpooled.wrappedBuffer(octets));
            wire.runPendingTasks();
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (Object part = wire.readOutbound(); part != null; part = wire.readOutbound()) {
                try {
                    put(part, all);
                } finally {
                    ReferenceCountUtil.release(part);
                }
            }
            return all.toByteArray();
        }

        private static void put(Object part, ByteArrayOutputStream all) throws IOException {
            if (part instanceof ByteBuf buffer) {
                all.writeBytes(ByteBufUtil.getBytes(buffer));
            } else if (part instanceof FileRegion region) {
                WritableByteChannel to = Channels.newChannel(all);
                while (region.transferred() < region.count()) {
                    if (region.transferTo(to, region.transferred()) <= 0) {
                        throw new IOException("a file ended after " + region.transferred() + " of " + region.count());
                    }
                }
            } else {
                throw new IOException("expected octets, got " + part.getClass());
            }
        }

        /**
         * Whether the server still listens to this client.
         *
         * @return false once either side has closed
         */
        public boolean isOpen() {
            return wire.isOpen();
        }

        @Override
        public void close() {
            wire.finishAndReleaseAll();
        }
    }

    /** A connection that is not there. */
    private static final class Wire extends EmbeddedChannel {
        private final @Nullable InetSocketAddress client;

        Wire(InetSocketAddress client) {
            this.client = client;
        }

        @Override
        protected @Nullable SocketAddress remoteAddress0() {
            return client;
        }
    }
}
