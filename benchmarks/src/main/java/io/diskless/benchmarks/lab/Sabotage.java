package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.load.Pattern;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/** Breaks the disk of a node behind the mirror's back, for the test that the lab would notice. Immutable. */
record Sabotage(LabOptions.Fault fault, long seed) {
    void strike(Path disk, long areaOffset, long loadBytes) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        try (FileChannel file = FileChannel.open(disk, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            switch (fault) {
                case NONE, BOTH_DEAD -> {
                    // Nothing to do here.
                }
                case BITROT -> {
                    long at = random.nextLong(areaOffset / 2);
                    ByteBuffer one = ByteBuffer.allocate(1);
                    file.read(one, at);
                    one.put(0, (byte) (one.get(0) ^ 1));
                    file.write(one.rewind(), at);
                }
                case LOST_WRITE -> undo(file, areaOffset, loadBytes, random);
            }
            file.force(false);
        }
    }

    /** The first block that was written becomes what nobody ever wrote: zeroes. */
    private static void undo(FileChannel file, long areaOffset, long loadBytes, SplittableRandom random)
            throws IOException {
        ByteBuffer block = ByteBuffer.allocate(Pattern.BLOCK);
        ByteBuffer zeroes = ByteBuffer.allocate(Pattern.BLOCK);
        int blocks = (int) (loadBytes / Pattern.BLOCK);
        int first = random.nextInt(blocks);
        for (int i = 0; i < blocks; i++) {
            long at = areaOffset + (long) ((first + i) % blocks) * Pattern.BLOCK;
            file.read(block.clear(), at);
            if (!block.flip().equals(zeroes)) {
                file.write(zeroes.duplicate(), at);
                return;
            }
        }
        throw new IOException("no block of the area was ever written: there is no write to undo");
    }
}
