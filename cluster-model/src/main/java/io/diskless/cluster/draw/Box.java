package io.diskless.cluster.draw;

import java.util.List;
import java.util.Objects;

/**
 * A thing in a picture. Immutable.
 *
 * @param id what links call it, unique in a picture
 * @param rank its row from the top; -1 for where its links put it
 * @param tone its colour
 * @param lines its text, the name first; at least one
 */
public record Box(String id, int rank, Tone tone, List<String> lines) {
    /**
     * Copies the lines.
     *
     * @throws IllegalArgumentException if there is no line, or the rank is less than -1
     */
    public Box {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(tone, "tone");
        lines = List.copyOf(lines);
        if (lines.isEmpty() || rank < -1) {
            throw new IllegalArgumentException(
                    "a box has a line and a rank of -1 or more, got " + lines + " and " + rank);
        }
    }
}
