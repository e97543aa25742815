package io.diskless.drbd.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Lets a socket read the rest of a large packet straight into the buffer of that packet: the payload is then where the
 * system has put it, and nothing copies it. Whatever else comes is read as Netty does by default. One for each channel.
 * Confined to the channel's event loop.
 */
final class ReceiveBuffers implements RecvByteBufAllocator {
    private final RecvByteBufAllocator usual = new AdaptiveRecvByteBufAllocator();
    private @Nullable FrameDecoder decoder;

    /** The decoder says from now on what it waits for. */
    void serve(FrameDecoder reader) {
        decoder = reader;
    }

    @Override
    @SuppressWarnings("deprecation") // What is handed out is what the usual allocator hands out.
    public Handle newHandle() {
        return new DelegatingHandle(usual.newHandle()) {
            @Override
            public ByteBuf allocate(ByteBufAllocator alloc) {
                FrameDecoder d = decoder;
                ByteBuf packet = d == null ? null : d.unfinished();
                return packet == null ? super.allocate(alloc) : packet.retain();
            }
        };
    }
}
