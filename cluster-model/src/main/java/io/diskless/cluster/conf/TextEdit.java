package io.diskless.cluster.conf;

/**
 * One replacement in a text; an empty span inserts, an empty replacement deletes. Immutable.
 *
 * @param span what is replaced
 * @param replacement what stands there afterwards
 */
public record TextEdit(Span span, String replacement) {
    /**
     * Replaces a stretch.
     *
     * @param span what is replaced
     * @param text what stands there afterwards
     * @return the edit
     */
    public static TextEdit replace(Span span, String text) {
        return new TextEdit(span, text);
    }

    /**
     * Inserts before a character.
     *
     * @param offset where
     * @param text what
     * @return the edit
     */
    public static TextEdit insert(int offset, String text) {
        return new TextEdit(Span.at(offset), text);
    }

    /**
     * Deletes a stretch.
     *
     * @param span what goes
     * @return the edit
     */
    public static TextEdit delete(Span span) {
        return new TextEdit(span, "");
    }

    /** {@return where the edit is; never the text, which may be a secret} */
    @Override
    public String toString() {
        return "TextEdit[" + span.start() + ".." + span.end() + " -> " + replacement.length() + " characters]";
    }
}
