package io.diskless.aoe.cli;

import io.diskless.aoe.AoeException;
import io.diskless.cluster.block.BlockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What the exit code tells a script. Documented in the root command's help. */
enum ExitCode {
    /** Done. */
    OK(0),
    /** The operation failed for a reason that is not below. */
    FAILED(1),
    /** The command line is wrong; nothing was tried. */
    USAGE(2),
    /** No such target, or no answer in time; a target that masks this station out is silent, too. */
    NO_ANSWER(3),
    /** No privilege, or no such interface. */
    NO_LINK(4),
    /** The target refused: reserved, read-only, another config string present. */
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
        if (failure instanceof AccessDeniedException) {
            return "no permission for " + message + ": check its owner and mode, and those of its folders";
        }
        if (failure instanceof FileSystemException e && e.getReason() == null) {
            // Its message is the path alone.
            return e.getClass().getSimpleName().replace("Exception", "") + ": " + message;
        }
        if (message == null || message.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        return message.lines().findFirst().orElse(message);
    }
}
