package io.diskless.aoe.target;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counters that one thread writes and any thread reads without tearing or locks. Adding is a plain addition and an opaque
 * store: no atomic instruction on the way of a frame.
 */
final class Counters {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] values;

    Counters(int size) {
        values = new long[size];
    }

    void add(int index, long n) {
        SLOT.setOpaque(values, index, values[index] + n);
    }

    void increment(int index) {
        add(index, 1);
    }

    long get(int index) {
        return (long) SLOT.getOpaque(values, index);
    }

    int size() {
        return values.length;
    }

    void addTo(long[] sum) {
        for (int i = 0; i < values.length; i++) {
            sum[i] += get(i);
        }
    }

    void clear() {
        for (int i = 0; i < values.length; i++) {
            SLOT.setOpaque(values, i, 0L);
        }
    }
}
