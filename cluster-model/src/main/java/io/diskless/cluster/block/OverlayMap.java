package io.diskless.cluster.block;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which clusters an overlay has, and of which of them the store knows it. Bits are only ever set. Looking is free of locks
 * and of garbage; thread-safe.
 */
final class OverlayMap {
    /** A sector of the map holds 63 words, so no word is in two sectors. */
    private static final int WORDS = OverlayFormat.BITS / Long.SIZE;

    private static final int MAX_WRITE = 1 << 16;

    private final long clusters;
    private final int sectors;
    private final int block;
    private final int memoryAlignment;
    private final AtomicLongArray present;
    private final AtomicLongArray durable;
    private final BitSet dirty = new BitSet();

    /** A piece of the map as it shall be on the store. */
    record Piece(long offset, ByteBuffer bytes) {}

    OverlayMap(OverlayFormat.Header header, int block, int memoryAlignment) {
        this.clusters = header.clusters();
        this.sectors = header.mapSectors();
        this.block = Math.max(OverlayFormat.SECTOR, block);
        this.memoryAlignment = memoryAlignment;
        present = new AtomicLongArray(sectors * WORDS);
        durable = new AtomicLongArray(sectors * WORDS);
    }

    boolean has(long cluster) {
        return (present.get((int) (cluster >>> 6)) >>> cluster & 1) != 0;
    }

    boolean hasAll(long from, long to) {
        return all(present, from, to);
    }

    boolean durableAll(long from, long to) {
        return all(durable, from, to);
    }

    private static boolean all(AtomicLongArray words, long from, long to) {
        for (long c = from; c < to; c++) {
            if ((words.get((int) (c >>> 6)) >>> c & 1) == 0) {
                return false;
            }
        }
        return true;
    }

    /** The first cluster after {@code from}, at most {@code to}, that differs from it in being there. */
    long runEnd(long from, long to) {
        boolean here = has(from);
        long c = from + 1;
        while (c < to && has(c) == here) {
            c++;
        }
        return c;
    }

    /** The data of these clusters is complete on the store, though perhaps not durable. */
    void add(long from, long to) {
        for (long c = from; c < to; c++) {
            long bit = 1L << c;
            int word = (int) (c >>> 6);
            if ((present.getAndAccumulate(word, bit, (a, b) -> a | b) & bit) == 0) {
                synchronized (dirty) {
                    dirty.set(word / WORDS);
                }
            }
        }
    }

    long count() {
        long count = 0;
        for (int i = 0; i < present.length(); i++) {
            count += Long.bitCount(present.get(i));
        }
        return count;
    }

    boolean isDirty() {
        synchronized (dirty) {
            return !dirty.isEmpty();
        }
    }

    /** Takes what has to be written; it is the caller's duty to end with {@link #written} or {@link #again}. */
    List<Piece> snapshot() {
        List<Piece> pieces = new ArrayList<>();
        int perBlock = block / OverlayFormat.SECTOR;
        synchronized (dirty) {
            for (int s = dirty.nextSetBit(0); s >= 0; ) {
                int first = s / perBlock * perBlock;
                int end = first;
                // Neighbouring blocks go together.
                while (s >= 0 && s < end + perBlock && (end - first) * OverlayFormat.SECTOR < MAX_WRITE) {
                    end = (s / perBlock + 1) * perBlock;
                    s = dirty.nextSetBit(end);
                }
                pieces.add(piece(first, end));
            }
            dirty.clear();
        }
        return pieces;
    }

    private Piece piece(int first, int end) {
        ByteBuffer bytes = OverlayFormat.aligned((end - first) * OverlayFormat.SECTOR, memoryAlignment);
        for (int s = first; s < Math.min(end, sectors); s++) {
            int at = (s - first) * OverlayFormat.SECTOR;
            long any = 0;
            for (int w = 0; w < WORDS; w++) {
                long word = present.get(s * WORDS + w);
                bytes.putLong(at + w * Long.BYTES, word);
                any |= word;
            }
            if (any != 0) {
                OverlayFormat.seal(bytes, at, s);
            }
        }
        return new Piece(OverlayFormat.MAP_OFFSET + (long) first * OverlayFormat.SECTOR, bytes);
    }

    /** The pieces are durable. */
    void written(List<Piece> pieces) {
        for (Piece piece : pieces) {
            take(piece, durable);
        }
    }

    /** The pieces could not be written: they stay to be written. */
    void again(List<Piece> pieces) {
        synchronized (dirty) {
            for (Piece piece : pieces) {
                int first = firstSector(piece);
                dirty.set(first, Math.min(sectors, first + piece.bytes.capacity() / OverlayFormat.SECTOR));
            }
        }
    }

    private static int firstSector(Piece piece) {
        return (int) ((piece.offset - OverlayFormat.MAP_OFFSET) / OverlayFormat.SECTOR);
    }

    private void take(Piece piece, AtomicLongArray into) {
        int first = firstSector(piece);
        int end = Math.min(sectors, first + piece.bytes.capacity() / OverlayFormat.SECTOR);
        for (int s = first; s < end; s++) {
            for (int w = 0; w < WORDS; w++) {
                long word = piece.bytes.getLong((s - first) * OverlayFormat.SECTOR + w * Long.BYTES);
                into.getAndAccumulate(s * WORDS + w, word, (a, b) -> a | b);
            }
        }
    }

    /** Reads and checks the whole map. */
    void load(BlockDevice store) throws BlockException {
        int step = MAX_WRITE / OverlayFormat.SECTOR;
        int perBlock = block / OverlayFormat.SECTOR;
        for (int s = 0; s < sectors; s += step) {
            int count = Math.min(step, (sectors - s + perBlock - 1) / perBlock * perBlock);
            ByteBuffer bytes = OverlayFormat.aligned(count * OverlayFormat.SECTOR, memoryAlignment);
            Piece piece = new Piece(OverlayFormat.MAP_OFFSET + (long) s * OverlayFormat.SECTOR, bytes);
            store.read(piece.offset, bytes);
            for (int i = 0; i < Math.min(count, sectors - s); i++) {
                OverlayFormat.verify(bytes, i * OverlayFormat.SECTOR, s + i);
            }
            take(piece, present);
            take(piece, durable);
        }
        for (long c = clusters; c < (long) sectors * OverlayFormat.BITS; c++) {
            if (has(c)) {
                throw OverlayFormat.damaged("its map has cluster " + c + " of " + clusters);
            }
        }
    }
}
