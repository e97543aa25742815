package io.diskless.cluster.plan.run;

import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One run. Outcomes come from any thread into a queue; whoever finds it empty handles it until it is empty again, so the
 * fields below are used by one thread at a time without a lock. Thread-safe.
 */
final class Run {
    private record Answer(Step step, Outcome outcome) {}

    private enum Phase {
        FORWARD,
        /** Something failed: nothing begins but what is owed. */
        ENDING,
        BACK,
        OVER
    }

    private final Plan plan;
    private final StepExecutor executor;
    private final RunOptions options;
    private final CompletableFuture<RunReport> report = new CompletableFuture<>();
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    private final Set<Integer> done = new TreeSet<>();
    private final Set<Integer> running = new TreeSet<>();
    private final Set<Integer> failed = new TreeSet<>();
    private final Set<Integer> uncertain = new TreeSet<>();
    private final Map<Integer, Integer> tries = new HashMap<>();
    private final List<String> failures = new ArrayList<>();
    private final Deque<Step> back = new ArrayDeque<>();
    private Phase phase = Phase.FORWARD;
    private boolean stale;

    Run(Plan plan, StepExecutor executor, RunOptions options) {
        this.plan = plan;
        this.executor = executor;
        this.options = options;
    }

    CompletionStage<RunReport> report() {
        return report.minimalCompletionStage();
    }

    void start() {
        handle(null);
    }

    private void handle(@Nullable Answer answer) {
        if (answer != null) {
            answers.add(answer);
        }
        if (waiting.getAndIncrement() != 0) {
            return;
        }
        int handled = 1;
        do {
            for (Answer next = answers.poll(); next != null; next = answers.poll()) {
                take(next);
            }
            proceed();
            handled = waiting.addAndGet(-handled);
        } while (handled != 0);
    }

    private void take(Answer answer) {
        int number = answer.step().number();
        running.remove(number);
        if (answer.outcome() instanceof Outcome.Stale newer) {
            failures.add(
                    "step " + answer.step() + ": token " + plan.token() + " is stale, " + newer.newest() + " was seen");
            stale = true;
        } else if (answer.outcome() instanceof Outcome.Failed why) {
            failures.add("step " + answer.step() + (phase == Phase.BACK ? ", taken back: " : ": ") + why.reason());
            if (!why.certain()) {
                uncertain.add(number);
            }
            if (tries.merge(number, 1, Integer::sum) <= options.retries()) {
                if (phase == Phase.BACK) {
                    back.addFirst(answer.step());
                } else {
                    ask(answer.step(), false);
                }
            } else {
                failed.add(number);
                if (phase == Phase.FORWARD) {
                    phase = Phase.ENDING;
                } else if (phase == Phase.BACK) {
                    // What cannot be taken back now stays, and so does all that it stands on.
                    back.clear();
                }
            }
        } else {
            uncertain.remove(number);
            tries.remove(number);
            if (phase == Phase.BACK) {
                done.remove(number);
                failed.remove(number);
            } else {
                done.add(number);
            }
        }
    }

    private void proceed() {
        if (phase == Phase.OVER) {
            return;
        }
        if (stale) {
            if (running.isEmpty()) {
                end(RunReport.End.STALE);
            }
            return;
        }
        if (phase == Phase.FORWARD || phase == Phase.ENDING) {
            for (Step step : plan.steps()) {
                if (running.size() < options.parallel() && mayBegin(step)) {
                    ask(step, false);
                }
            }
        }
        if (!running.isEmpty()) {
            return;
        }
        if (phase == Phase.FORWARD) {
            end(RunReport.End.DONE);
        } else if (phase == Phase.ENDING) {
            phase = Phase.BACK;
            tries.clear();
            turn();
            proceed();
        } else if (back.isEmpty()) {
            end(done.isEmpty() && uncertain.isEmpty() ? RunReport.End.TAKEN_BACK : RunReport.End.HALTED);
        } else {
            ask(back.removeFirst(), true);
        }
    }

    private boolean mayBegin(Step step) {
        int number = step.number();
        boolean next = !done.contains(number)
                && !running.contains(number)
                && !failed.contains(number)
                && done.containsAll(step.after());
        return next && (phase == Phase.FORWARD || isOwed(step));
    }

    private boolean isOwed(Step step) {
        return step.verb().isOwed()
                && step.after().stream().anyMatch(before -> !plan.step(before).isReversible());
    }

    /** What is taken back: all that is done, or may be, but not what cannot be, nor what that stands on. */
    private void turn() {
        Set<Integer> maybe = new TreeSet<>(done);
        maybe.addAll(uncertain);
        Set<Integer> kept = new TreeSet<>();
        for (int number : maybe) {
            if (!plan.step(number).isReversible()) {
                keep(number, kept);
            }
        }
        for (int number : maybe) {
            if (!kept.contains(number)) {
                back.addFirst(plan.step(number));
            }
        }
    }

    private void keep(int number, Set<Integer> kept) {
        if (kept.add(number)) {
            plan.step(number).after().forEach(before -> keep(before, kept));
        }
    }

    private void ask(Step step, boolean undo) {
        running.add(step.number());
        Order order = new Order(plan.key(step), step, plan.token());
        CompletionStage<Outcome> stage;
        try {
            stage = undo ? executor.undo(order) : executor.execute(order);
        } catch (RuntimeException thrown) {
            stage = CompletableFuture.failedStage(thrown);
        }
        stage.whenComplete((outcome, thrown) -> handle(new Answer(
                step, thrown == null ? outcome : new Outcome.Failed(String.valueOf(thrown.getMessage()), false))));
    }

    private void end(RunReport.End end) {
        phase = Phase.OVER;
        report.complete(new RunReport(end, done, failures));
    }
}
