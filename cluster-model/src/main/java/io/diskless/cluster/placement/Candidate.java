package io.diskless.cluster.placement;

import io.diskless.cluster.model.id.NodeId;
import java.util.List;
import java.util.Objects;

/**
 * One node that was looked at. Immutable.
 *
 * @param node which
 * @param rejections why it cannot take the guest; empty if it can
 * @param score how good it would be, the more the better; says nothing where there are rejections
 */
public record Candidate(NodeId node, List<Rejection> rejections, int score) {
    /**
     * One reason.
     *
     * @param filter what said no: {@code life}, {@code segment}, or the id of a rule
     * @param message what is in the way, with the values that show it
     */
    public record Rejection(String filter, String message) {
        /** Insists on both. */
        public Rejection {
            Objects.requireNonNull(filter, "filter");
            Objects.requireNonNull(message, "message");
        }

        /** {@return filter and message} */
        @Override
        public String toString() {
            return message + " [" + filter + "]";
        }
    }

    /** Copies the list. */
    public Candidate {
        Objects.requireNonNull(node, "node");
        rejections = List.copyOf(rejections);
    }

    /** {@return whether it can take the guest} */
    public boolean isPossible() {
        return rejections.isEmpty();
    }

    /** {@return such as {@code h1: score 812} or {@code h2: guests take ... [guests-fit]}} */
    @Override
    public String toString() {
        return node.name() + ": "
                + (isPossible()
                        ? "score " + score
                        : String.join(
                                ", ",
                                rejections.stream().map(Rejection::toString).toList()));
    }
}
