package io.diskless.benchmarks.lab.load;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;

/**
 * One request after the other on the blocks that a lane owns. Confined to whoever holds the request that is under way:
 * the completion hands the lane from thread to thread, and the device orders that.
 */
final class Lane implements Completion {
    private final Load load;
    private final int number;
    private final RandomGenerator random;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(Pattern.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer expected = ByteBuffer.allocate(Pattern.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    private final int owned;
    private int block;
    private boolean reading;
    private long began;

    Lane(Load load, int number, RandomGenerator random) {
        this.load = load;
        this.number = number;
        this.random = random;
        this.owned = (load.reference.blocks() - number + load.lanes - 1) / load.lanes;
    }

    void next() {
        if (load.stopping()) {
            load.laneEnded();
            return;
        }
        block = random.nextInt(owned) * load.lanes + number;
        reading = random.nextInt(100) < load.readPercent;
        long at = load.offset + (long) block * Pattern.BLOCK;
        if (reading) {
            began = load.clock.getAsLong();
            load.device.read(at, buffer, this);
        } else {
            load.pattern.fill(buffer, block, load.reference.version(block) + 1);
            began = load.clock.getAsLong();
            load.device.write(at, buffer, 0, this);
        }
    }

    @Override
    public void completed() {
        long now = load.clock.getAsLong();
        if (reading) {
            load.reference.fill(expected, block);
            if (buffer.equals(expected)) {
                load.readEnded(now - began);
            } else {
                load.mismatch("a read of block " + block + " found " + load.pattern.describe(buffer)
                        + ", acknowledged was version " + load.reference.version(block));
            }
        } else {
            load.reference.acknowledge(block, load.reference.version(block) + 1);
            load.writeEnded(now, now - began);
        }
        next();
    }

    @Override
    public void failed(BlockException failure) {
        load.failed((reading ? "a read of block " : "a write of block ") + block + " failed with " + failure.kind()
                + ": " + failure.getMessage());
        next();
    }
}
