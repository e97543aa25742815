package io.diskless.cluster.plan.proof;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Step;
import io.diskless.cluster.rules.Checked;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Walks through the states of a plan, level by level: as many steps done, then one more. Not thread-safe; used once. */
final class Exploration {
    /** A set of steps that are done, with one of the ways to it and the number of all. */
    private static final class Place {
        final BitSet done;
        final @Nullable Place from;
        final int via;
        // Only two levels are held; what is behind serves to tell the way.
        @Nullable
        Checked state;

        BigInteger ways;

        Place(BitSet done, @Nullable Place from, int via, Checked state, BigInteger ways) {
            this.done = done;
            this.from = from;
            this.via = via;
            this.state = state;
            this.ways = ways;
        }

        List<Integer> way() {
            List<Integer> steps = new ArrayList<>();
            for (Place at = this; at != null && at.from != null; at = at.from) {
                steps.add(at.via);
            }
            Collections.reverse(steps);
            return steps;
        }
    }

    private final Plan plan;
    private final ProofOptions options;
    private final Judge judge;
    private final int size;
    private long states;
    private @Nullable CounterExample found;

    Exploration(Plan plan, ProofOptions options, Judge judge) {
        this.plan = plan;
        this.options = options;
        this.judge = judge;
        this.size = plan.steps().size();
    }

    Proof run(Checked base) {
        Place begin = new Place(new BitSet(), null, 0, base, BigInteger.ONE);
        meet(begin);
        Map<BitSet, Place> level = Map.of(begin.done, begin);
        for (int done = 0; done < size && found == null; done++) {
            level = next(level.values());
            if (states > options.states() && found == null) {
                return draw(base);
            }
        }
        BigInteger orders = level.values().stream().map(place -> place.ways).reduce(BigInteger.ZERO, BigInteger::add);
        return verdict(true, orders);
    }

    private Proof verdict(boolean exhaustive, BigInteger orders) {
        // A way that goes wrong was found before all were looked at.
        CounterExample example = found;
        Coverage coverage = new Coverage(
                exhaustive && example == null, states, example == null ? orders : BigInteger.ONE, judge.failures());
        return example == null ? judge.proved(coverage) : new Proof.Refuted(coverage, example);
    }

    private List<Step> enabled(BitSet done) {
        List<Step> steps = new ArrayList<>();
        for (Step step : plan.steps()) {
            if (!done.get(step.number()) && step.after().stream().allMatch(done::get)) {
                steps.add(step);
            }
        }
        return steps;
    }

    private Map<BitSet, Place> next(Collection<Place> level) {
        Map<BitSet, Place> next = new LinkedHashMap<>();
        for (Place place : level) {
            for (Step step : enabled(place.done)) {
                Optional<Model> after = take(place, step);
                if (after.isEmpty()) {
                    return next;
                }
                arrive(place, step, after.get(), next);
                if (found != null || states > options.states()) {
                    return next;
                }
            }
            place.state = null;
        }
        return next;
    }

    /** Does a step and takes it back; empty if either goes wrong. */
    private Optional<Model> take(Place place, Step step) {
        Model before = java.util.Objects.requireNonNull(place.state, "held while its level is walked")
                .model();
        List<String> obstacles = step.obstacles(before);
        if (!obstacles.isEmpty()) {
            List<String> told = new ArrayList<>();
            obstacles.forEach(what -> told.add("step " + step + " may be next and cannot begin: " + what));
            found = judge.stuck(place.way(), before, told);
            return Optional.empty();
        }
        Model after = step.applyTo(before);
        judge.stepFails();
        if (!Prover.isUndone(step, before, after)) {
            List<String> told = List.of("step " + step + " done and taken back does not give the state before");
            found = judge.failed(place.way(), new Failure.StepFailed(step.number(), true), after, told);
            return Optional.empty();
        }
        return Optional.of(after);
    }

    private void arrive(Place from, Step step, Model after, Map<BitSet, Place> level) {
        BitSet done = (BitSet) from.done.clone();
        done.set(step.number());
        Place there = level.get(done);
        if (there == null) {
            Checked state = java.util.Objects.requireNonNull(from.state, "held while its level is walked")
                    .update(after);
            Place place = new Place(done, from, step.number(), state, from.ways);
            level.put(done, place);
            meet(place);
            return;
        }
        there.ways = there.ways.add(from.ways);
        if (there.state != null && !there.state.model().equals(after)) {
            List<Integer> way = new ArrayList<>(from.way());
            way.add(step.number());
            found = judge.stuck(
                    way,
                    after,
                    List.of("another order of these steps, " + there.way() + ", leads to another state: "
                            + there.state.model().diff(after)));
        }
    }

    private void meet(Place place) {
        states++;
        Checked state = java.util.Objects.requireNonNull(place.state, "just reached");
        judge.judge(state, place.way(), place.done.cardinality() == size && size > 0)
                .ifPresent(example -> found = example);
    }

    /** Orders by chance, for plans with more states than anybody counts. */
    private Proof draw(Checked base) {
        Random random = new Random(options.seed());
        Set<List<Integer>> orders = new HashSet<>();
        for (int i = 0; i < options.samples() && found == null; i++) {
            Place place = new Place(new BitSet(), null, 0, base, BigInteger.ONE);
            while (place.done.cardinality() < size && found == null) {
                List<Step> enabled = enabled(place.done);
                Step step = enabled.get(random.nextInt(enabled.size()));
                Optional<Model> after = take(place, step);
                if (after.isPresent()) {
                    Map<BitSet, Place> level = new LinkedHashMap<>();
                    arrive(place, step, after.get(), level);
                    place = level.values().iterator().next();
                }
            }
            orders.add(place.way());
        }
        return verdict(false, BigInteger.valueOf(orders.size()));
    }
}
