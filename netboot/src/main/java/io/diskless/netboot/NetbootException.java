package io.diskless.netboot;

import java.io.IOException;
import java.io.Serial;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The one exception root of this module: a mechanical {@link Kind} and a message that names the remedy. */
public final class NetbootException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What a program may decide on. */
    public enum Kind {
        /** A capability of the process is missing; the message names it. */
        NO_PRIVILEGE,
        /** Somebody else listens on the port. */
        PORT_IN_USE,
        /** There is no such interface, or it has no IPv4 address. */
        NO_INTERFACE,
        /** An operation of the system failed for another reason; the cause says which. */
        IO
    }

    private final Kind kind;

    /**
     * A failure without a deeper cause.
     *
     * @param kind what went wrong
     * @param message expected and actual, and the remedy
     */
    public NetbootException(Kind kind, String message) {
        this(kind, message, null);
    }

    /**
     * A failure with the exception that caused it.
     *
     * @param kind what went wrong
     * @param message expected and actual, and the remedy
     * @param cause the exception from below, or null
     */
    public NetbootException(Kind kind, String message, @Nullable Throwable cause) {
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
}
