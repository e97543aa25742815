package io.diskless.node;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.plan.Step;
import io.diskless.cluster.plan.Verb;
import io.diskless.cluster.plan.run.Order;
import io.diskless.cluster.plan.run.Outcome;
import io.diskless.cluster.plan.run.StepExecutor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Carries out the steps of plans on the nodes of a site: each step goes to the nodes that have a part in it, and is done when
 * all have done theirs. What no node of this project does (to start a guest, to cut a machine off, to mount a file system) is
 * done by a {@linkplain Builder#handler handler}; without one it fails, and says so.
 *
 * <p>The nodes keep keys and tokens, so that several executors may come after each other: whoever has an older token is
 * refused by each node. Thread-safe.
 */
public final class SiteExecutor implements StepExecutor {
    /** Does steps that are no node's. */
    public interface Handler {
        /**
         * Does a step, or takes it back.
         *
         * @param order key, step and token; what was done under its key must not be done twice
         * @param back whether it is taken back
         * @return completes with the outcome
         */
        CompletionStage<Outcome> handle(Order order, boolean back);
    }

    private final Map<NodeId, NodeAgent> agents;
    private final Map<Verb, Handler> handlers;
    private final Consumer<? super Model> states;
    private final Object lock = new Object();
    private Model model;

    private SiteExecutor(Builder b) {
        agents = new TreeMap<>(b.agents);
        handlers = new EnumMap<>(b.handlers);
        states = b.states;
        model = b.model;
    }

    /**
     * A builder for an executor without nodes.
     *
     * @param model the site as it is
     * @return a builder
     */
    public static Builder builder(Model model) {
        return new Builder(model);
    }

    /** Collects what an executor needs. Not thread-safe. */
    public static final class Builder {
        private final Map<NodeId, NodeAgent> agents = new TreeMap<>();
        private final Map<Verb, Handler> handlers = new EnumMap<>(Verb.class);
        private final Model model;
        private Consumer<? super Model> states = state -> {};

        private Builder(Model model) {
            this.model = Objects.requireNonNull(model, "model");
        }

        /**
         * Adds a node.
         *
         * @param agent a runtime, or what reaches one
         * @return this
         */
        public Builder agent(NodeAgent agent) {
            agents.put(agent.id(), agent);
            return this;
        }

        /**
         * Says who does what no node does, or does it in a node's place.
         *
         * @param handler does it
         * @param verbs what; at least one
         * @return this
         */
        public Builder handler(Handler handler, Verb... verbs) {
            for (Verb verb : verbs) {
                handlers.put(verb, Objects.requireNonNull(handler, "handler"));
            }
            return this;
        }

        /**
         * Who hears of the site after each step.
         *
         * @param value called with the executor's order of steps kept: it must not block or ask for steps
         * @return this
         */
        public Builder states(Consumer<? super Model> value) {
            states = Objects.requireNonNull(value, "value");
            return this;
        }

        /** {@return the executor} */
        public SiteExecutor build() {
            return new SiteExecutor(this);
        }
    }

    /** {@return the site after all that was done so far} */
    public Model model() {
        synchronized (lock) {
            return model;
        }
    }

    @Override
    public CompletionStage<Outcome> execute(Order order) {
        return perform(order, false);
    }

    @Override
    public CompletionStage<Outcome> undo(Order order) {
        return perform(order, true);
    }

    private CompletionStage<Outcome> perform(Order order, boolean back) {
        Step step = order.step();
        Model goal = after(step, model(), back);
        Handler handler = handlers.get(step.verb());
        CompletionStage<Outcome> end;
        if (handler != null) {
            end = handler.handle(order, back).thenCompose(outcome -> told(order, back, goal, outcome));
        } else {
            end = ask(order, back, goal, concerned(step, goal));
        }
        return end.thenApply(outcome -> {
            if (outcome instanceof Outcome.Done) {
                synchronized (lock) {
                    model = after(step, model, back);
                    states.accept(model);
                }
            }
            return outcome;
        });
    }

    private static Model after(Step step, Model now, boolean back) {
        return back ? step.undo(now) : step.applyTo(now);
    }

    /** What a handler changed in the model is told to the nodes, such as that a machine was cut off. */
    private CompletionStage<Outcome> told(Order order, boolean back, Model goal, Outcome outcome) {
        if (!(outcome instanceof Outcome.Done) || order.step().edits().isEmpty()) {
            return CompletableFuture.completedFuture(outcome);
        }
        List<EntityId> changed = List.copyOf(order.step().locks());
        NodeOrder news = new NodeOrder(order.key() + "-news", order.token(), Verb.RECORD, changed, back, goal);
        return all(serving(goal), news).thenApply(told -> told instanceof Outcome.Done ? outcome : told);
    }

    private CompletionStage<Outcome> ask(Order order, boolean back, Model goal, List<NodeId> nodes) {
        Step step = order.step();
        List<NodeAgent> asked = new ArrayList<>();
        for (NodeId node : nodes) {
            NodeAgent agent = agents.get(node);
            if (agent == null) {
                return failed("nobody does \"" + step.title() + "\" on " + node + ": add its agent, or a handler");
            }
            asked.add(agent);
        }
        boolean record = step.verb() == Verb.RECORD || step.verb() == Verb.WRITE_HOST_ENTRY;
        if (asked.isEmpty() && !record) {
            return failed("nobody does \"" + step.title() + "\": it is no node's, add a handler");
        }
        return all(asked, new NodeOrder(order.key(), order.token(), step.verb(), step.operands(), back, goal));
    }

    private static CompletionStage<Outcome> failed(String why) {
        return CompletableFuture.completedFuture(new Outcome.Failed(why, true));
    }

    /** All at once; the worst of their outcomes. */
    private static CompletionStage<Outcome> all(List<NodeAgent> asked, NodeOrder order) {
        CompletableFuture<Outcome> sum = null;
        for (NodeAgent agent : asked) {
            CompletableFuture<Outcome> one = agent.perform(order)
                    .exceptionally(OrderBook::failed)
                    .thenApply(outcome -> named(agent, outcome))
                    .toCompletableFuture();
            sum = sum == null ? one : sum.thenCombine(one, SiteExecutor::worse);
        }
        return sum == null ? CompletableFuture.completedFuture(new Outcome.Done(false)) : sum;
    }

    private static Outcome named(NodeAgent agent, Outcome outcome) {
        return outcome instanceof Outcome.Failed failed
                ? new Outcome.Failed(agent.id() + ": " + failed.reason(), failed.certain())
                : outcome;
    }

    private static Outcome worse(Outcome one, Outcome other) {
        if (one instanceof Outcome.Stale || other instanceof Outcome.Stale) {
            return one instanceof Outcome.Stale ? one : other;
        }
        if (one instanceof Outcome.Failed first && other instanceof Outcome.Failed second) {
            return new Outcome.Failed(first.reason() + "; " + second.reason(), first.certain() && second.certain());
        }
        if (one instanceof Outcome.Done first && other instanceof Outcome.Done second) {
            return new Outcome.Done(first.earlier() && second.earlier());
        }
        // What one of several did is an effect, however certain the other is that it had none.
        Outcome failed = one instanceof Outcome.Failed ? one : other;
        return new Outcome.Failed(((Outcome.Failed) failed).reason(), false);
    }

    private List<NodeAgent> serving(Model goal) {
        return agents.values().stream()
                .filter(agent -> goal.get(agent.id(), Node.class)
                        .filter(node -> node.lifecycle().isServing())
                        .isPresent())
                .toList();
    }

    private List<NodeId> concerned(Step step, Model goal) {
        List<NodeId> named = new ArrayList<>();
        for (EntityId operand : step.operands()) {
            if (operand instanceof NodeId node) {
                named.add(node);
            }
        }
        return switch (step.verb()) {
            case RECORD, WRITE_HOST_ENTRY ->
                serving(goal).stream().map(NodeAgent::id).toList();
            case LEASE_TWO_WRITERS, END_LEASE, RESIZE, ADJUST ->
                step.operands().get(0) instanceof LayerId volume
                        ? goal.get(volume, DrbdVolume.class)
                                .map(found -> found.replicas().stream()
                                        .map(Replica::node)
                                        .toList())
                                .orElse(List.of())
                        : List.of();
            case REIDENTIFY ->
                step.operands().get(0) instanceof LayerId export
                        ? goal.get(export, AoeExport.class).map(AoeExport::node).stream()
                                .toList()
                        : List.of();
            case BRING_UP,
                    TAKE_DOWN,
                    DETACH,
                    ATTACH,
                    AWAIT_SYNC,
                    PROMOTE,
                    DEMOTE,
                    EXPORT,
                    WITHDRAW,
                    AWAIT_QUIET,
                    CREATE_DISK,
                    REMOVE_DISK,
                    SWAP_DISK,
                    GROW_DISK,
                    SERVE_BOOT,
                    END_BOOT -> named;
            default -> List.of();
        };
    }
}
