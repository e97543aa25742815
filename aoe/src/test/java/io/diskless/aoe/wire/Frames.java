package io.diskless.aoe.wire;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Frames written as hex, in buffers that end where the frame ends, so that a read beyond it throws. */
public final class Frames {
    /** An initiator and a target. */
    static final String FROM_INITIATOR = "02000000000a 020000000001 88a2";

    static final String FROM_TARGET = "020000000001 02000000000a 88a2";

    private Frames() {}

    public static byte[] bytes(String... hex) {
        return HexFormat.of().parseHex(String.join("", hex).replaceAll("[^0-9a-fA-F]", ""));
    }

    static ByteBuffer request(String... hex) {
        return ByteBuffer.wrap(bytes(FROM_INITIATOR, String.join("", hex)));
    }

    static ByteBuffer response(String... hex) {
        return ByteBuffer.wrap(bytes(FROM_TARGET, String.join("", hex)));
    }

    /** {@code count} bytes of zeroes, as hex. */
    static String zeroes(int count) {
        return "00".repeat(count);
    }

    /** The frame in the middle of a larger buffer: a slice of it whose limit is the frame's end. */
    public static ByteBuffer guarded(byte[] frame) {
        ByteBuffer room = ByteBuffer.allocateDirect(frame.length + 37);
        room.put(19, frame);
        return room.slice(19, frame.length);
    }
}
