package io.diskless.cluster.conf.internal;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Severity;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.TextEdit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong with one text. Not thread-safe. */
public final class Reporter {
    private final ConfigText text;
    private final String language;
    private final List<Diagnostic> found = new ArrayList<>();

    /**
     * A reporter with nothing found yet.
     *
     * @param text what the spans point into
     * @param language the first part of every code
     */
    public Reporter(ConfigText text, String language) {
        this.text = text;
        this.language = language;
    }

    /** {@return what the spans point into} */
    public ConfigText text() {
        return text;
    }

    /** The owning program refuses this. */
    public void error(Span span, String code, String message, String expected, TextEdit... repair) {
        add(Severity.ERROR, span, code, message, expected, repair);
    }

    /** The owning program lets this through. */
    public void warning(Span span, String code, String message, String expected, TextEdit... repair) {
        add(Severity.WARNING, span, code, message, expected, repair);
    }

    /** One or the other, where dialects differ. */
    public void report(boolean refused, Span span, String code, String message, String expected, TextEdit... repair) {
        add(refused ? Severity.ERROR : Severity.WARNING, span, code, message, expected, repair);
    }

    private void add(Severity severity, Span span, String code, String message, String expected, TextEdit... repair) {
        found.add(new Diagnostic(
                severity,
                language + "." + code,
                text.position(Math.min(span.start(), text.length())),
                span,
                message,
                expected,
                List.of(repair)));
    }

    /** {@return whether an error was reported} */
    public boolean hasErrors() {
        return found.stream().anyMatch(Diagnostic::isError);
    }

    /** {@return what was found, from top to bottom} */
    public List<Diagnostic> diagnostics() {
        List<Diagnostic> sorted = new ArrayList<>(found);
        sorted.sort(Comparator.comparingInt(d -> d.span().start()));
        return List.copyOf(sorted);
    }
}
