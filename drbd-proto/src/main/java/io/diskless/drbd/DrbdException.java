package io.diskless.drbd;

import java.io.IOException;
import java.io.Serial;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The one exception root of this module: a mechanical {@link Kind} and a message that names expected, actual and the
 * remedy. Never holds a secret.
 */
public final class DrbdException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What a program may decide on. */
    public enum Kind {
        /** The peer broke the rules of the protocol; the connection is dropped and tried again. */
        PROTOCOL,
        /** The two sides have no protocol version, algorithm or setting in common; trying again is of no use. */
        INCOMPATIBLE,
        /** The peer did not prove that it knows the shared secret, or we were asked to prove ours to ourselves. */
        AUTHENTICATION,
        /** Both sides were written to alone, and no policy says whose data is to be discarded. */
        SPLIT_BRAIN,
        /** The two disks never held the same data. */
        UNRELATED_DATA,
        /** The peer said no to a change that needs its consent. */
        REFUSED,
        /** The change is not allowed in the present state; the message names the rule. */
        STATE,
        /** There is no disk, or none whose data is good enough, here or at the peer. */
        NO_DATA,
        /** A digest that travelled with data does not fit the data. */
        INTEGRITY,
        /** A name or setting in a configuration is wrong; the message says where. */
        CONFIG,
        /** An algorithm or a capability of the system is missing; the message names it. */
        NOT_SUPPORTED,
        /** Meta-data or another stored file is not what it should be. */
        CORRUPT,
        /** The object is in use, or an option contradicts another. */
        CONFLICT,
        /** No answer in time. */
        TIMEOUT,
        /** The connection to the peer was lost. */
        DISCONNECTED,
        /** The object was closed. */
        CLOSED,
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
    public DrbdException(Kind kind, String message) {
        this(kind, message, null);
    }

    /**
     * A failure with the exception that caused it.
     *
     * @param kind what went wrong
     * @param message expected and actual, and the remedy
     * @param cause the exception from below, or null
     */
    public DrbdException(Kind kind, String message, @Nullable Throwable cause) {
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
