package io.diskless.cluster.plan.run;

import io.diskless.cluster.plan.Plan;
import java.util.concurrent.CompletionStage;

/**
 * Carries out a plan: whatever may be next is asked for, several things at once. A step that fails is asked for again under
 * its key; if it fails for good nothing new begins, what is under way ends, what was lent is given back, and what can be taken
 * back is, the last first. Every state on the way is one that {@link io.diskless.cluster.plan.proof.Prover} looks at.
 *
 * <p>To resume after a crash, run the same plan again: what was done under its key is not done twice. Thread-safe.
 */
public final class PlanRunner {
    private PlanRunner() {}

    /**
     * Carries out a plan.
     *
     * @param plan which
     * @param executor who does the steps; called with no lock held, by the thread that brought the last outcome
     * @param options how many at once, and how often again
     * @return completes with how it ended, never with an exception
     */
    public static CompletionStage<RunReport> run(Plan plan, StepExecutor executor, RunOptions options) {
        Run run = new Run(plan, executor, options);
        run.start();
        return run.report();
    }
}
