package io.diskless.cluster.conf;

/**
 * A stretch of a {@link ConfigText}: character offsets from the start of the text, end exclusive. Immutable.
 *
 * @param start first character, 0 or more
 * @param end one past the last character, not before the start
 */
public record Span(int start, int end) {
    /**
     * Checks the order of both ends.
     *
     * @throws IllegalArgumentException if the start is negative or after the end
     */
    public Span {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("a span runs forward from 0, got " + start + " to " + end);
        }
    }

    /**
     * The empty span before a character.
     *
     * @param offset where, 0 or more
     * @return a span of length 0
     */
    public static Span at(int offset) {
        return new Span(offset, offset);
    }

    /** {@return how many characters it has} */
    public int length() {
        return end - start;
    }

    /**
     * The smallest span that holds this one and the other.
     *
     * @param other any span of the same text
     * @return from the earlier start to the later end
     */
    public Span to(Span other) {
        return new Span(Math.min(start, other.start), Math.max(end, other.end));
    }
}
