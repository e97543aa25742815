package io.diskless.cluster.plan.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.SamplePlans;
import io.diskless.cluster.plan.proof.Proof;
import io.diskless.cluster.plan.proof.ProofOptions;
import io.diskless.cluster.plan.proof.Prover;
import io.diskless.cluster.rules.Checked;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Whatever order and whatever failures a run takes, it stays within what the proof looked at. */
class PlanRunProperties {
    private record Proved(Plan plan, Set<Model> states) {}

    private static final Map<String, Proved> PLANS = new LinkedHashMap<>();

    static {
        SamplePlans.all().forEach((name, sample) -> {
            Plan plan = sample.plan().orElseThrow();
            Set<Model> states = new HashSet<>();
            Proof proof = Prover.prove(Checked.of(plan.base()), plan, ProofOptions.standard(), states::add);
            if (!proof.isProved() || !proof.coverage().exhaustive()) {
                throw new IllegalStateException(name + ": " + proof);
            }
            PLANS.put(name, new Proved(plan, states));
        });
    }

    private static Proved plan(int index) {
        return new ArrayList<>(PLANS.values()).get(index % PLANS.size());
    }

    private static RunReport report(CompletableFuture<RunReport> run) {
        assertThat(run).isCompleted();
        return run.join();
    }

    @Property(tries = 400)
    void everyStateOfARunIsOneOfTheProof(
            @ForAll long seed,
            @ForAll @IntRange(max = 1000) int index,
            @ForAll @IntRange(min = 1, max = 4) int parallel) {
        Proved proved = plan(index);
        Plan plan = proved.plan();
        List<Model> seen = new ArrayList<>();
        SimulatedSite site = new SimulatedSite(plan.base(), new SimulationOptions(150, 150, seed), seen::add);
        CompletableFuture<RunReport> run =
                PlanRunner.run(plan, site, new RunOptions(parallel, 1)).toCompletableFuture();
        site.advanceToEnd();
        assertThat(proved.states()).containsAll(seen);
        RunReport report = report(run);
        Model end = site.model();
        switch (report.end()) {
            case DONE -> assertThat(end).isEqualTo(plan.end());
            case TAKEN_BACK -> assertThat(end).isEqualTo(plan.base());
            case HALTED -> assertThat(report.failures()).isNotEmpty();
            case STALE -> throw new AssertionError("nobody else had a token");
        }
        if (report.end() != RunReport.End.HALTED) {
            return;
        }
        // What is left standing is what the report says, where it is known.
        Model told = plan.base();
        for (int number : report.done()) {
            told = plan.step(number).applyTo(told);
        }
        assertThat(proved.states()).contains(told);
    }

    @Property(tries = 150)
    void whoeverStartsAgainAfterACrashEndsWhereThePlanLeads(
            @ForAll long seed, @ForAll @IntRange(max = 1000) int index, @ForAll @IntRange(max = 30) int crash) {
        Proved proved = plan(index);
        Plan plan = proved.plan();
        List<Model> seen = new ArrayList<>();
        SimulatedSite site = new SimulatedSite(plan.base(), SimulationOptions.faultless(seed), seen::add);
        PlanRunner.run(plan, site, RunOptions.standard());
        for (int i = 0; i < crash; i++) {
            site.advance();
        }
        site.forgetCallers();
        CompletableFuture<RunReport> again =
                PlanRunner.run(plan, site, RunOptions.standard()).toCompletableFuture();
        site.advanceToEnd();
        assertThat(report(again).end()).isEqualTo(RunReport.End.DONE);
        assertThat(site.model()).isEqualTo(plan.end());
        assertThat(proved.states()).containsAll(seen);
        // Once each, however often it was asked for.
        assertThat(site.journal()).hasSize(plan.steps().size()).doesNotHaveDuplicates();
    }

    @Property(tries = 50)
    void oneSeedIsOneRun(@ForAll long seed, @ForAll @IntRange(max = 1000) int index) {
        Plan plan = plan(index).plan();
        List<List<String>> journals = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            SimulatedSite site = new SimulatedSite(plan.base(), new SimulationOptions(100, 100, seed), state -> {});
            PlanRunner.run(plan, site, RunOptions.standard());
            site.advanceToEnd();
            journals.add(site.journal());
        }
        assertThat(journals.get(0)).isEqualTo(journals.get(1));
    }
}
