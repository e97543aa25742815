package io.diskless.benchmarks.lab.site;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The lab cannot go on: what happened and the remedy, in one line. Immutable. */
public final class LabException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * A failure without a deeper cause.
     *
     * @param message what happened; the remedy
     */
    public LabException(String message) {
        this(message, null);
    }

    /**
     * A failure with its cause.
     *
     * @param message what happened; the remedy
     * @param cause the exception from below, or null
     */
    public LabException(String message, @Nullable Throwable cause) {
        super(message.lines().map(String::strip).reduce((a, b) -> a + " " + b).orElse("unknown failure"), cause);
    }
}
