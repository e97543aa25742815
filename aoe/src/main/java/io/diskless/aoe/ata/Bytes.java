package io.diskless.aoe.ata;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Access at absolute indexes, little-endian whatever the order of the buffer is set to. */
final class Bytes {
    private static final VarHandle SHORT =
            MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

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

    static long i64(ByteBuffer b, int at) {
        return (long) LONG.get(b, at);
    }

    static void i64(ByteBuffer b, int at, long value) {
        LONG.set(b, at, value);
    }

    static void zero(ByteBuffer b, int from, int to) {
        for (int i = from; i < to; i++) {
            b.put(i, (byte) 0);
        }
    }
}
