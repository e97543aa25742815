package io.diskless.cluster.conf;

import java.util.List;
import java.util.Objects;

/**
 * One thing that is wrong with a file: where, what, what was expected, and the corrected text where it is certain.
 * Immutable.
 *
 * @param severity whether the owning program refuses the file
 * @param code stable name of the kind of finding, such as {@code drbd.missing-semicolon}
 * @param position where the finding starts
 * @param span the words it is about, in the text of that file
 * @param message what is wrong; never holds a secret
 * @param expected what would be right there, or an empty string where the message says it all
 * @param repair edits of that file's text that correct this finding; empty where the right text is not certain
 */
public record Diagnostic(
        Severity severity,
        String code,
        Position position,
        Span span,
        String message,
        String expected,
        List<TextEdit> repair) {
    /** Copies the repair. */
    public Diagnostic {
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(code, "code");
        repair = List.copyOf(repair);
    }

    /** {@return whether the owning program refuses the file for this} */
    public boolean isError() {
        return severity == Severity.ERROR;
    }

    /** {@return whether the right text is certain, so that {@link ConfigText#repaired} corrects it} */
    public boolean isRepairable() {
        return !repair.isEmpty();
    }

    /** {@return one line as compilers print it: {@code file:line:column: error: message, expected ... [code]}} */
    @Override
    public String toString() {
        return position + ": " + (isError() ? "error" : "warning") + ": " + message
                + (expected.isEmpty() ? "" : "; expected " + expected) + " [" + code + "]";
    }
}
