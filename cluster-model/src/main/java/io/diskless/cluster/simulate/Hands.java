package io.diskless.cluster.simulate;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.Observed;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.placement.Strategy;
import io.diskless.cluster.plan.Impact;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Planner;
import io.diskless.cluster.plan.Planning;
import io.diskless.cluster.plan.Policy;
import io.diskless.cluster.plan.Verb;
import io.diskless.cluster.plan.proof.Proof;
import io.diskless.cluster.plan.proof.ProofOptions;
import io.diskless.cluster.plan.proof.Prover;
import io.diskless.cluster.plan.run.Order;
import io.diskless.cluster.plan.run.Outcome;
import io.diskless.cluster.plan.run.PlanRunner;
import io.diskless.cluster.plan.run.RunOptions;
import io.diskless.cluster.plan.run.RunReport;
import io.diskless.cluster.plan.run.SimulatedSite;
import io.diskless.cluster.plan.run.SimulationOptions;
import io.diskless.cluster.plan.run.StepExecutor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Plans, proves and carries out, as whoever runs the site would, and writes down each step. Not thread-safe. */
final class Hands {
    /** Drawn orders where a plan has more states than are looked at; the drawing is what takes time here. */
    private static final int SAMPLES = 2;

    private final World world;
    private long plans;

    Hands(World world) {
        this.world = world;
    }

    /** Fencing token of the next plan: each is made by a new holder of the lease. */
    long nextToken() {
        return plans + 1;
    }

    /** The site's clock as an instant. */
    Instant instant() {
        return Instant.EPOCH.plus(world.now());
    }

    /** Makes a plan of operations and carries it out, unless there is none or it is refuted; whether all of it is done. */
    boolean carryOut(String title, List<? extends Operation> operations) {
        return carryOut(title, operations, Optional.empty());
    }

    /** The same for copies that were away for so long: all of a machine share its disks, so one is filled after the other. */
    boolean carryOut(String title, List<? extends Operation> operations, Optional<Duration> missed) {
        long token = ++plans;
        Policy policy = Policy.of(token, instant().plus(Duration.ofDays(1))).strategy(Strategy.SPREAD);
        if (missed.isPresent()) {
            double bytes = missed.get().toNanos() / 1e9 * world.physics().writeBytesPerSecond();
            policy = policy.catchingUp((long) bytes, world.physics().diskBytesPerSecond())
                    .lanes(1);
        }
        Planning planning = Planner.plan(new Cluster(world.model(), Observed.nothing(), token), operations, policy);
        if (planning instanceof Planning.Refused refused) {
            world.tell(TimelineEvent.Kind.PLAN, null, title + " is refused: " + String.join("; ", refused.reasons()));
            return false;
        }
        Plan plan = planning.orElseThrow();
        if (plan.isEmpty()) {
            return true;
        }
        Proof proof = Prover.prove(
                world.checked(),
                plan,
                new ProofOptions(
                        world.physics().proofStates(), SAMPLES, world.options().seed()),
                state -> {});
        if (proof instanceof Proof.Refuted refuted) {
            world.tell(
                    TimelineEvent.Kind.PLAN,
                    null,
                    title + " is refuted and not carried out: "
                            + String.join("; ", refuted.example().wrong()));
            return false;
        }
        world.tell(
                TimelineEvent.Kind.PLAN,
                null,
                title + ": " + plan.steps().size() + " steps, "
                        + (proof.coverage().exhaustive() ? "proved for " : "not refuted for ") + proof.coverage());
        RunReport.End end = run(plan, token);
        world.tell(TimelineEvent.Kind.PLAN, null, title + " is " + Words.of(end));
        return end == RunReport.End.DONE;
    }

    private RunReport.End run(Plan plan, long token) {
        SimulationOptions faults = world.options();
        Site site = new Site(new SimulationOptions(
                faults.failsPermille(),
                faults.lostPermille(),
                world.random("plan " + token).nextLong()));
        CompletionStage<RunReport> report = PlanRunner.run(plan, site, RunOptions.standard());
        site.simulated.advanceToEnd();
        world.pass(site.time());
        return report.toCompletableFuture().join().end();
    }

    /** A simulated site whose clock and states are the world's. */
    private final class Site implements StepExecutor {
        private final Duration begin = world.now();
        private final SimulatedSite simulated;

        Site(SimulationOptions options) {
            simulated = new SimulatedSite(world.model(), options, this::changed);
        }

        Duration time() {
            return begin.plus(simulated.now());
        }

        private void changed(Model next) {
            world.pass(time());
            world.become(next);
        }

        @Override
        public CompletionStage<Outcome> execute(Order order) {
            return simulated.execute(order).thenApply(outcome -> told(order, outcome, ""));
        }

        @Override
        public CompletionStage<Outcome> undo(Order order) {
            return simulated.undo(order).thenApply(outcome -> told(order, outcome, ", taken back"));
        }

        private Outcome told(Order order, Outcome outcome, String way) {
            world.pass(time());
            String pauses = Optional.of(order.step().impacts().entrySet().stream()
                            .filter(impact -> impact.getValue().kind() == Impact.Kind.PAUSE)
                            .map(impact -> ", " + impact.getValue() + " for " + impact.getKey())
                            .reduce("", String::concat))
                    .filter(text -> way.isEmpty())
                    .orElse("");
            if (order.step().verb() == Verb.AWAIT_SYNC && outcome instanceof Outcome.Done && way.isEmpty()) {
                List<EntityId> what = order.step().operands();
                world.tell(
                        TimelineEvent.Kind.SYNC,
                        what.get(0),
                        "is good on " + what.get(1).name());
                return outcome;
            }
            String text = outcome instanceof Outcome.Failed failed ? " fails: " + failed.reason() : pauses;
            world.tell(TimelineEvent.Kind.STEP, null, order.step().title() + way + text);
            return outcome;
        }
    }
}
