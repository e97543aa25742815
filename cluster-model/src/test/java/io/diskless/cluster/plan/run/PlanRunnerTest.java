package io.diskless.cluster.plan.run;

import static io.diskless.cluster.plan.SamplePlans.H1;
import static io.diskless.cluster.plan.SamplePlans.H2;
import static io.diskless.cluster.plan.SamplePlans.POLICY;
import static io.diskless.cluster.plan.SamplePlans.WEB1;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Planner;
import io.diskless.cluster.plan.SamplePlans;
import io.diskless.cluster.plan.Verb;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Carrying out a plan. */
class PlanRunnerTest {
    private static Plan plan(Operation... operations) {
        return Planner.plan(Cluster.of(SamplePlans.site()), List.of(operations), POLICY)
                .orElseThrow();
    }

    /** Refuses what it is told to, and leaves the rest to a site. */
    private record Refusing(SimulatedSite site, Verb verb, String about, List<String> asked) implements StepExecutor {
        @Override
        public CompletionStage<Outcome> execute(Order order) {
            asked.add(order.step().toString());
            boolean refused =
                    order.step().verb() == verb && order.step().title().contains(about);
            return refused ? CompletableFuture.completedFuture(new Outcome.Failed("no", true)) : site.execute(order);
        }

        @Override
        public CompletionStage<Outcome> undo(Order order) {
            asked.add(order.step() + " back");
            return site.undo(order);
        }
    }

    private static SimulatedSite site(Plan plan) {
        return new SimulatedSite(plan.base(), SimulationOptions.faultless(1), state -> {});
    }

    @Test
    void aMigrationThatFailsReturnsToOneWriter() {
        Plan plan = plan(new GuestOperation.LiveMigrate(WEB1, H2));
        SimulatedSite site = site(plan);
        List<String> asked = new ArrayList<>();
        CompletableFuture<RunReport> run = PlanRunner.run(
                        plan, new Refusing(site, Verb.SWITCH_OVER, "web1", asked), new RunOptions(4, 1))
                .toCompletableFuture();
        site.advanceToEnd();
        assertThat(run.join().end()).isEqualTo(RunReport.End.TAKEN_BACK);
        assertThat(run.join().failures()).hasSize(2);
        assertThat(asked)
                .containsExactly(
                        "1 lease two writers layer/web1-r",
                        "2 migrate instance/web1 node/h1 node/h2",
                        "3 switch over instance/web1 node/h1 node/h2",
                        "3 switch over instance/web1 node/h1 node/h2",
                        "2 migrate instance/web1 node/h1 node/h2 back",
                        "1 lease two writers layer/web1-r back");
        assertThat(site.model()).isEqualTo(plan.base());
        assertThat(site.now()).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(30));
    }

    /** Answers when and what the test says. */
    private static final class Answering implements StepExecutor {
        private final Map<String, CompletableFuture<Outcome>> asked = new LinkedHashMap<>();

        @Override
        public CompletionStage<Outcome> execute(Order order) {
            return asked.computeIfAbsent(order.step().toString(), name -> new CompletableFuture<>());
        }

        @Override
        public CompletionStage<Outcome> undo(Order order) {
            return asked.computeIfAbsent(order.step() + " back", name -> new CompletableFuture<>());
        }

        void done(String... names) {
            for (String name : names) {
                asked.get(name).complete(new Outcome.Done(false));
            }
        }
    }

    @Test
    void whatWasLentIsGivenBackThoughSomethingElseFailed() {
        Plan plan = plan(new NodeOperation.DrainHardwareNode(H1, Map.of()));
        Answering site = new Answering();
        CompletableFuture<RunReport> run =
                PlanRunner.run(plan, site, new RunOptions(4, 0)).toCompletableFuture();
        site.done(
                "1 record node/h1",
                "2 lease two writers layer/web1-r",
                "6 lease two writers layer/web2-r",
                "3 migrate instance/web1 node/h1 node/h2");
        site.asked.get("7 migrate instance/web2 node/h1 node/h2").complete(new Outcome.Failed("no", true));
        // web1 is there, and its lease is still owed; nothing else begins.
        site.done("4 switch over instance/web1 node/h1 node/h2", "5 end lease layer/web1-r");
        assertThat(site.asked).hasSize(8).containsKey("6 lease two writers layer/web2-r back");
        site.done("6 lease two writers layer/web2-r back");
        assertThat(run.join().end()).isEqualTo(RunReport.End.HALTED);
        assertThat(run.join().done()).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void aStaleTokenEndsTheRunAndTakesNothingBack() {
        Plan plan = plan(new GuestOperation.LiveMigrate(WEB1, H2));
        SimulatedSite site = site(plan);
        CompletableFuture<RunReport> run =
                PlanRunner.run(plan, site, RunOptions.standard()).toCompletableFuture();
        site.advance();
        Model then = site.model();
        site.fence(POLICY.token() + 1);
        site.advanceToEnd();
        assertThat(run.join().end()).isEqualTo(RunReport.End.STALE);
        assertThat(run.join().done()).containsExactly(1);
        assertThat(run.join().failures()).singleElement().asString().contains("token 7 is stale, 8 was seen");
        assertThat(site.model()).isEqualTo(then);
    }

    @Test
    void aLostAnswerIsAskedForAgainAndDoneOnce() {
        Plan plan = plan(new Operation.StopInstance(WEB1));
        SimulatedSite site = new SimulatedSite(plan.base(), new SimulationOptions(0, 1000, 1), state -> {});
        CompletableFuture<RunReport> run =
                PlanRunner.run(plan, site, new RunOptions(1, 2)).toCompletableFuture();
        site.advanceToEnd();
        // Every answer is lost, so nobody knows how it stands; it was done once and taken back once.
        assertThat(run.join().end()).isEqualTo(RunReport.End.HALTED);
        assertThat(site.journal())
                .containsExactly("1 stop instance/web1 node/h1", "1 stop instance/web1 node/h1, taken back");
    }

    @Test
    void anExecutorThatThrowsHasFailed() {
        Plan plan = plan(new Operation.StopInstance(WEB1));
        StepExecutor broken = new StepExecutor() {
            @Override
            public CompletionStage<Outcome> execute(Order order) {
                throw new IllegalStateException("no connection");
            }

            @Override
            public CompletionStage<Outcome> undo(Order order) {
                return CompletableFuture.completedFuture(new Outcome.Done(true));
            }
        };
        RunReport report = PlanRunner.run(plan, broken, new RunOptions(1, 0))
                .toCompletableFuture()
                .join();
        assertThat(report.end()).isEqualTo(RunReport.End.TAKEN_BACK);
        assertThat(report.failures()).containsExactly("step 1 stop instance/web1 node/h1: no connection");
    }

    @Test
    void anEmptyPlanIsDoneAtOnce() {
        Plan plan = plan();
        SimulatedSite site = site(plan);
        RunReport report = PlanRunner.run(plan, site, RunOptions.standard())
                .toCompletableFuture()
                .join();
        assertThat(report.end()).isEqualTo(RunReport.End.DONE);
        assertThat(site.advance()).isFalse();
    }
}
