package io.diskless.node;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.plan.Verb;
import java.util.List;
import java.util.Objects;

/**
 * One node's part in a step of a plan: all that must travel to a node, and nothing that a text could not say. Immutable.
 *
 * @param key what the step is called for ever; asked twice under one key, a node does it once
 * @param token fencing token of whoever asks; a node that has seen a higher one refuses
 * @param verb what is done
 * @param operands to what, in the order that the verb says
 * @param back whether the step is taken back instead
 * @param goal the site as it is after the step, or after it was taken back
 */
public record NodeOrder(String key, long token, Verb verb, List<EntityId> operands, boolean back, Model goal) {
    /** Copies the list. */
    public NodeOrder {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(verb, "verb");
        Objects.requireNonNull(goal, "goal");
        operands = List.copyOf(operands);
    }

    /**
     * An operand that the verb needs.
     *
     * @param type what it names
     * @param at its place in the list
     * @param <I> type of the name
     * @return the name
     * @throws NodeException NOT_SUPPORTED if there is another or none
     */
    <I extends EntityId> I operand(Class<I> type, int at) throws NodeException {
        if (at < operands.size() && type.isInstance(operands.get(at))) {
            return type.cast(operands.get(at));
        }
        throw new NodeException(
                NodeException.Kind.NOT_SUPPORTED,
                "expected a " + type.getSimpleName() + " as operand " + at + " of \"" + verb + "\", got " + operands);
    }
}
