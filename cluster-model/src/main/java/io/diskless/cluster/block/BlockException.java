package io.diskless.cluster.block;

import java.io.IOException;
import java.io.Serial;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Why a block operation failed: a mechanical {@link Kind}, the first failing offset, and words for a person. */
public final class BlockException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** The value of {@link #offset()} where no offset applies. */
    public static final long NO_OFFSET = -1;

    /** What a program may decide on. */
    public enum Kind {
        /** The range is not inside the device. */
        OUT_OF_RANGE,
        /** Offset, length or buffer address is not a multiple of what the geometry asks for. */
        MISALIGNED,
        /** The device does not take writes. */
        READ_ONLY,
        /** The device cannot do this operation at all, see its geometry. */
        NOT_SUPPORTED,
        /** The medium could not be read or written. */
        MEDIUM,
        /** The store under the device is full. */
        NO_SPACE,
        /** No answer within the deadline; whether a write was done is unknown. */
        TIMEOUT,
        /** The device under this one was replaced, fenced or reserved by somebody else; reopen before use. */
        STALE,
        /** The device was closed, before or during the operation. */
        CLOSED
    }

    private final Kind kind;
    private final long offset;

    /**
     * A failure without a deeper cause.
     *
     * @param kind what went wrong
     * @param offset the first failing byte, or {@link #NO_OFFSET}
     * @param message expected and actual, or the remedy
     */
    public BlockException(Kind kind, long offset, String message) {
        this(kind, offset, message, null);
    }

    /**
     * A failure with the exception that caused it.
     *
     * @param kind what went wrong
     * @param offset the first failing byte, or {@link #NO_OFFSET}
     * @param message expected and actual, or the remedy
     * @param cause the exception from below, or null
     */
    public BlockException(Kind kind, long offset, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind, "kind");
        this.offset = offset;
    }

    /**
     * What a program may decide on.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * The first byte of the device that could not be read or written.
     *
     * @return a byte offset, or {@link #NO_OFFSET}
     */
    public long offset() {
        return offset;
    }
}
