package io.diskless.cluster.rules;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.node.Node;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;

/**
 * One part of a rule, with what its verdict on a subject can depend on, so that a change asks again only where the answer
 * may be another. Immutable.
 */
sealed interface Check {
    Rule rule();

    /** Looks at one entity. */
    @FunctionalInterface
    interface Body<E extends Entity> {
        void check(Model model, E subject, Findings out);
    }

    /**
     * A verdict on each entity of a sort. It may depend on the entity itself; on what it reaches by references over things
     * of the kinds {@code reads}; and on who reaches it by references over things of the kinds {@code counted}. Sums of
     * claims on a subject count as the latter.
     */
    record Each<E extends Entity>(
            Rule rule,
            Class<E> sort,
            Set<Kind> subjects,
            Set<Kind> reads,
            Set<Kind> counted,
            Body<E> body,
            Function<Entity, Object> part)
            implements Check {
        Each(Rule rule, Class<E> sort, Set<Kind> subjects, Set<Kind> reads, Set<Kind> counted, Body<E> body) {
            this(rule, sort, subjects, reads, counted, body, entity -> entity);
        }

        /**
         * The same, but of a node that it reads it looks at a part only: while the part and the kind stay the same, the verdict
         * does. What the check reaches over the node belongs to the part.
         */
        Each<E> lookingAt(Function<Node, Object> partOfNode) {
            return new Each<>(
                    rule,
                    sort,
                    subjects,
                    reads,
                    counted,
                    body,
                    entity -> entity instanceof Node node ? partOfNode.apply(node) : entity);
        }

        /** Whether a thing that is read looks the same before and after a change. */
        boolean looksTheSame(Entity before, Entity after) {
            return before.kind() == after.kind() && part.apply(before).equals(part.apply(after));
        }

        void run(Model model, Entity subject, Findings out) {
            if (sort.isInstance(subject)) {
                body.check(model, sort.cast(subject), out);
            }
        }
    }

    /** A verdict on whether the references of an entity lead anywhere; depends on their being there, not on what they are. */
    record References(Rule rule, Body<Entity> body) implements Check {}

    /**
     * A verdict on a claim that more than one makes. It may depend on the claimants, and on things of the kinds {@code reads}
     * that they refer to themselves.
     */
    record Shared<C extends Claim>(Rule rule, Class<C> sort, Set<Kind> reads, ClaimBody<C> body) implements Check {
        Shared(Rule rule, Class<C> sort, ClaimBody<C> body) {
            this(rule, sort, kinds(), body);
        }

        void run(Model model, Claim claim, Findings out) {
            body.check(model, sort.cast(claim), out);
        }
    }

    /** Looks at one claim. */
    @FunctionalInterface
    interface ClaimBody<C extends Claim> {
        void check(Model model, C claim, Findings out);
    }

    /** A verdict on the site; depends on all things of some kinds, and must answer from sums and from nodes. */
    record Site(Rule rule, Set<Kind> kinds, SiteBody body) implements Check {}

    /** Looks at the site. */
    @FunctionalInterface
    interface SiteBody {
        void check(Model model, Findings out);
    }

    static Set<Kind> kinds(Kind... kinds) {
        Set<Kind> set = EnumSet.noneOf(Kind.class);
        set.addAll(Set.of(kinds));
        return set;
    }
}
