package io.diskless.cluster.store;

import java.io.IOException;
import java.io.Serial;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Why a store did not do what it was asked: a mechanical {@link Kind}, and words for a person. */
public final class StoreException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What a program may decide on. */
    public enum Kind {
        /** The site is at another revision than was expected: read again, think again. */
        CONFLICT,
        /** The lease of the token is not held any more: somebody else may have it. */
        FENCED,
        /** The events do not fit the site, or are none, or are too big. */
        INVALID,
        /** There is no such revision, or not yet. */
        NO_SUCH_REVISION,
        /** Another process, or another store in this one, has the folder. */
        LOCKED,
        /** What is kept was damaged, beyond a last entry that was never acknowledged. */
        CORRUPT,
        /** The disk refused; the store must be opened again to know what is on it. */
        IO,
        /** The servers cannot be reached now; whether an append was done is not known. */
        UNREACHABLE,
        /** The store was closed. */
        CLOSED
    }

    private final Kind kind;

    /**
     * A failure without a deeper cause.
     *
     * @param kind what went wrong
     * @param message expected and actual, or the remedy
     */
    public StoreException(Kind kind, String message) {
        this(kind, message, null);
    }

    /**
     * A failure with the exception that caused it.
     *
     * @param kind what went wrong
     * @param message expected and actual, or the remedy
     * @param cause the exception from below, or null
     */
    public StoreException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    /** {@return what a program may decide on} */
    public Kind kind() {
        return kind;
    }
}
