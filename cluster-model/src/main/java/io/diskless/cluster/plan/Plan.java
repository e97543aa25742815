package io.diskless.cluster.plan;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.operation.Operation;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What is to be done, in which order: step n may begin when all of its {@link Step#after()} are done. Immutable.
 *
 * @param base the site as it is before
 * @param operations what was asked for
 * @param steps what is done, numbered from 1
 * @param allowances errors on the way that cannot be avoided
 * @param token fencing token of the lease under which the plan was made
 * @param revision of the site for which it was made
 */
public record Plan(
        Model base,
        List<Operation> operations,
        List<Step> steps,
        List<Allowance> allowances,
        long token,
        long revision) {
    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if the steps are not numbered 1, 2, 3 and so on
     */
    public Plan {
        Objects.requireNonNull(base, "base");
        operations = List.copyOf(operations);
        steps = List.copyOf(steps);
        allowances = List.copyOf(allowances);
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i).number() != i + 1) {
                throw new IllegalArgumentException(
                        "step " + (i + 1) + " has number " + steps.get(i).number());
            }
        }
    }

    /** {@return whether there is nothing to do} */
    public boolean isEmpty() {
        return steps.isEmpty();
    }

    /**
     * A step.
     *
     * @param number 1 or more
     * @return the step
     */
    public Step step(int number) {
        return steps.get(number - 1);
    }

    /**
     * What a step is called for ever: whoever is asked twice to do what has one key does it once. Plans of different tokens
     * or revisions have different keys.
     *
     * @param step one of this plan
     * @return such as {@code 7-130-5d3c1f02-4}: token, revision, content of the plan, number
     */
    public String key(Step step) {
        return String.format(Locale.ROOT, "%d-%d-%08x-%d", token, revision, content(), step.number());
    }

    /** Made of texts, for hash codes of enums are not the same in two JVMs. */
    private int content() {
        int hash = 1;
        for (Step step : steps) {
            hash = hash * 31 + step.title().hashCode();
            for (Edit edit : step.edits()) {
                hash = hash * 31 + edit.toString().hashCode();
            }
        }
        return hash;
    }

    /** {@return the site as it is after all steps} */
    public Model end() {
        Model now = base;
        for (Step step : steps) {
            now = step.applyTo(now);
        }
        return now;
    }

    /** {@return what each guest notices of it all; a guest that is not there notices nothing} */
    public Map<InstanceId, Impact> impacts() {
        Map<InstanceId, Impact> all = new TreeMap<>();
        for (Step step : steps) {
            step.impacts().forEach((guest, impact) -> all.merge(guest, impact, Impact::and));
        }
        return all;
    }

    /** {@return how long it takes if everything that can be done at once is done at once} */
    public Duration estimate() {
        Duration[] ends = new Duration[steps.size() + 1];
        Duration longest = Duration.ZERO;
        for (Step step : steps) {
            Duration begin = Duration.ZERO;
            for (int before : step.after()) {
                begin = begin.compareTo(ends[before]) < 0 ? ends[before] : begin;
            }
            ends[step.number()] = begin.plus(step.estimate());
            longest = longest.compareTo(ends[step.number()]) < 0 ? ends[step.number()] : longest;
        }
        return longest;
    }

    /** {@return the plan as a Mermaid flow chart; steps that cannot be taken back are hexagons} */
    public String toMermaid() {
        StringBuilder text = new StringBuilder("flowchart TD\n");
        for (Step step : steps) {
            String label = '"' + step.toString() + '"';
            text.append("  s")
                    .append(step.number())
                    .append(step.isReversible() ? "[" + label + "]" : "{{" + label + "}}")
                    .append('\n');
            for (int before : step.after()) {
                text.append("  s")
                        .append(before)
                        .append(" --> s")
                        .append(step.number())
                        .append('\n');
            }
        }
        return text.toString();
    }

    /** {@return the plan for people, one line for each step} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Step step : steps) {
            text.append(step);
            if (!step.after().isEmpty()) {
                text.append(", after ").append(step.after());
            }
            step.noReturn()
                    .ifPresent(why -> text.append(" (no return: ").append(why).append(')'));
            text.append('\n');
        }
        return text.toString();
    }
}
