package io.diskless.drbd.auth;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * XXH64 with seed 0, least significant byte first, after the algorithm's published description (xxHash fast digest
 * algorithm, revision 0.1.1). Not thread-safe.
 */
final class XxHash64Digest extends BlockDigest {
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long PRIME_1 = 0x9E3779B185EBCA87L;
    private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
    private static final long PRIME_3 = 0x165667B19E3779F9L;
    private static final long PRIME_4 = 0x85EBCA77C2B2AE63L;
    private static final long PRIME_5 = 0x27D4EB2F165667C5L;

    private static final int STRIPE = 32;

    /** What is left of the input between calls: less than a stripe. */
    private final ByteBuffer rest = ByteBuffer.allocate(STRIPE);

    private long lane1;
    private long lane2;
    private long lane3;
    private long lane4;
    private long total;

    XxHash64Digest() {
        super(DigestAlgorithm.XXHASH64);
        reset();
    }

    @Override
    public void update(byte[] b, int offset, int length) {
        feed(ByteBuffer.wrap(b, offset, length));
    }

    @Override
    public void reset() {
        // PRIME_1 + PRIME_2 modulo 2^64, and 0 - PRIME_1.
        lane1 = 0x60EA27EEADC0B5D6L;
        lane2 = PRIME_2;
        lane3 = 0;
        lane4 = 0x61C8864E7A143579L;
        total = 0;
        rest.clear();
    }

    @Override
    void feed(ByteBuffer b) {
        int at = b.position();
        int end = b.limit();
        total += end - at;
        if (rest.position() > 0) {
            while (at < end && rest.hasRemaining()) {
                rest.put(b.get(at++));
            }
            if (rest.hasRemaining()) {
                return;
            }
            stripe(rest, 0);
            rest.clear();
        }
        for (; end - at >= STRIPE; at += STRIPE) {
            stripe(b, at);
        }
        while (at < end) {
            rest.put(b.get(at++));
        }
    }

    @Override
    void finishTo(byte[] digest) {
        long h = total < STRIPE ? PRIME_5 : converged();
        h += total;
        int at = 0;
        int end = rest.position();
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            h = Long.rotateLeft(h ^ round(0, (long) LONG.get(rest, at)), 27) * PRIME_1 + PRIME_4;
        }
        if (end - at >= Integer.BYTES) {
            h ^= ((int) INT.get(rest, at) & 0xFFFFFFFFL) * PRIME_1;
            h = Long.rotateLeft(h, 23) * PRIME_2 + PRIME_3;
            at += Integer.BYTES;
        }
        for (; at < end; at++) {
            h = Long.rotateLeft(h ^ (rest.get(at) & 0xFF) * PRIME_5, 11) * PRIME_1;
        }
        h = (h ^ h >>> 33) * PRIME_2;
        h = (h ^ h >>> 29) * PRIME_3;
        LittleEndian.putLong(digest, h ^ h >>> 32);
        reset();
    }

    private void stripe(ByteBuffer b, int at) {
        lane1 = round(lane1, (long) LONG.get(b, at));
        lane2 = round(lane2, (long) LONG.get(b, at + 8));
        lane3 = round(lane3, (long) LONG.get(b, at + 16));
        lane4 = round(lane4, (long) LONG.get(b, at + 24));
    }

    private long converged() {
        long h = Long.rotateLeft(lane1, 1)
                + Long.rotateLeft(lane2, 7)
                + Long.rotateLeft(lane3, 12)
                + Long.rotateLeft(lane4, 18);
        h = merge(h, lane1);
        h = merge(h, lane2);
        h = merge(h, lane3);
        return merge(h, lane4);
    }

    private static long merge(long h, long lane) {
        return (h ^ round(0, lane)) * PRIME_1 + PRIME_4;
    }

    private static long round(long lane, long input) {
        return Long.rotateLeft(lane + input * PRIME_2, 31) * PRIME_1;
    }
}
