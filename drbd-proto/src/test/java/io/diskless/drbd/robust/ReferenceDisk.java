package io.diskless.drbd.robust;

import io.diskless.cluster.block.BlockGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a disk may show, sector by sector, given which writes were begun, completed and failed, and when: the reference that
 * replicas are held against. Every write has a number, and fills its sectors with it. Thread-safe.
 */
final class ReferenceDisk {
    private static final int SECTOR = BlockGeometry.SECTOR;
    private static final long OPEN = Long.MAX_VALUE;

    /** A write, or zeroes, or a discard. */
    static final class Write {
        final long value;
        private final int first;
        private final int count;
        private final boolean optional;
        private final long start;
        private long end = OPEN;
        private boolean acknowledged;

        private Write(long value, int first, int count, boolean optional, long start) {
            this.value = value;
            this.first = first;
            this.count = count;
            this.optional = optional;
            this.start = start;
        }

        @Override
        public String toString() {
            return (optional ? "discard of " : "write " + value + " of ") + count + " at sector " + first + " [" + start
                    + ".." + (end == OPEN ? "" : end) + (acknowledged ? " ok]" : "]");
        }
    }

    private final List<List<Write>> sectors = new ArrayList<>();
    private final List<Write> history = new ArrayList<>();
    private long clock;
    private long next = 1;

    ReferenceDisk(long size) {
        Write zero = new Write(0, 0, (int) (size / SECTOR), false, 0);
        zero.end = 0;
        zero.acknowledged = true;
        for (long i = 0; i < size / SECTOR; i++) {
            sectors.add(new ArrayList<>(List.of(zero)));
        }
    }

    /** A write begins; its bytes are {@link #content}. */
    synchronized Write write(long offset, long bytes) {
        return begin(next++, offset, bytes, false);
    }

    /** Zeroes are written. */
    synchronized Write zeroes(long offset, long bytes) {
        return begin(0, offset, bytes, false);
    }

    /** A hint that may be followed or not, also in part. */
    synchronized Write discard(long offset, long bytes) {
        return begin(0, offset, bytes, true);
    }

    private Write begin(long value, long offset, long bytes, boolean optional) {
        Write w = new Write(value, (int) (offset / SECTOR), (int) (bytes / SECTOR), optional, ++clock);
        for (int s = w.first; s < w.first + w.count; s++) {
            sectors.get(s).add(w);
        }
        history.add(w);
        return w;
    }

    static ByteBuffer content(Write w) {
        ByteBuffer b = ByteBuffer.allocateDirect(w.count * SECTOR);
        while (b.hasRemaining()) {
            b.putLong(w.value);
        }
        return b.flip();
    }

    /** A write has ended; one that failed may have happened or not. */
    synchronized void ended(Write w, boolean good) {
        w.end = ++clock;
        w.acknowledged = good;
    }

    /** The moment before a read. */
    synchronized long now() {
        return ++clock;
    }

    /** What is wrong with bytes that were read from an offset on, the read having begun at a moment; empty if nothing. */
    synchronized String mistakes(long offset, ByteBuffer bytes, long since) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < bytes.remaining() && text.length() < 1000; at += SECTOR) {
            int s = (int) ((offset + at) / SECTOR);
            long value = bytes.getLong(bytes.position() + at);
            for (int i = 8; i < SECTOR; i += 8) {
                if (bytes.getLong(bytes.position() + at + i) != value) {
                    text.append("sector ").append(s).append(" is torn; ");
                    break;
                }
            }
            if (!allowed(s, value, since)) {
                text.append("sector ")
                        .append(s)
                        .append(" shows ")
                        .append(value)
                        .append(" instead of one of ")
                        .append(sectors.get(s))
                        .append(" at ")
                        .append(since)
                        .append(" after ")
                        .append(history.stream()
                                .filter(w -> w.first <= s && s < w.first + w.count)
                                .toList())
                        .append("; ");
            }
        }
        return text.toString();
    }

    private boolean allowed(int sector, long value, long since) {
        List<Write> all = sectors.get(sector);
        for (Write e : all) {
            if (e.value == value
                    && all.stream().noneMatch(w -> w.acknowledged && !w.optional && w.start > e.end && w.end < since)) {
                return true;
            }
        }
        return false;
    }
}
