package io.diskless.drbd.meta;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the superblock durable: one write at a time, each with everything that was changed before it began; who waits is
 * told when a write with his change has reached stable storage.
 *
 * <p>A change that takes {@link MetaFlag#PRIMARY_IND} away makes the activity log meaningless, so the data and the bitmap
 * are brought to disk before that superblock is.
 *
 * <p>Thread-safe. No lock is held while completions run.
 */
final class SuperblockWriter {
    /** Brings data and bitmap to disk. */
    interface BeforeDemotion {
        void run(Completion done);
    }

    private final BlockDevice meta;
    private final BeforeDemotion beforeDemotion;
    private final ByteBuffer block;
    private volatile long superblockAt;
    private volatile Superblock current;
    private Superblock durable;
    private List<Completion> waiting = new ArrayList<>();
    private List<Completion> served = new ArrayList<>();
    private boolean busy;
    private @Nullable BlockException failure;

    SuperblockWriter(BlockDevice meta, long superblockAt, Superblock current, BeforeDemotion beforeDemotion) {
        this.meta = meta;
        this.superblockAt = superblockAt;
        this.current = current;
        this.durable = current;
        this.beforeDemotion = beforeDemotion;
        this.block = ByteBuffer.allocateDirect(2 * Superblock.SIZE)
                .alignedSlice(Superblock.SIZE)
                .slice(0, Superblock.SIZE);
    }

    Superblock current() {
        return current;
    }

    void moveTo(long newSuperblockAt) {
        superblockAt = newSuperblockAt;
    }

    void update(UnaryOperator<Superblock> change, Completion done) {
        BlockException refusal;
        synchronized (this) {
            refusal = failure;
            if (refusal == null) {
                current = change.apply(current);
                waiting.add(done);
                if (busy) {
                    return;
                }
                busy = true;
            }
        }
        if (refusal != null) {
            done.failed(refusal);
        } else {
            pump();
        }
    }

    void fail(BlockException cause) {
        synchronized (this) {
            if (failure == null) {
                failure = cause;
            }
        }
    }

    /** Exactly one thread at a time gets here: {@code busy} is its licence. */
    private void pump() {
        Superblock next;
        boolean demotion;
        synchronized (this) {
            if (waiting.isEmpty()) {
                busy = false;
                return;
            }
            List<Completion> empty = served;
            empty.clear();
            served = waiting;
            waiting = empty;
            next = current;
            demotion = durable.has(MetaFlag.PRIMARY_IND) && !next.has(MetaFlag.PRIMARY_IND);
        }
        if (demotion) {
            beforeDemotion.run(new Step() {
                @Override
                public void completed() {
                    write(next);
                }
            });
        } else {
            write(next);
        }
    }

    private void write(Superblock next) {
        next.encode(block);
        meta.write(superblockAt, block, BlockDevice.FUA, new Step() {
            @Override
            public void completed() {
                durable = next;
                for (Completion done : List.copyOf(served)) {
                    done.completed();
                }
                pump();
            }
        });
    }

    private abstract class Step implements Completion {
        @Override
        public void failed(BlockException cause) {
            List<Completion> lost;
            synchronized (SuperblockWriter.this) {
                failure = cause;
                lost = new ArrayList<>(served);
                lost.addAll(waiting);
                waiting.clear();
                busy = false;
            }
            for (Completion done : lost) {
                done.failed(cause);
            }
        }
    }
}
