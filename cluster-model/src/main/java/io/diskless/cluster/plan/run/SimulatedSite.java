package io.diskless.cluster.plan.run;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.plan.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * A site that is a model: steps take virtual time, half to one and a half of their estimate, and go wrong as the seed wants.
 * Time passes when {@link #advance} is called. Thread-safe; calls wait for each other, and no lock is held while somebody is
 * told.
 */
public final class SimulatedSite implements StepExecutor {
    private enum Fate {
        GOOD,
        FAILS,
        LOST
    }

    private record Event(Duration at, long number, Order order, boolean undo, CompletableFuture<Outcome> told) {}

    private final SimulationOptions options;
    private final Random random;
    private final Consumer<? super Model> states;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparing(Event::at).thenComparing(Event::number));
    private final Set<String> keys = new HashSet<>();
    private final List<String> journal = new ArrayList<>();
    private Model model;
    private Duration now = Duration.ZERO;
    private long newest = Long.MIN_VALUE;
    private long asked;

    /**
     * A site at time zero.
     *
     * @param base as it is
     * @param options what goes wrong
     * @param states sees each state after a step that changed it
     */
    public SimulatedSite(Model base, SimulationOptions options, Consumer<? super Model> states) {
        this.model = base;
        this.options = options;
        this.random = new Random(options.seed());
        this.states = states;
    }

    /** {@return the site as it is now} */
    public synchronized Model model() {
        return model;
    }

    /** {@return how much time has passed} */
    public synchronized Duration now() {
        return now;
    }

    /** {@return what was done and taken back, in that order} */
    public synchronized List<String> journal() {
        return List.copyOf(journal);
    }

    /**
     * Somebody else comes with a token: lower ones are refused from now on.
     *
     * @param token the token
     */
    public synchronized void fence(long token) {
        newest = Math.max(newest, token);
    }

    @Override
    public CompletionStage<Outcome> execute(Order order) {
        return accept(order, false);
    }

    @Override
    public CompletionStage<Outcome> undo(Order order) {
        return accept(order, true);
    }

    private synchronized CompletionStage<Outcome> accept(Order order, boolean undo) {
        double share = 0.5 + random.nextDouble();
        Duration takes = Duration.ofNanos((long) (order.step().estimate().toNanos() * share));
        CompletableFuture<Outcome> told = new CompletableFuture<>();
        events.add(new Event(now.plus(takes), asked++, order, undo, told));
        return told;
    }

    /**
     * Lets time pass until the next thing happens.
     *
     * @return whether something did; else nothing is under way
     */
    public boolean advance() {
        Event event;
        Outcome outcome;
        Model before;
        Model after;
        synchronized (this) {
            event = events.poll();
            if (event == null) {
                return false;
            }
            now = event.at();
            before = model;
            outcome = happen(event);
            after = model;
        }
        if (!before.equals(after)) {
            states.accept(after);
        }
        event.told().complete(outcome);
        return true;
    }

    /** Lets time pass until nothing is under way. */
    public void advanceToEnd() {
        while (advance()) {
            // Each outcome may have brought new orders.
        }
    }

    /** Whoever asked is gone: what is under way ends as it may, and nobody is told. */
    public synchronized void forgetCallers() {
        List<Event> left = new ArrayList<>(events);
        events.clear();
        left.forEach(event -> events.add(
                new Event(event.at(), event.number(), event.order(), event.undo(), new CompletableFuture<>())));
    }

    private Outcome happen(Event event) {
        Order order = event.order();
        if (order.token() < newest) {
            return new Outcome.Stale(newest);
        }
        newest = order.token();
        Fate fate = fate();
        if (fate == Fate.FAILS) {
            return new Outcome.Failed("it was meant to fail", true);
        }
        Outcome done = event.undo() ? back(order) : forth(order);
        return fate == Fate.LOST ? new Outcome.Failed("the answer was lost", false) : done;
    }

    private Fate fate() {
        int drawn = random.nextInt(1000);
        if (drawn < options.failsPermille()) {
            return Fate.FAILS;
        }
        return drawn < options.failsPermille() + options.lostPermille() ? Fate.LOST : Fate.GOOD;
    }

    private Outcome forth(Order order) {
        if (keys.contains(order.key())) {
            return new Outcome.Done(true);
        }
        Step step = order.step();
        List<String> obstacles = step.obstacles(model);
        if (!obstacles.isEmpty()) {
            return new Outcome.Failed(String.join(", ", obstacles), true);
        }
        model = step.applyTo(model);
        keys.add(order.key());
        journal.add(step.toString());
        return new Outcome.Done(false);
    }

    private Outcome back(Order order) {
        if (!keys.remove(order.key())) {
            return new Outcome.Done(true);
        }
        model = order.step().undo(model);
        journal.add(order.step() + ", taken back");
        return new Outcome.Done(false);
    }
}
