package io.diskless.netboot.boot;

import java.util.List;
import java.util.Optional;

/**
 * An answer and how it came about. Immutable.
 *
 * @param answer what the machine gets
 * @param host the known machine, with its reserved address and options; empty for a stranger
 * @param nulAfterBootFile whether option 67 ends with a NUL for this machine
 * @param because the steps of the decision, for people, in order
 */
public record BootDecision(BootAnswer answer, Optional<Host> host, boolean nulAfterBootFile, List<String> because) {
    /** Copies the list. */
    public BootDecision {
        because = List.copyOf(because);
    }

    /**
     * An answer for one reason.
     *
     * @param answer what the machine gets
     * @param host the known machine
     * @param reason why
     * @return the decision
     */
    public static BootDecision of(BootAnswer answer, Optional<Host> host, String reason) {
        return new BootDecision(answer, host, false, List.of(reason));
    }
}
