package io.diskless.drbd.wire.packet;

import io.diskless.cluster.net.Octets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Octets and names in buffers. */
final class Bytes {
    private Bytes() {}

    static Octets get(ByteBuf b, int at, int length) {
        return Octets.of(ByteBufUtil.getBytes(b, at, length, false));
    }

    static void set(ByteBuf b, int at, Octets bytes) {
        b.setBytes(at, bytes.asBuffer());
    }

    /** A name with a NUL behind it. */
    static Octets name(String name) {
        return Octets.ofText(name + "\0");
    }

    /** A name with NULs behind it up to a length. */
    static Octets padded(String name, int length) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        if (text.length >= length) {
            throw new IllegalArgumentException("expected a name of less than " + length + " bytes, got " + name);
        }
        return Octets.of(Arrays.copyOf(text, length));
    }

    /** What comes before the first NUL. */
    static String text(Octets name) {
        int end = 0;
        while (end < name.size() && name.get(end) != 0) {
            end++;
        }
        return new String(name.first(end).toArray(), StandardCharsets.UTF_8);
    }
}
