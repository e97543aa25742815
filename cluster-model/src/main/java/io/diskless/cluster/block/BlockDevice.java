package io.diskless.cluster.block;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A store of blocks: a file, memory, a slice, a mirror over two others, a remote disk.
 *
 * <p>The contract, which {@code BlockDeviceContract} of the test kit checks:
 *
 * <ol>
 *   <li>Every operation ends exactly once, by {@link Completion#completed()} or {@link Completion#failed}; operations
 *       that are under way when the device is closed, and those that come later, end too, the latter with
 *       {@link BlockException.Kind#CLOSED}.
 *   <li>Completions run with no lock held. They may run inline, before the method returns; a device that does so bounds
 *       the recursion that arises when completions start further operations.
 *   <li>A buffer is lent from the call until the completion. Its remaining bytes are the transfer; it comes back with the
 *       position and limit it had. Nothing else in it is touched, and a write does not change its bytes. Meanwhile its
 *       position and limit may move: two operations at once take two buffer objects, {@link ByteBuffer#duplicate()}.
 *   <li>Offsets and lengths are multiples of the logical block; a length of 0 succeeds and does nothing. A range that is
 *       not wholly inside the device fails as a whole with {@link BlockException.Kind#OUT_OF_RANGE} and transfers nothing.
 *   <li>A failure names the first failing offset where it knows it.
 *   <li>Operations on disjoint ranges are independent. Callers serialise overlapping operations of which one is a write
 *       ({@code RangeLock} does it for them); the outcome of a race is otherwise a mix of blocks.
 *   <li>A completed {@link #flush(Completion)} makes durable all writes, zeroes and discards that were <em>completed</em>
 *       before it was called. A write with {@link #FUA} is durable by itself when it completes.
 *   <li>{@link #discard} may leave the old bytes, zeroes, or anything else that is stable; {@link #writeZeroes} reads back
 *       as zeroes.
 * </ol>
 *
 * <p>Thread-safe: any thread may call any method.
 */
public interface BlockDevice extends AutoCloseable {
    /** Flag of {@link #write(long, ByteBuffer, int, Completion)}: force unit access, durable when completed. */
    int FUA = 1;

    /**
     * The shape of the device now; a resize replaces it.
     *
     * @return the geometry; callable after close, when it tells the last one
     */
    BlockGeometry geometry();

    /**
     * Whether operations end before the method returns (memory, page cache). Servers use such a device straight from
     * their network buffers; any other gets a buffer of its own. A device that says true may still complete later when
     * it is called from deep inside a chain of inline completions.
     *
     * @return true if this device completes inline and does not wait for a network or a queue
     */
    boolean completesInline();

    /**
     * Whether a write of this range would end before the method returns, for a device that {@link #completesInline()} but
     * has writes that may have to wait for another thread: the first write to a cluster of an overlay, for instance. Who
     * lends a network buffer asks before each write.
     *
     * @param offset first byte
     * @param length bytes
     * @param flags 0 or {@link #FUA}
     * @return true if it completes inline; what {@link #completesInline()} says if all writes are alike
     */
    default boolean writesInline(long offset, long length, int flags) {
        return completesInline();
    }

    /**
     * Reads {@code dst.remaining()} bytes.
     *
     * @param offset first byte of the device
     * @param dst where to, from its position to its limit; direct or heap
     * @param done called once
     */
    void read(long offset, ByteBuffer dst, Completion done);

    /**
     * Writes {@code src.remaining()} bytes.
     *
     * @param offset first byte of the device
     * @param src what, from its position to its limit; direct or heap, may be read-only
     * @param flags 0 or {@link #FUA}
     * @param done called once
     */
    void write(long offset, ByteBuffer src, int flags, Completion done);

    /**
     * Makes all completed writes durable.
     *
     * @param done called once
     */
    void flush(Completion done);

    /**
     * Tells that the content of a range is no longer needed.
     *
     * @param offset first byte
     * @param length bytes
     * @param done called once; {@link BlockException.Kind#NOT_SUPPORTED} where the geometry says so
     */
    void discard(long offset, long length, Completion done);

    /**
     * Makes a range read back as zeroes, by the cheapest means the device has.
     *
     * @param offset first byte
     * @param length bytes
     * @param done called once
     */
    void writeZeroes(long offset, long length, Completion done);

    /**
     * Subscribes to changes of the geometry (a resize, read-only set or cleared).
     *
     * @param listener called with the new geometry, on any thread, without a lock held
     * @return closes the subscription; idempotent
     */
    Subscription onGeometryChange(Consumer<BlockGeometry> listener);

    /**
     * Ends the device and what it owns. Idempotent. Does not flush: who needs durability asks for it first.
     *
     * @throws BlockException if something under the device could not be closed cleanly
     */
    @Override
    void close() throws BlockException;

    /** A subscription that can be ended. */
    @FunctionalInterface
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Reads and waits.
     *
     * @param offset first byte
     * @param dst where to; position and limit stay
     * @throws BlockException if the operation failed, or ({@code TIMEOUT}, interrupt flag set) if the wait was
     *     interrupted; then the buffer stays lent until the device has really ended the operation
     */
    default void read(long offset, ByteBuffer dst) throws BlockException {
        Await done = new Await();
        read(offset, dst, done);
        done.await();
    }

    /**
     * Writes and waits.
     *
     * @param offset first byte
     * @param src what; position and limit stay
     * @throws BlockException as {@link #read(long, ByteBuffer)}
     */
    default void write(long offset, ByteBuffer src) throws BlockException {
        Await done = new Await();
        write(offset, src, 0, done);
        done.await();
    }

    /**
     * Flushes and waits.
     *
     * @throws BlockException as {@link #read(long, ByteBuffer)}
     */
    default void flush() throws BlockException {
        Await done = new Await();
        flush(done);
        done.await();
    }

    /**
     * Discards and waits.
     *
     * @param offset first byte
     * @param length bytes
     * @throws BlockException as {@link #read(long, ByteBuffer)}
     */
    default void discard(long offset, long length) throws BlockException {
        Await done = new Await();
        discard(offset, length, done);
        done.await();
    }

    /**
     * Writes zeroes and waits.
     *
     * @param offset first byte
     * @param length bytes
     * @throws BlockException as {@link #read(long, ByteBuffer)}
     */
    default void writeZeroes(long offset, long length) throws BlockException {
        Await done = new Await();
        writeZeroes(offset, length, done);
        done.await();
    }

    /**
     * Reads; the future ends with the operation. Cancelling the future does not cancel the operation.
     *
     * @param offset first byte
     * @param dst where to
     * @return ends normally or with a {@link BlockException}
     */
    default CompletableFuture<Void> readAsync(long offset, ByteBuffer dst) {
        FutureCompletion done = new FutureCompletion();
        read(offset, dst, done);
        return done;
    }

    /**
     * Writes; the future ends with the operation.
     *
     * @param offset first byte
     * @param src what
     * @param flags 0 or {@link #FUA}
     * @return ends normally or with a {@link BlockException}
     */
    default CompletableFuture<Void> writeAsync(long offset, ByteBuffer src, int flags) {
        FutureCompletion done = new FutureCompletion();
        write(offset, src, flags, done);
        return done;
    }

    /**
     * Flushes; the future ends with the operation.
     *
     * @return ends normally or with a {@link BlockException}
     */
    default CompletableFuture<Void> flushAsync() {
        FutureCompletion done = new FutureCompletion();
        flush(done);
        return done;
    }
}
