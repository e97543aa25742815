package io.diskless.cluster.conf;

/**
 * One word of a statement and where it stands. Immutable.
 *
 * @param value what the word means: quotes and escapes are gone
 * @param span where it stands, quotes included
 * @param quoted whether it is written in quotes
 */
public record Word(String value, Span span, boolean quoted) {
    /** {@return where the word is; never its value, which may be a secret} */
    @Override
    public String toString() {
        return "Word[" + span.start() + ".." + span.end() + "]";
    }
}
