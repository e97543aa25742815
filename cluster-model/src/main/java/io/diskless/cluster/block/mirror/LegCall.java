package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A call to a leg, one at a time, which ends once whatever the leg does. A leg must end an operation by its completion; one
 * that throws instead has failed it, or else the mirror would wait for ever. One that throws after it has ended the
 * operation, perhaps because of what our own completion did, has not undone that: somebody is told, nothing else happens.
 *
 * <p>Thread-safe; {@link #ended} runs with no lock held.
 */
abstract class LegCall implements Completion {
    private static final VarHandle TURN;

    static {
        try {
            TURN = MethodHandles.lookup().findVarHandle(LegCall.class, "turn", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Odd while a call is under way: what throws knows its own call by it, though the object be in use again. */
    private volatile int turn;

    /** The leg threw once: it may still end what it was given, so this object is not to be used again. */
    private volatile boolean broken;

    /** The end of the call, by whichever way it came first. */
    abstract void ended(@Nullable BlockException failure);

    boolean isBroken() {
        return broken;
    }

    void read(BlockDevice leg, long offset, ByteBuffer into) {
        int call = begin();
        try {
            leg.read(offset, into, this);
        } catch (RuntimeException | Error e) {
            threw(call, offset, e);
        }
    }

    void write(BlockDevice leg, long offset, ByteBuffer from, int flags) {
        int call = begin();
        try {
            leg.write(offset, from, flags, this);
        } catch (RuntimeException | Error e) {
            threw(call, offset, e);
        }
    }

    void writeZeroes(BlockDevice leg, long offset, long length) {
        int call = begin();
        try {
            leg.writeZeroes(offset, length, this);
        } catch (RuntimeException | Error e) {
            threw(call, offset, e);
        }
    }

    void flush(BlockDevice leg) {
        int call = begin();
        try {
            leg.flush(this);
        } catch (RuntimeException | Error e) {
            threw(call, BlockException.NO_OFFSET, e);
        }
    }

    private int begin() {
        int call = turn + 1;
        turn = call;
        return call;
    }

    private boolean end(int call) {
        return (call & 1) != 0 && TURN.compareAndSet(this, call, call + 1);
    }

    private void threw(int call, long offset, Throwable thrown) {
        if (end(call)) {
            broken = true;
            ended(Failures.thrown(offset, thrown));
        } else {
            Failures.ofTheUser(thrown);
        }
    }

    @Override
    public final void completed() {
        if (end(turn)) {
            ended(null);
        }
    }

    @Override
    public final void failed(BlockException cause) {
        if (end(turn)) {
            ended(cause);
        }
    }
}
