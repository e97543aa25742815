package io.diskless.drbd.netty;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A socket of TCP whose pipeline changes no byte on its way, so that {@link MetaSocket} may read and write beside it. */
final class OpenSocket extends NioSocketChannel {
    OpenSocket() {}

    private OpenSocket(@Nullable Channel parent, SocketChannel accepted) {
        super(parent, accepted);
    }

    /** What lies under the pipeline. */
    SocketChannel socket() {
        return javaChannel();
    }

    /** Accepts such sockets. */
    static final class Server extends NioServerSocketChannel {
        @Override
        protected int doReadMessages(List<Object> accepted) throws IOException {
            SocketChannel fresh = javaChannel().accept();
            if (fresh == null) {
                return 0;
            }
            try {
                accepted.add(new OpenSocket(this, fresh));
                return 1;
            } catch (RuntimeException e) {
                fresh.close();
                throw e;
            }
        }
    }
}
