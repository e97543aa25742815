package io.diskless.drbd.auth;

/** The byte order in which the kernel hands out checksums. Stateless, thread-safe. */
final class LittleEndian {
    private LittleEndian() {}

    static void putInt(byte[] into, int value) {
        for (int i = 0; i < Integer.BYTES; i++) {
            into[i] = (byte) (value >>> (8 * i));
        }
    }

    static void putLong(byte[] into, long value) {
        for (int i = 0; i < Long.BYTES; i++) {
            into[i] = (byte) (value >>> (8 * i));
        }
    }
}
