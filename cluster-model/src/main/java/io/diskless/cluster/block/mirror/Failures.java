package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;

/** What the kinds of errors mean to a mirror. */
final class Failures {
    private Failures() {}

    /**
     * The leg says that it does not do such a thing. When all say so, none is worse than the others, and none goes out for
     * it; but a leg that is cut into pieces, as a remote one, may have done some of them before it said so.
     */
    static boolean isRefusal(BlockException failure) {
        return switch (failure.kind()) {
            case OUT_OF_RANGE, MISALIGNED, READ_ONLY, NOT_SUPPORTED -> true;
            default -> false;
        };
    }

    /** The caller's buffer or range is not aligned, which is seen before anything is transferred; no leg's fault. */
    static boolean transfersNothing(BlockException failure) {
        return failure.kind() == Kind.MISALIGNED;
    }

    /** The leg does not answer at all, rather than answering "no". */
    static boolean isGone(BlockException failure) {
        return switch (failure.kind()) {
            case TIMEOUT, STALE, CLOSED -> true;
            default -> false;
        };
    }

    /** What the user's code throws is the user's affair: it is told, and stops nothing here. */
    static void ofTheUser(Throwable thrown) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    }

    /** What a leg threw instead of ending an operation, as the failure that it is. */
    static BlockException thrown(long offset, Throwable thrown) {
        return new BlockException(Kind.MEDIUM, offset, "the leg broke its contract: it threw " + thrown, thrown);
    }

    static BlockException closed() {
        return new BlockException(Kind.CLOSED, BlockException.NO_OFFSET, "the mirror is closed");
    }

    static BlockException noLeg(long offset) {
        return new BlockException(Kind.MEDIUM, offset, "every leg of the mirror failed during this operation");
    }

    /** The same failure seen from above, where the data starts at 0. */
    static BlockException atOffset(BlockException failure, long requestOffset, long dataOffset) {
        if (dataOffset == 0) {
            return failure;
        }
        long at = failure.offset() == BlockException.NO_OFFSET
                ? requestOffset
                : Math.max(requestOffset, failure.offset() - dataOffset);
        return new BlockException(failure.kind(), at, String.valueOf(failure.getMessage()), failure);
    }
}
