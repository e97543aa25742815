package io.diskless.cluster.conf;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A file was asked to be right and is not: {@link ConfigDocument#requireAccepted()}, or a site in JSON cannot be read. Reading a
 * configuration language never throws this.
 * Immutable.
 */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<Diagnostic> diagnostics;

    /**
     * Names the findings.
     *
     * @param diagnostics what is wrong, at least one
     */
    public ConfigException(List<Diagnostic> diagnostics) {
        super(diagnostics.stream().map(Diagnostic::toString).collect(Collectors.joining(System.lineSeparator())));
        this.diagnostics = List.copyOf(diagnostics);
    }

    /** {@return what is wrong; empty after deserialisation} */
    @SuppressWarnings("NullAway") // Null only in a deserialised copy.
    public List<Diagnostic> diagnostics() {
        return diagnostics == null ? List.of() : diagnostics;
    }
}
