package io.diskless.drbd.cli;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.net.pcap.PcapFile;
import io.diskless.drbd.DrbdException;
import java.nio.file.NoSuchFileException;

/** What the exit code tells a script. Documented in the root command's help. */
enum ExitCode {
    /** Done. */
    OK(0),
    /** The operation failed for a reason that is not below. */
    FAILED(1),
    /** The command line or a configuration is wrong; nothing was tried. */
    USAGE(2),
    /** No peer, or no answer in time. */
    NO_ANSWER(3),
    /** The system lacks something that is needed. */
    NOT_SUPPORTED(4),
    /** Refused by the peer, by the present state, or because something is in use. */
    REFUSED(5),
    /** Data is not what it must be. */
    DIFFERENT(6);

    final int code;

    ExitCode(int code) {
        this.code = code;
    }

    static ExitCode of(Throwable failure) {
        if (failure instanceof DrbdException e) {
            return switch (e.kind()) {
                case CONFIG -> USAGE;
                case TIMEOUT, DISCONNECTED -> NO_ANSWER;
                case NOT_SUPPORTED -> NOT_SUPPORTED;
                case INCOMPATIBLE, AUTHENTICATION, REFUSED, STATE, CONFLICT, NO_DATA -> REFUSED;
                case SPLIT_BRAIN, UNRELATED_DATA, INTEGRITY, CORRUPT -> DIFFERENT;
                case PROTOCOL, CLOSED, IO -> FAILED;
            };
        }
        if (failure instanceof BlockException e) {
            return switch (e.kind()) {
                case TIMEOUT -> NO_ANSWER;
                case READ_ONLY, STALE -> REFUSED;
                default -> FAILED;
            };
        }
        if (failure instanceof ControlSocket.NoPeerException) {
            return NO_ANSWER;
        }
        if (failure instanceof PcapFile.FormatException) {
            return DIFFERENT;
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
