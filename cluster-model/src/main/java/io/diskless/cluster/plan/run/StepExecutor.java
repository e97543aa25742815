package io.diskless.cluster.plan.run;

import java.util.concurrent.CompletionStage;

/**
 * Does steps on real machines, or pretends to. An implementation keeps the keys of what it did for longer than any plan takes,
 * so that whoever starts again after a crash can ask for everything again; and it keeps the highest token that it has seen,
 * and answers {@link Outcome.Stale} to every lower one. Implementations are thread-safe.
 */
public interface StepExecutor {
    /**
     * Does a step, unless it was done under this key.
     *
     * @param order what is to be done
     * @return completes with the outcome; completed with an exception it counts as failed without certainty
     */
    CompletionStage<Outcome> execute(Order order);

    /**
     * Takes a step back, whether it was done, begun or not. After that the key counts as not done.
     *
     * @param order what is to be taken back; its step is reversible
     * @return completes with the outcome; completed with an exception it counts as failed without certainty
     */
    CompletionStage<Outcome> undo(Order order);
}
