package io.diskless.aoe.initiator;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.internal.Inline;
import io.diskless.cluster.net.AoeAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A remote disk: requests of any size are cut into frames, spread over all paths, repeated when lost, and completed on the
 * initiator's event loop.
 *
 * <p>Any number of requests may be under way; submitting neither blocks nor fails for lack of room. What does not fit the
 * windows waits in line. A request that is not answered within the deadline of its {@link DiskOptions} fails with
 * {@link Kind#TIMEOUT} and the lowest offset not known to be done; when the target is back later requests just work.
 *
 * <p>A write waits while a copy of an older, overlapping write may still reach the target, which is rare (it needs a lost
 * frame) and lasts at most as long as the quarantine of {@link InitiatorOptions}.
 *
 * <p>Durability: see {@link #durability()}. A write with {@link BlockDevice#FUA} is a write and then a flush.
 *
 * <p>Thread-safe. Where the initiator is polled by its user, blocking forms need another thread than the one that polls.
 */
public final class AoeDisk implements BlockDevice {
    private final AoeInitiator initiator;
    private final DiskEngine engine;
    private final AoeAddress address;
    private volatile boolean closed;

    AoeDisk(AoeInitiator initiator, DiskEngine engine, AoeAddress address) {
        this.initiator = initiator;
        this.engine = engine;
        this.address = address;
    }

    static BlockException closed(AoeAddress address) {
        return new BlockException(Kind.CLOSED, BlockException.NO_OFFSET, address + " was closed");
    }

    /** {@return the target's shelf and slot} */
    public AoeAddress address() {
        return address;
    }

    @Override
    public BlockGeometry geometry() {
        return engine.traits().geometry().get();
    }

    @Override
    public boolean completesInline() {
        return false;
    }

    /**
     * What a completed flush rests on; known for sure after the first flush, as some targets offer a flush command and
     * abort it.
     *
     * @return the state now
     */
    public Durability durability() {
        return engine.traits().durability();
    }

    /**
     * Config string, mask list, reservations and other direct messages to this target.
     *
     * @return the operations
     */
    public TargetControl control() {
        return initiator.control(address);
    }

    /**
     * What the disk did so far and how its paths are.
     *
     * @return a snapshot
     */
    public DiskSnapshot snapshot() {
        return initiator.call(engine::snapshot);
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        if (dst.isReadOnly()) {
            throw new IllegalArgumentException("cannot read into a read-only buffer");
        }
        submit(Request.READ, offset, dst.remaining(), dst, false, done);
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        if ((flags & ~FUA) != 0) {
            throw new IllegalArgumentException("unknown flags " + Integer.toHexString(flags));
        }
        submit(Request.WRITE, offset, src.remaining(), src, (flags & FUA) != 0, done);
    }

    @Override
    public void flush(Completion done) {
        submit(Request.FLUSH, 0, 0, null, false, done);
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        submit(Request.DISCARD, offset, length, null, false, done);
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        submit(Request.ZEROES, offset, length, null, false, done);
    }

    private void submit(int op, long offset, long length, @Nullable ByteBuffer buffer, boolean fua, Completion done) {
        Objects.requireNonNull(done, "done");
        if (closed || initiator.isClosed()) {
            Inline.failed(done, closed(address));
            return;
        }
        Request request = initiator.acquire();
        request.op = op;
        request.engine = engine;
        request.offset = offset;
        request.length = length;
        request.buffer = buffer;
        request.bufferAt = buffer == null ? 0 : buffer.position();
        request.fua = fua;
        request.done = done;
        BlockException wrong = check(op, offset, length);
        if (wrong != null) {
            // Told by the event loop like any other end, so that a chain of failures cannot fill the caller's stack.
            request.fail(wrong);
        }
        initiator.submit(request);
    }

    private @Nullable BlockException check(int op, long offset, long length) {
        if (op == Request.FLUSH) {
            return null;
        }
        BlockGeometry now = geometry();
        BlockException wrong = now.check(offset, length);
        if (wrong == null && op != Request.READ && now.readOnly()) {
            wrong = new BlockException(Kind.READ_ONLY, offset, address + " was opened read-only");
        }
        if (wrong == null && op == Request.DISCARD && now.discardGranularity() == 0) {
            wrong = new BlockException(Kind.NOT_SUPPORTED, offset, address + " does not offer TRIM");
        }
        return wrong;
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return engine.traits().geometry().subscribe(listener);
    }

    /**
     * Ends the disk: requests under way fail with CLOSED. Does not touch the target. Idempotent.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        initiator.run(engine::close);
    }

    @Override
    public String toString() {
        return "AoeDisk[" + address + "]";
    }
}
