package io.diskless.cluster.plan.proof;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.rules.Checked;
import io.diskless.cluster.rules.Finding;
import io.diskless.cluster.rules.Rule;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Tells findings that count from those that stood before or that a plan cannot avoid. Not thread-safe. */
final class Judge {
    /** Figures in a message change with the state; what is wrong where does not. */
    private record Key(Rule rule, List<EntityId> path) {
        static Key of(Finding finding) {
            return new Key(finding.rule(), finding.path());
        }
    }

    private final Plan plan;
    private final Leases leases;
    private final Losses losses;
    private final Consumer<? super Model> states;
    private final List<Finding> before;
    private final Set<Key> stood;
    private final Set<Key> known;
    private final Set<Finding> accepted = new LinkedHashSet<>();
    private final Set<Finding> warnings = new LinkedHashSet<>();
    private long failures;

    Judge(Checked base, Plan plan, Consumer<? super Model> states) {
        this.plan = plan;
        this.leases = new Leases(plan);
        this.losses = new Losses(plan, leases);
        this.states = states;
        this.before = base.findings().stream().filter(Finding::isError).toList();
        this.stood = before.stream().map(Key::of).collect(Collectors.toSet());
        this.known = base.findings().stream().map(Key::of).collect(Collectors.toSet());
    }

    /** What is wrong with a state. */
    private List<Finding> wrong(Checked state) {
        List<Finding> found = new ArrayList<>();
        for (Finding finding : state.findings()) {
            Key key = Key.of(finding);
            if (!finding.isError()) {
                if (known.add(key)) {
                    warnings.add(finding);
                }
            } else if (!stood.contains(key)) {
                if (plan.allowances().stream().anyMatch(allowance -> allowance.covers(finding))) {
                    accepted.add(finding);
                } else {
                    found.add(finding);
                }
            }
        }
        return found;
    }

    /** Looks at a state that a way leads to; what is wrong with it, if anything. */
    Optional<CounterExample> judge(Checked state, List<Integer> way, boolean last) {
        states.accept(state.model());
        List<Finding> wrong = wrong(state);
        if (!wrong.isEmpty()) {
            return Optional.of(example(way, Optional.empty(), state.model(), wrong, List.of()));
        }
        Optional<CounterExample> lost = loseEach(state, way);
        if (lost.isPresent() || !leases.stand(state.model())) {
            return lost;
        }
        if (last) {
            return Optional.of(
                    stuck(way, state.model(), List.of("the plan ends and its lease for two writers stands")));
        }
        failures++;
        Model ended = leases.ended(state.model());
        List<Finding> then = wrong(state.update(ended));
        return then.isEmpty()
                ? Optional.empty()
                : Optional.of(example(way, Optional.of(new Failure.LeaseEnded(plan.token())), ended, then, List.of()));
    }

    /** Each machine that the plan names is lost just then. */
    private Optional<CounterExample> loseEach(Checked state, List<Integer> way) {
        for (NodeId node : losses.candidates(state.model())) {
            failures++;
            Checked lost = state.update(losses.lost(state.model(), node));
            Checked rescued = lost.update(losses.rescued(lost.model(), node));
            for (Checked then : List.of(lost, rescued)) {
                List<Finding> broken = then.findings().stream()
                        .filter(finding -> finding.isError()
                                && Losses.RULES.contains(finding.rule())
                                && !stood.contains(Key.of(finding)))
                        .toList();
                if (!broken.isEmpty()) {
                    return Optional.of(
                            example(way, Optional.of(new Failure.NodeLost(node)), then.model(), broken, List.of()));
                }
            }
        }
        return Optional.empty();
    }

    CounterExample stuck(List<Integer> way, Model state, List<String> obstacles) {
        return example(way, Optional.empty(), state, List.of(), obstacles);
    }

    CounterExample failed(List<Integer> way, Failure failure, Model state, List<String> obstacles) {
        return example(way, Optional.of(failure), state, List.of(), obstacles);
    }

    private CounterExample example(
            List<Integer> way, Optional<Failure> failure, Model state, List<Finding> findings, List<String> obstacles) {
        return new CounterExample(plan, way, failure, state, findings, obstacles);
    }

    void stepFails() {
        failures += 2;
    }

    long failures() {
        return failures;
    }

    Proof.Proved proved(Coverage coverage) {
        return new Proof.Proved(coverage, before, List.copyOf(accepted), List.copyOf(warnings));
    }
}
