package io.diskless.aoe.cli;

import io.diskless.aoe.AoeException;
import io.diskless.cluster.block.BlockException;
import java.nio.file.NoSuchFileException;

/** What the exit code tells a script. Documented in the root command's help. */
enum ExitCode {
    /** Done. */
    OK(0),
    /** The operation failed for a reason that is not below. */
    FAILED(1),
    /** The command line is wrong; nothing was tried. */
    USAGE(2),
    /** No such target, or no answer in time. */
    NO_ANSWER(3),
    /** No privilege, or no such interface. */
    NO_LINK(4),
    /** The target refused: reserved, masked, read-only, config string present. */
    REFUSED(5),
    /** Data or behaviour is not what it must be: a copy that differs, a check with faults. */
    DIFFERENT(6);

    final int code;

    ExitCode(int code) {
        this.code = code;
    }

    static ExitCode of(Throwable failure) {
        if (failure instanceof AoeException e) {
            return switch (e.kind()) {
                case NO_PRIVILEGE, NO_INTERFACE, LINK_DOWN, NOT_SUPPORTED -> NO_LINK;
                case NO_TARGET, TIMEOUT -> NO_ANSWER;
                case REFUSED, CONFLICT -> REFUSED;
                case CORRUPT, CLOSED, IO -> FAILED;
            };
        }
        if (failure instanceof BlockException e) {
            return switch (e.kind()) {
                case TIMEOUT -> NO_ANSWER;
                case READ_ONLY, STALE -> REFUSED;
                default -> FAILED;
            };
        }
        return failure instanceof IllegalArgumentException ? USAGE : FAILED;
    }

    /** One line: what happened, and the remedy where the exception does not carry it. */
    static String line(Throwable failure) {
        String message = failure.getMessage();
        if (failure instanceof NoSuchFileException) {
            return "no such file: " + message;
        }
        if (message == null || message.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        return message.lines().findFirst().orElse(message);
    }
}
