package io.diskless.aoe.pair;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.SplittableRandom;

/**
 * Random operations on a device, some at a time, compared with a model: every sector read holds exactly what the last
 * completed write put there, whole, and of that sector. The harness keeps the device's contract: overlapping operations
 * of which one changes data are never under way together.
 */
final class RandomOperations {
    private static final int SECTOR = 512;
    private static final int LONGS = SECTOR / Long.BYTES;
    private static final int MAX_SECTORS = 48;

    private final BlockDevice device;
    private final SplittableRandom random;
    private final int sectors;
    /** What a sector must hold: 0 for zeroes, else the stamp of the write. */
    private final long[] model;
    /** Operations under way per sector: -1 for a change, else the number of reads. */
    private final int[] busy;

    private final ArrayDeque<Operation> idle = new ArrayDeque<>();
    private long stamp;
    long started;
    long ended;
    long sectorsChecked;
    AssertionError wrong;

    RandomOperations(BlockDevice device, int depth, long seed) {
        this.device = device;
        random = new SplittableRandom(seed);
        sectors = (int) (device.geometry().size() / SECTOR);
        model = new long[sectors];
        busy = new int[sectors];
        for (int i = 0; i < depth; i++) {
            idle.add(new Operation());
        }
    }

    private final class Operation implements Completion {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_SECTORS * SECTOR);
        int kind;
        int first;
        int count;
        long mark;

        void start() {
            kind = random.nextInt(100);
            // Mostly small, sometimes long; half of all in a small hot region, so that the same sectors come again.
            count = kind >= 97 ? 0 : 1 + random.nextInt(random.nextInt(8) == 0 ? MAX_SECTORS : 6);
            int region = random.nextBoolean() ? Math.min(sectors, 256) : sectors;
            first = random.nextInt(region - Math.min(count, region - 1));
            if (!claim()) {
                idle.add(this);
                return;
            }
            started++;
            buffer.clear().limit(count * SECTOR);
            long offset = (long) first * SECTOR;
            if (kind < 45) {
                device.read(offset, buffer, this);
            } else if (kind < 92) {
                mark = ++stamp;
                for (int i = 0; i < count; i++) {
                    fill(i, value(first + i, mark));
                }
                device.write(offset, buffer, kind < 47 ? BlockDevice.FUA : 0, this);
            } else if (kind < 97) {
                mark = 0;
                device.writeZeroes(offset, (long) count * SECTOR, this);
            } else {
                device.flush(this);
            }
        }

        private boolean changes() {
            return kind >= 45;
        }

        private boolean claim() {
            for (int i = first; i < first + count; i++) {
                if (changes() ? busy[i] != 0 : busy[i] < 0) {
                    return false;
                }
            }
            for (int i = first; i < first + count; i++) {
                busy[i] = changes() ? -1 : busy[i] + 1;
            }
            return true;
        }

        private void fill(int sector, long value) {
            for (int i = 0; i < LONGS; i++) {
                buffer.putLong(sector * SECTOR + i * Long.BYTES, value + i);
            }
        }

        private void check(int sector) {
            long mark = model[first + sector];
            long value = mark == 0 ? 0 : value(first + sector, mark);
            for (int i = 0; i < LONGS; i++) {
                long want = mark == 0 ? 0 : value + i;
                long got = buffer.getLong(sector * SECTOR + i * Long.BYTES);
                if (got != want && wrong == null) {
                    wrong = new AssertionError("sector " + (first + sector) + ", word " + i + ": expected "
                            + Long.toHexString(want) + ", got " + Long.toHexString(got) + "; operation " + started);
                }
            }
            sectorsChecked++;
        }

        @Override
        public void completed() {
            for (int i = 0; i < count; i++) {
                if (changes()) {
                    model[first + i] = mark;
                    busy[first + i] = 0;
                } else {
                    check(i);
                    busy[first + i]--;
                }
            }
            ended++;
            idle.add(this);
        }

        @Override
        public void failed(BlockException cause) {
            if (wrong == null) {
                wrong = new AssertionError("operation " + kind + " at sector " + first + " failed", cause);
            }
            ended++;
        }
    }

    /** A value that belongs to one sector and one write, and differs from its neighbours in every word. */
    private static long value(int sector, long mark) {
        return (mark << 24 | sector) * 0x9E37_79B9_7F4A_7C15L;
    }

    /** Starts operations while there are idle ones and some are to be done. */
    int submit(long total) {
        int tries = idle.size();
        long before = started;
        while (tries-- > 0 && started < total && wrong == null) {
            idle.remove().start();
        }
        return (int) (started - before);
    }

    boolean isOver(long total) {
        return wrong != null || ended >= total;
    }
}
