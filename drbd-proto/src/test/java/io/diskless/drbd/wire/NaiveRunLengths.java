package io.diskless.drbd.wire;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The code of spec §6.2 written down as the table says, bit by bit, with nothing in common with the codec. */
final class NaiveRunLengths {
    private record Level(String prefix, int dataBits, long first) {}

    private static final List<Level> TABLE = List.of(
            new Level("0", 1, 1),
            new Level("10", 1, 3),
            new Level("110", 2, 5),
            new Level("1110", 3, 9),
            new Level("11110", 5, 17),
            new Level("111110", 8, 49),
            new Level("11111100", 13, 305),
            new Level("11111110", 21, 8497),
            new Level("11111101", 34, 2105649),
            new Level("11111111", 56, 0x400202131L));

    private NaiveRunLengths() {}

    /** The runs in a payload: positive for set bits, negative for clear ones. */
    static List<Long> decode(byte[] payload) {
        StringBuilder stream = new StringBuilder();
        for (int i = 1; i < payload.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                stream.append(payload[i] >> bit & 1);
            }
        }
        stream.setLength(stream.length() - (payload[0] >> 4 & 7));
        boolean set = payload[0] < 0;
        List<Long> runs = new ArrayList<>();
        String text = stream.toString();
        int at = 0;
        while (at < text.length()) {
            int before = at;
            for (Level level : TABLE) {
                if (text.startsWith(level.prefix, at)) {
                    at += level.prefix.length();
                    long data = 0;
                    for (int bit = 0; bit < level.dataBits; bit++) {
                        data |= (long) (text.charAt(at + bit) - '0') << bit;
                    }
                    at += level.dataBits;
                    runs.add(set ? level.first + data : -level.first - data);
                    break;
                }
            }
            if (at == before) {
                throw new StringIndexOutOfBoundsException("a prefix is cut at bit " + at);
            }
            set = !set;
        }
        return runs;
    }

    /** The code of one run, in stream order. */
    static String code(long run) {
        for (int i = TABLE.size() - 1; ; i--) {
            Level level = TABLE.get(i);
            if (run >= level.first) {
                StringBuilder code = new StringBuilder(level.prefix);
                for (int bit = 0; bit < level.dataBits; bit++) {
                    code.append((run - level.first) >> bit & 1);
                }
                return code.toString();
            }
        }
    }

    /** Sets the bits of the runs, from a bit on; returns the bit behind them. */
    static long apply(List<Long> runs, BitSet set, long from) {
        long at = from;
        for (long run : runs) {
            if (run > 0) {
                set.set((int) at, (int) (at + run));
            }
            at += Math.abs(run);
        }
        return at;
    }
}
