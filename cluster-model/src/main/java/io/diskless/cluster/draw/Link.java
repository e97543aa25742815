package io.diskless.cluster.draw;

import java.util.Objects;

/**
 * A line between two boxes. Immutable.
 *
 * @param from the upper box
 * @param to the lower box
 * @param label a word beside it; may be empty
 * @param tone its colour
 * @param dashed whether it is dashed, for what stands by
 */
public record Link(String from, String to, String label, Tone tone, boolean dashed) {
    /** Insists on all of it. */
    public Link {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(label, "label");
        Objects.requireNonNull(tone, "tone");
    }

    /**
     * A plain line without words.
     *
     * @param from the upper box
     * @param to the lower box
     * @return the line
     */
    public static Link of(String from, String to) {
        return new Link(from, to, "", Tone.PLAIN, false);
    }
}
