package io.diskless.aoe.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Access at absolute indexes, big-endian whatever the order of the buffer is set to. */
final class Bytes {
    private static final VarHandle SHORT = MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private Bytes() {}

    static int u8(ByteBuffer b, int at) {
        return b.get(at) & 0xFF;
    }

    static int u16(ByteBuffer b, int at) {
        return (short) SHORT.get(b, at) & 0xFFFF;
    }

    static void u16(ByteBuffer b, int at, int value) {
        SHORT.set(b, at, (short) value);
    }

    static int i32(ByteBuffer b, int at) {
        return (int) INT.get(b, at);
    }

    static void i32(ByteBuffer b, int at, int value) {
        INT.set(b, at, value);
    }

    static long mac(ByteBuffer b, int at) {
        return ((long) u16(b, at) << 32) | (i32(b, at + 2) & 0xFFFF_FFFFL);
    }

    static void mac(ByteBuffer b, int at, long value) {
        u16(b, at, (int) (value >>> 32));
        i32(b, at + 2, (int) value);
    }

    static void zero(ByteBuffer b, int from, int to) {
        for (int i = from; i < to; i++) {
            b.put(i, (byte) 0);
        }
    }
}
