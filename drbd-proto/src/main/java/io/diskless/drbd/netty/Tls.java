package io.diskless.drbd.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * TLS around a socket, on either side of it. Who opened the socket is its client; both sides prove who they are. A socket
 * counts as alive from TCP's connect on: what is written before the handshake is done waits for it. Stateless.
 */
@SuppressWarnings("FutureReturnValueIgnored") // The future is the one that was asked for its end.
final class Tls {
    private Tls() {}

    static Consumer<Channel> around(SSLContext context, BiConsumer<SocketAddress, Throwable> refused) {
        return channel -> {
            SSLEngine engine = context.createSSLEngine();
            // An accepted socket has the listening one as its parent.
            engine.setUseClientMode(channel.parent() == null);
            engine.setNeedClientAuth(true);
            Handshake handshake = new Handshake(engine);
            handshake.handshakeFuture().addListener(f -> {
                Throwable cause = f.cause();
                SocketAddress other = handshake.other;
                // Nobody refused a socket that never was one, or that was closed for another reason.
                if (cause != null && other != null && !(cause instanceof ClosedChannelException)) {
                    refused.accept(other, cause);
                }
            });
            channel.pipeline().addFirst(handshake);
        };
    }

    /** Knows whom it talks to, also when that has gone. */
    private static final class Handshake extends SslHandler {
        private @Nullable SocketAddress other;

        Handshake(SSLEngine engine) {
            super(engine);
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
            if (ctx.channel().isActive()) {
                other = ctx.channel().remoteAddress();
            }
            super.handlerAdded(ctx);
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) throws Exception {
            other = ctx.channel().remoteAddress();
            super.channelActive(ctx);
        }
    }
}
