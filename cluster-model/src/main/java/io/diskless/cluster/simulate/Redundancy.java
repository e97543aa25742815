package io.diskless.cluster.simulate;

import java.time.Duration;

/**
 * How the guests that ran at the begin were off at one moment. Immutable.
 *
 * @param at when, from the begin
 * @param safe how many run and would not notice the loss of any one StorageNode
 * @param withoutSpare how many run and would stand still after the loss of one StorageNode
 * @param standing how many stand still: no path to a writable copy is complete
 * @param down how many do not run
 */
public record Redundancy(Duration at, int safe, int withoutSpare, int standing, int down) {
    /**
     * Whether another moment is worse: more guests that do not work, or as many and more without a spare.
     *
     * @param other the other moment
     * @return whether that one is worse than this
     */
    boolean isBetterThan(Redundancy other) {
        int ours = standing + down;
        int theirs = other.standing + other.down;
        return ours < theirs || (ours == theirs && withoutSpare < other.withoutSpare);
    }
}
