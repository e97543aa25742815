package io.diskless.cluster.store;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a file, big-endian:
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                    magic "DLG1"                               |
 * +---------------+-----------------------------------------------+
 * | type          |  payload length, 24 bits                      |
 * +---------------+-----------------------------------------------+
 * |  CRC-32C of bytes 0 to 7 and the payload                      |
 * +---------------------------------------------------------------+
 * |  payload ...                                                  |
 * </pre>
 *
 * <p>The magic lets a reader that met a bad entry find whether good ones follow it, which tells damage from a torn end. Immutable by convention.
 */
final class Frame {
    static final byte SEGMENT = 1;
    static final byte COMMIT = 2;
    static final byte GRANT = 3;
    static final byte SNAPSHOT_HEAD = 4;
    static final byte SNAPSHOT_PART = 5;
    static final byte SNAPSHOT_END = 6;

    static final int HEADER = 12;
    static final int MOST = 0xff_ffff;
    private static final int MAGIC = 0x444c4731;
    private static final int CRC = 8;

    private final byte type;
    private final byte[] payload;

    /** The array is not copied and must not be changed. */
    Frame(byte type, byte[] payload) {
        this.type = type;
        this.payload = payload;
    }

    byte type() {
        return type;
    }

    byte[] payload() {
        return payload;
    }

    byte[] bytes() {
        if (payload.length > MOST) {
            throw new IllegalArgumentException("an entry has at most " + MOST + " bytes, got " + payload.length);
        }
        ByteBuffer out = ByteBuffer.allocate(HEADER + payload.length);
        out.putInt(MAGIC).putInt(type << 24 | payload.length).putInt(0).put(payload);
        out.putInt(CRC, crc(out.array(), 0, payload.length));
        return out.array();
    }

    int size() {
        return HEADER + payload.length;
    }

    private static int crc(byte[] bytes, int at, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, at, CRC);
        crc.update(bytes, at + HEADER, length);
        return (int) crc.getValue();
    }

    /** The entry that starts there; null if none does, or not a whole one. */
    static @Nullable Frame at(byte[] bytes, int at) {
        if (bytes.length - at < HEADER) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int word = in.getInt(at + 4);
        int length = word & MOST;
        if (in.getInt(at) != MAGIC
                || length > bytes.length - at - HEADER
                || in.getInt(at + CRC) != crc(bytes, at, length)) {
            return null;
        }
        byte[] payload = new byte[length];
        in.get(at + HEADER, payload);
        return new Frame((byte) (word >>> 24), payload);
    }

    /** Where the next good entry starts, from a place on; -1 if there is none. */
    static int next(byte[] bytes, int from) {
        for (int at = from; at <= bytes.length - HEADER; at++) {
            if (bytes[at] == (byte) (MAGIC >>> 24) && at(bytes, at) != null) {
                return at;
            }
        }
        return -1;
    }
}
