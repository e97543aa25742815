package io.diskless.drbd.netty;

import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/** What a {@link FrameDecoder} hands its frames to; called on the channel's event loop. */
public interface FrameSink {
    /**
     * A whole packet.
     *
     * @param type legal in the agreed dialect and of legal length
     * @param volume its volume, 0 where the header has none
     * @param payload what follows the header; belongs to the sink, which releases it
     */
    void frame(PacketType type, int volume, ByteBuf payload);

    /** No further frame is at hand now: a good moment to send what was held back. */
    void batchEnd();

    /** The socket's buffer has emptied, or filled: {@code isWritable} of the channel has changed. */
    default void writable() {}

    /**
     * The bytes are no packets, or not within the limits: nothing more comes.
     *
     * @param why expected and actual
     */
    void violation(String why);

    /**
     * The socket ended. Nothing more comes; not called after {@link #violation}.
     *
     * @param why what the system said, or that the peer closed it
     */
    void ended(String why);
}
