package io.diskless.cluster.plan.proof;

import java.math.BigInteger;
import java.util.Objects;

/**
 * What a verdict on a plan rests on. Immutable.
 *
 * @param exhaustive whether every state that any order can lead to was looked at; else only those of drawn orders and those
 *     that the bound allowed
 * @param states how many different states were looked at
 * @param orders how many orders of the whole plan lead through these states only
 * @param failures how many failures were tried: each step that can be next in each state, once without effect and once with
 *     its answer lost; the loss of each working machine that the plan names, in each state; and the end of a lease in each
 *     state that has one
 */
public record Coverage(boolean exhaustive, long states, BigInteger orders, long failures) {
    /** Insists on a number of orders. */
    public Coverage {
        Objects.requireNonNull(orders, "orders");
    }

    /** {@return such as {@code all 12 orders (9 states), 24 failures}} */
    @Override
    public String toString() {
        return (exhaustive ? "all " + orders + " orders (" : orders + " drawn orders of more (") + states + " states), "
                + failures + " failures";
    }
}
