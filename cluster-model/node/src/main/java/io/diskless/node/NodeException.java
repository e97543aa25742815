package io.diskless.node;

import java.io.IOException;
import java.io.Serial;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The one exception root of this module: a mechanical {@link Kind} and a message that names the remedy. */
public final class NodeException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What a program may decide on. */
    public enum Kind {
        /** The model names nothing of that kind, or this node has no part in it. */
        NO_SUCH,
        /** The model asks for what this artifact does not do. */
        NOT_SUPPORTED,
        /** A disk cannot be used. */
        DISK,
        /** A port or socket cannot be used. */
        NETWORK,
        /** Replication, or the peer, does not allow it now. */
        REPLICATION,
        /** Somebody else holds the lease. */
        FENCED,
        /** The object was closed. */
        CLOSED
    }

    private final Kind kind;

    /**
     * A failure without a deeper cause.
     *
     * @param kind what went wrong
     * @param message expected and actual, and the remedy
     */
    public NodeException(Kind kind, String message) {
        this(kind, message, null);
    }

    /**
     * A failure with the exception that caused it.
     *
     * @param kind what went wrong
     * @param message expected and actual, and the remedy
     * @param cause the exception from below, or null
     */
    public NodeException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    /**
     * What a program may decide on.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /** Whether the node is as it was before it was asked. */
    boolean isWithoutEffect() {
        return kind == Kind.NO_SUCH || kind == Kind.NOT_SUPPORTED || kind == Kind.FENCED || kind == Kind.CLOSED;
    }
}
