package io.diskless.cluster.plan.proof;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.rules.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A way of carrying out a plan that goes wrong; of those of its kind none is shorter. Immutable.
 *
 * @param plan which plan
 * @param order the steps that are done, in this order; the last one leads to what is wrong
 * @param failure what fails then; empty if nothing needs to
 * @param state the site as it is then
 * @param findings the rules that it breaks; empty if it is stuck
 * @param obstacles why it is stuck; empty if a rule is broken
 */
public record CounterExample(
        Plan plan,
        List<Integer> order,
        Optional<Failure> failure,
        Model state,
        List<Finding> findings,
        List<String> obstacles) {
    /** Copies the lists. */
    public CounterExample {
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(failure, "failure");
        Objects.requireNonNull(state, "state");
        order = List.copyOf(order);
        findings = List.copyOf(findings);
        obstacles = List.copyOf(obstacles);
    }

    /** {@return everything that is wrong, one line each} */
    public List<String> wrong() {
        List<String> lines = new ArrayList<>(obstacles);
        findings.forEach(finding -> lines.add(finding.toString()));
        return lines;
    }

    /** {@return the way as a Mermaid flow chart that ends with what is wrong} */
    public String toMermaid() {
        StringBuilder text = new StringBuilder("flowchart LR\n");
        String last = "begin";
        text.append("  begin((begin))\n");
        for (int number : order) {
            String name = "s" + number;
            text.append("  ")
                    .append(last)
                    .append(" --> ")
                    .append(name)
                    .append("[\"")
                    .append(plan.step(number))
                    .append("\"]\n");
            last = name;
        }
        if (failure.isPresent()) {
            text.append("  ")
                    .append(last)
                    .append(" --> failure{{\"")
                    .append(failure.get())
                    .append("\"}}\n");
            last = "failure";
        }
        text.append("  ")
                .append(last)
                .append(" --> wrong[\"")
                .append(String.join("<br>", wrong()).replace('"', '\''))
                .append("\"]\n");
        return text.append("  style wrong fill:#fdd,stroke:#c00\n").toString();
    }

    /** {@return the way for people, one line for each step} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int number : order) {
            text.append("  ").append(plan.step(number)).append('\n');
        }
        failure.ifPresent(what -> text.append("  then ").append(what).append('\n'));
        wrong().forEach(line -> text.append("  ! ").append(line).append('\n'));
        return text.toString();
    }
}
