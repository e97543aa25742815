package io.diskless.netboot.tftp;

import io.diskless.netboot.internal.linux.NativeSockets;
import io.diskless.netboot.internal.linux.SegmentSocket;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioDatagramChannel;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A transfer's windows, each in one system call, where the system can. Confined to its event loop. */
final class Windows implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TftpServer.class);

    private final SegmentSocket.Memory memory;
    private final SegmentSocket out;

    private Windows(SegmentSocket.Memory memory, SegmentSocket out) {
        this.memory = memory;
        this.out = out;
    }

    /**
     * What a transfer sends lies in memory until it is flushed, at once, so all transfers of a loop share it. Confined to that
     * event loop.
     */
    static final class Sharing {
        private SegmentSocket.@Nullable Memory memory;
        private boolean looked;

        /** A way out beside a channel, or null where there is none. */
        @Nullable
        Windows beside(Channel channel, InetSocketAddress client) {
            if (!(channel instanceof NioDatagramChannel)
                    || !(channel.localAddress() instanceof InetSocketAddress own)
                    || !(own.getAddress() instanceof Inet4Address)
                    || !(client.getAddress() instanceof Inet4Address)) {
                return null;
            }
            SegmentSocket.Memory shared = memory();
            if (shared == null) {
                return null;
            }
            // The port was taken alone, and is shared for no longer than this takes.
            channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
            try {
                return new Windows(shared, SegmentSocket.open(own, client));
            } catch (IOException e) {
                LOG.debug("TFTP: windows for {} go block by block: {}", client, e.getMessage());
                return null;
            } finally {
                channel.config().setOption(ChannelOption.SO_REUSEADDR, false);
            }
        }

        /** Looked for when a client first wants windows. */
        private SegmentSocket.@Nullable Memory memory() {
            if (!looked) {
                looked = true;
                Optional<String> obstacle = NativeSockets.obstacle();
                obstacle.ifPresent(why -> LOG.info("TFTP: windows go block by block: {}", why));
                memory = obstacle.isEmpty() ? new SegmentSocket.Memory() : null;
            }
            return memory;
        }
    }

    /** Whether one more packet of a length, beside those that lie here, goes in the same call. */
    boolean hasRoom(int length) {
        ByteBuffer data = memory.data();
        return data.remaining() >= length && data.position() < SegmentSocket.Memory.MOST_SEGMENTS * length;
    }

    /** Where the next packet is put; its position moves. */
    ByteBuffer data() {
        return memory.data();
    }

    boolean isEmpty() {
        return memory.data().position() == 0;
    }

    /**
     * Sends what lies here, packets of a length of which the last may be shorter. What was not sent still lies here.
     *
     * @return whether it is worth trying again with the next
     */
    boolean send(int each) {
        SegmentSocket.Sent sent = out.send(memory, memory.data().position(), each);
        if (sent == SegmentSocket.Sent.ALL) {
            memory.data().clear();
        }
        return sent != SegmentSocket.Sent.REFUSED;
    }

    @Override
    public void close() {
        out.close();
    }
}
