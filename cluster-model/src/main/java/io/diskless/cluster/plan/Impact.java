package io.diskless.cluster.plan;

import java.time.Duration;
import java.util.Objects;

/**
 * What a guest notices. Immutable.
 *
 * @param kind how bad it is
 * @param length how long, as estimated; zero if nothing is noticed
 */
public record Impact(Kind kind, Duration length) {
    /** How bad it is, the least first. Immutable. */
    public enum Kind {
        /** Nothing. */
        NONE,
        /** Nothing, but one failure more would be noticed. */
        LESS_REDUNDANCY,
        /** It stands still and goes on. */
        PAUSE,
        /** It is down. */
        OUTAGE
    }

    /** Nothing is noticed. */
    public static final Impact NONE = new Impact(Kind.NONE, Duration.ZERO);

    /** Insists on both. */
    public Impact {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(length, "length");
    }

    /**
     * The worse of two; of two of one kind both lengths together.
     *
     * @param other the other
     * @return what is noticed of both
     */
    public Impact and(Impact other) {
        if (kind == other.kind) {
            return new Impact(kind, length.plus(other.length));
        }
        return kind.compareTo(other.kind) > 0 ? this : other;
    }

    /** {@return such as {@code pause of 300 ms}} */
    @Override
    public String toString() {
        return switch (kind) {
            case NONE -> "none";
            case LESS_REDUNDANCY -> "less redundancy";
            case PAUSE -> "pause of " + length.toMillis() + " ms";
            case OUTAGE -> "outage of " + length.toSeconds() + " s";
        };
    }
}
