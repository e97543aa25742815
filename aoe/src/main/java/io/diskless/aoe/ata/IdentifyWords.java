package io.diskless.aoe.ata;

import java.nio.ByteBuffer;

/** Which word of an IDENTIFY DEVICE block holds what, and how words and strings lie in it (spec §4.7, ACS-3 §7.12.7). */
final class IdentifyWords {
    static final int SERIAL = 10;
    static final int FIRMWARE = 23;
    static final int MODEL = 27;
    static final int CURRENT_CHS = 54;
    static final int SECTORS_28 = 60;
    static final int TRIM_TRAITS = 69;
    static final int SUPPORTED_82 = 82;
    static final int SUPPORTED_83 = 83;
    static final int ENABLED_85 = 85;
    static final int ENABLED_86 = 86;
    static final int SECTORS_48 = 100;
    static final int TRIM_BLOCKS = 105;
    static final int SECTOR_SIZE = 106;
    static final int DATA_SET_MANAGEMENT = 169;
    static final int ROTATION = 217;
    static final int CHECKSUM = 255;
    /** Low byte of word 255 where the high byte is a check sum. */
    static final int SIGNATURE = 0xA5;

    static final int SMART = 1;
    static final int WRITE_CACHE = 1 << 5;
    static final int LBA48 = 1 << 10;
    static final int FLUSH = 1 << 12;
    static final int FLUSH_EXT = 1 << 13;
    static final int TRIM_DETERMINISTIC = 1 << 14;
    static final int TRIM_ZEROED = 1 << 5;

    private static final int HEADS = 16;
    private static final int SECTORS_PER_TRACK = 63;
    /** ATA-5 annex B: no disk says more cylinders than this. */
    private static final int MAX_CYLINDERS = 16383;

    private IdentifyWords() {}

    static int get(ByteBuffer b, int index) {
        return Bytes.u16(b, 2 * index);
    }

    static void put(ByteBuffer b, int index, int value) {
        Bytes.u16(b, 2 * index, value);
    }

    /** The first character of a pair lies in the high byte, which comes second. */
    static String string(ByteBuffer b, int firstWord, int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            int c = Bytes.u8(b, 2 * firstWord + (i ^ 1));
            if (c == 0) {
                c = ' '; // some pad with NUL
            }
            // What a stranger sends is shown on terminals and in logs.
            text.append(c < ' ' || c > '~' ? '?' : (char) c);
        }
        return text.toString().strip();
    }

    static void string(ByteBuffer b, int firstWord, int length, String value) {
        for (int i = 0; i < length; i++) {
            char c = i < value.length() ? value.charAt(i) : ' ';
            b.put(2 * firstWord + (i ^ 1), (byte) c);
        }
    }

    /** Cylinders, heads and sectors for those who still ask, in both places. */
    static void geometry(ByteBuffer b, long sectors) {
        int cylinders = (int) Math.min(sectors / HEADS / SECTORS_PER_TRACK, MAX_CYLINDERS);
        put(b, 1, cylinders);
        put(b, 3, HEADS);
        put(b, 6, SECTORS_PER_TRACK);
        put(b, CURRENT_CHS, cylinders);
        put(b, CURRENT_CHS + 1, HEADS);
        put(b, CURRENT_CHS + 2, SECTORS_PER_TRACK);
        int reachable = cylinders * HEADS * SECTORS_PER_TRACK;
        put(b, CURRENT_CHS + 3, reachable & 0xFFFF);
        put(b, CURRENT_CHS + 4, reachable >>> 16);
    }

    /** All bytes modulo 256; zero if the check sum is right. */
    static int sum(byte[] bytes) {
        int sum = 0;
        for (byte value : bytes) {
            sum += value;
        }
        return sum & 0xFF;
    }
}
