package io.diskless.aoe.wire;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * An AoE message taken apart, for tools, tests and whoever wants to look rather than to be fast. It keeps reserved bits,
 * padding and trailing bytes, so that {@link #encode} gives back exactly the frame that {@link #decode} was given.
 *
 * <p>Decoding takes apart what there is and refuses nothing; whether a frame may be acted on is for
 * {@link FrameValidator} to say.
 *
 * <p>Implementations are immutable.
 */
public sealed interface AoeMessage permits AtaMessage, ConfigMessage, MaskMessage, ReserveMessage, OpaqueMessage {
    /**
     * Ethernet and AoE header.
     *
     * @return the envelope
     */
    AoeEnvelope envelope();

    /**
     * The command of the AoE header.
     *
     * @return 0 to 255, see the CMD constants of {@link AoeHeader}
     */
    int aoeCommand();

    /**
     * Takes a frame apart.
     *
     * @param b holds the frame
     * @param frame index of its first byte
     * @param length its bytes, without frame check sequence
     * @return the message; empty if the frame is not AoE or ends before the AoE header does
     * @throws IndexOutOfBoundsException if the buffer does not hold {@code length} bytes from {@code frame} on
     */
    static Optional<AoeMessage> decode(ByteBuffer b, int frame, int length) {
        return MessageCodec.decode(b, frame, length);
    }

    /**
     * Writes the frame, without padding it: see {@link EthernetHeader#pad}.
     *
     * @param b has room for it
     * @param frame index where it starts
     * @return its length
     */
    default int encode(ByteBuffer b, int frame) {
        return MessageCodec.encode(this, b, frame);
    }

    /**
     * The frame, without padding.
     *
     * @return a new array
     */
    default byte[] toFrame() {
        byte[] frame = new byte[length()];
        encode(ByteBuffer.wrap(frame), 0);
        return frame;
    }

    /**
     * Bytes of the frame.
     *
     * @return at least 24
     */
    default int length() {
        return MessageCodec.length(this);
    }
}
