package io.diskless.node;

import io.diskless.cluster.plan.run.Outcome;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The rules of {@link NodeAgent}: stale tokens refused, one key done once, undo after do. Thread-safe. */
@SuppressWarnings("FutureReturnValueIgnored") // What comes of them is told by the outcome.
final class OrderBook {
    /** What an order is done by. */
    interface Work {
        CompletableFuture<Void> begin() throws NodeException;
    }

    private final StepMemory memory;
    private final Map<String, CompletableFuture<Outcome>> underWay = new HashMap<>();

    OrderBook(StepMemory memory) {
        this.memory = memory;
    }

    CompletableFuture<Outcome> take(NodeOrder order, Work work) {
        CompletableFuture<Outcome> told = new CompletableFuture<>();
        CompletableFuture<Outcome> before;
        synchronized (underWay) {
            before = underWay.put(order.key(), told);
        }
        // Two of one key come one after the other: the second finds done what the first did.
        if (before == null) {
            begin(order, work, told);
        } else {
            before.whenComplete((x, failure) -> begin(order, work, told));
        }
        return told.copy();
    }

    private void begin(NodeOrder order, Work work, CompletableFuture<Outcome> told) {
        CompletableFuture<Void> end;
        try {
            if (!memory.admits(order.token())) {
                tell(order, told, new Outcome.Stale(memory.newest()));
                return;
            }
            if (!order.back() && memory.isDone(order.key())) {
                tell(order, told, new Outcome.Done(true));
                return;
            }
            end = work.begin();
        } catch (NodeException | RuntimeException e) {
            tell(order, told, failed(e));
            return;
        }
        end.whenComplete((x, failure) -> {
            Outcome outcome = new Outcome.Done(false);
            try {
                if (failure == null) {
                    memory.set(order.key(), !order.back());
                } else {
                    outcome = failed(failure);
                }
            } catch (NodeException e) {
                outcome = failed(e);
            }
            tell(order, told, outcome);
        });
    }

    private void tell(NodeOrder order, CompletableFuture<Outcome> told, Outcome outcome) {
        synchronized (underWay) {
            underWay.remove(order.key(), told);
        }
        told.complete(outcome);
    }

    static Outcome failed(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        boolean certain = cause instanceof NodeException known && known.isWithoutEffect();
        String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        Throwable below = cause instanceof NodeException ? cause.getCause() : null;
        return new Outcome.Failed(below == null ? why : why + ": " + below.getMessage(), certain);
    }
}
