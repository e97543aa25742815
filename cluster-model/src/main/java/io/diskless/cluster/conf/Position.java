package io.diskless.cluster.conf;

/**
 * A place in a file as an editor shows it. Immutable.
 *
 * @param file the name the text was given
 * @param line from 1
 * @param column from 1, counted in Unicode characters; a tab is one
 */
public record Position(String file, int line, int column) {
    /** {@return {@code file:line:column}} */
    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
