package io.diskless.cluster.plan.proof;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Step;
import io.diskless.cluster.rules.Checked;
import java.util.function.Consumer;

/**
 * Says whether a plan keeps every rule on its way, or shows a way that does not.
 *
 * <p>Orders that have done the same steps lead to the same state, which is checked where they meet; so states are looked at,
 * not orders, level by level: a plan of 20 steps in two chains has 121 states and 184 756 orders. In each state and for each
 * step that may be next it is looked at
 *
 * <ul>
 *   <li>whether the step's precondition holds, so that no order gets stuck;
 *   <li>whether every rule holds after it, but for errors that stood before the plan or that the plan says it cannot avoid.
 *       That any StorageNode may be lost in that state is one of the rules;
 *   <li>whether doing it twice is doing it once, and taking it back gives the state before. Therefore whoever takes back a
 *       plan from anywhere, the last step first, passes only through states that were looked at: this is what makes the
 *       failure of any step, with or without effect, harmless;
 *   <li>whether there is one writer of each volume and one machine that answers boot requests if any one machine that the plan
 *       names is lost just then, and also after leases have ended, it was cut off and others took over;
 *   <li>whether there is one writer, and no rule is broken, if the lease for two writers ends just then.
 * </ul>
 *
 * <p>Where there are more states than the bound allows, orders are drawn instead, and the coverage says so. Stateless.
 */
public final class Prover {
    private Prover() {}

    /**
     * Judges a plan.
     *
     * @param plan which
     * @param options how much is looked at
     * @return a proof for what was looked at, or a counter-example
     */
    public static Proof prove(Plan plan, ProofOptions options) {
        return prove(Checked.of(plan.base()), plan, options, state -> {});
    }

    /**
     * Judges a plan for a site that was checked before, and shows every state.
     *
     * @param base the plan's base with its findings
     * @param plan which
     * @param options how much is looked at
     * @param states sees each state once or more, in no order that means anything, the base first
     * @return a proof for what was looked at, or a counter-example
     * @throws IllegalArgumentException if the base is not the plan's
     */
    public static Proof prove(Checked base, Plan plan, ProofOptions options, Consumer<? super Model> states) {
        if (!base.model().equals(plan.base())) {
            throw new IllegalArgumentException("the plan was made for another site");
        }
        Judge judge = new Judge(base, plan, states);
        return new Exploration(plan, options, judge).run(base);
    }

    /** Whether taking back and doing again are what they should be. */
    static boolean isUndone(Step step, Model before, Model after) {
        return step.applyTo(after).equals(after)
                && (!step.isReversible() || step.undo(after).equals(before));
    }
}
