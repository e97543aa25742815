package io.diskless.cluster.block;

/**
 * What a device calls when an operation has ended: exactly one of the two methods, exactly once.
 *
 * <p>It may run on the caller's thread before the operation's method returns, or on any other thread later; never with a
 * lock of the device held. It must not block and must not throw. It may start the next operation.
 */
public interface Completion {
    /** The operation succeeded as a whole. */
    void completed();

    /**
     * The operation failed; how much of it was done before {@link BlockException#offset()} is not said.
     *
     * @param cause kind and first failing offset
     */
    void failed(BlockException cause);
}
