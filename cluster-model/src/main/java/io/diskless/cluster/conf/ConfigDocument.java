package io.diskless.cluster.conf;

import java.util.List;

/**
 * A file that was read in some language: its text, its statements, and what is wrong with it. Implementations are
 * immutable.
 */
public interface ConfigDocument {
    /** {@return the statements of the text} */
    ConfigTree tree();

    /** {@return the text as it was read} */
    default ConfigText text() {
        return tree().text();
    }

    /** {@return everything that is wrong, files in the order read, each from top to bottom} */
    List<Diagnostic> diagnostics();

    /** {@return whether the program that owns the format would accept the file: no finding is an error} */
    default boolean isAccepted() {
        return diagnostics().stream().noneMatch(Diagnostic::isError);
    }

    /**
     * Insists on a file that its program accepts; warnings pass.
     *
     * @throws ConfigException with all errors, if there is one
     */
    default void requireAccepted() {
        List<Diagnostic> errors =
                diagnostics().stream().filter(Diagnostic::isError).toList();
        if (!errors.isEmpty()) {
            throw new ConfigException(errors);
        }
    }
}
