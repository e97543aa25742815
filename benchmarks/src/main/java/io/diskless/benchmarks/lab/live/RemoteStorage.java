package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Message;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.Observed;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.plan.run.Outcome;
import io.diskless.node.NodeAgent;
import io.diskless.node.NodeOrder;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** A storage node in its own process, for whoever carries out plans. Thread-safe. */
final class RemoteStorage implements NodeAgent {
    private final NodeId id;
    private final SeatProcess process;

    RemoteStorage(NodeId id, SeatProcess process) {
        this.id = id;
        this.process = process;
    }

    static Message with(Message message, Model site) {
        return message.with("site", ClusterJson.write(new Cluster(site, Observed.nothing(), 0)));
    }

    @Override
    public NodeId id() {
        return id;
    }

    SeatProcess process() {
        return process;
    }

    /** How it is; one that is gone has no health. */
    Message health() throws LabException, InterruptedException {
        return process.call(Message.of("health"));
    }

    @Override
    public CompletableFuture<Outcome> perform(NodeOrder order) {
        Message request = Message.of("perform")
                .with("key", order.key())
                .with("token", order.token())
                .with("verb", order.verb().name())
                .with(
                        "operands",
                        order.operands().stream().map(EntityId::toString).collect(Collectors.joining(" ")))
                .with("back", order.back());
        return process.ask(with(request, order.goal())).thenApply(RemoteStorage::outcome);
    }

    private static Outcome outcome(Message answer) {
        if (answer.verb().equals(Message.ERROR)) {
            return new Outcome.Failed(answer.text("text"), false);
        }
        return switch (answer.text("outcome")) {
            case "done" -> new Outcome.Done(Boolean.parseBoolean(answer.text("earlier")));
            case "failed" -> new Outcome.Failed(answer.text("reason"), Boolean.parseBoolean(answer.text("certain")));
            default -> new Outcome.Stale(answer.number("newest"));
        };
    }
}
