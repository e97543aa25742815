package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.Message;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.plan.Verb;
import io.diskless.cluster.plan.run.Outcome;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.DrbdResource;
import io.diskless.drbd.session.SyncOptions;
import io.diskless.drbd.session.SyncProgress;
import io.diskless.drbd.session.VerifyReport;
import io.diskless.drbd.wire.VolumeState;
import io.diskless.node.NodeOrder;
import io.diskless.node.StorageEvent;
import io.diskless.node.StorageHealth;
import io.diskless.node.StorageNodeRuntime;
import io.diskless.node.StorageOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A StorageNode: its runtime on the ports of its own namespace, with files as disks. Thread-safe. */
final class StorageSeat implements Seat {
    static final Duration PATIENCE = Duration.ofMinutes(2);
    /** In KiB/s: faster than the machine. */
    private static final int RATE = 1_000_000;

    private final NodeId id;
    private final Path folder;
    private final ExecutorService disks = Executors.newFixedThreadPool(2);
    private final AtomicLong resynced = new AtomicLong();
    private volatile @Nullable StorageNodeRuntime node;

    StorageSeat(String name, Path folder) {
        id = new NodeId(name);
        this.folder = folder;
    }

    @Override
    public Message handle(Message message) throws Exception {
        return switch (message.verb()) {
            case "open" -> {
                node = StorageNodeRuntime.open(
                        site(message),
                        id,
                        StorageOptions.builder(new LiveParts(folder))
                                .disks(disks)
                                .initialise(true)
                                .net(net -> net.connectInterval(Duration.ofMillis(300))
                                        .ping(Duration.ofSeconds(3), Duration.ofSeconds(10)))
                                .sync(SyncOptions.fixed(RATE))
                                .listener(this::heard)
                                .build());
                yield Message.ok();
            }
            case "apply" -> {
                node().apply(site(message)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                yield Message.ok();
            }
            case "perform" -> outcome(node().perform(order(message)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            case "health" -> health(node().health());
            case "verify" -> {
                VerifyReport report = node().verify(LiveModel.VOLUME).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                yield Message.ok()
                        .with(
                                "differing",
                                report.differing().stream()
                                        .map(range -> range.sector() + "+" + range.sectors())
                                        .collect(Collectors.joining(",")));
            }
            case "reconnect" -> {
                DrbdResource resource = node().resource(LiveModel.VOLUME)
                        .orElseThrow(() -> new IOException(LiveModel.VOLUME + " does not run"));
                resource.disconnect().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                resource.connect();
                yield Message.ok();
            }
            case "try-promote" -> {
                boolean refused = node().resource(LiveModel.VOLUME)
                        .orElseThrow(() -> new IOException(LiveModel.VOLUME + " does not run"))
                        .promote(false)
                        .handle((done, failure) -> failure != null)
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                yield Message.ok().with("refused", refused);
            }
            default -> throw new IllegalArgumentException("a StorageNode does not " + message.verb());
        };
    }

    private void heard(StorageEvent event) {
        if (event instanceof StorageEvent.Replication said
                && said.event() instanceof DrbdEvent.SyncEnded ended
                && (ended.last().kind() == SyncProgress.Kind.RESYNC_SOURCE
                        || ended.last().kind() == SyncProgress.Kind.RESYNC_TARGET)) {
            resynced.addAndGet(ended.last().totalBytes());
        } else if (event instanceof StorageEvent.Trouble trouble) {
            System.err.println(trouble);
        }
    }

    private static Model site(Message message) {
        return ClusterJson.read("site", message.text("site")).cluster().desired();
    }

    private static NodeOrder order(Message message) {
        List<EntityId> operands = Arrays.stream(message.text("operands").split(" ", -1))
                .filter(operand -> !operand.isEmpty())
                .map(EntityId::parse)
                .toList();
        return new NodeOrder(
                message.text("key"),
                message.number("token"),
                Verb.valueOf(message.text("verb")),
                operands,
                Boolean.parseBoolean(message.text("back")),
                site(message));
    }

    private static Message outcome(Outcome outcome) {
        if (outcome instanceof Outcome.Done done) {
            return Message.ok().with("outcome", "done").with("earlier", done.earlier());
        }
        if (outcome instanceof Outcome.Failed failed) {
            return Message.ok()
                    .with("outcome", "failed")
                    .with("reason", failed.reason())
                    .with("certain", failed.certain());
        }
        return Message.ok().with("outcome", "stale").with("newest", ((Outcome.Stale) outcome).newest());
    }

    private Message health(StorageHealth health) {
        VolumeState state = health.volumes().get(LiveModel.VOLUME);
        return Message.ok()
                .with("good", health.isGood() && state != null)
                .with("serves", !health.served().isEmpty())
                .with("writers", health.hasTwoWriters(LiveModel.VOLUME) ? 2 : 1)
                .with("resynced", resynced)
                .with("text", state + " " + health.troubles());
    }

    private StorageNodeRuntime node() throws IOException {
        StorageNodeRuntime open = node;
        if (open == null) {
            throw new IOException(id + " is not open");
        }
        return open;
    }

    @Override
    public void close() throws IOException {
        StorageNodeRuntime open = node;
        if (open != null) {
            open.close();
        }
        disks.shutdown();
    }
}
