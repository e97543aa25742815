package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.Message;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.store.Proposal;
import io.diskless.store.zookeeper.ZooKeeperOptions;
import io.diskless.store.zookeeper.ZooKeeperStore;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A ZooKeeper server with the site's store, reached over the LAN by both ConfigNodes. Thread-safe. */
final class StoreSeat implements Seat {
    static final String ADDRESS = "10.77.0.250";
    static final int PORT = 2181;
    /** The server keeps a session alive for 2 to 20 of these. */
    private static final int TICK_MILLIS = 1000;

    private final Path folder;
    private @Nullable ZooKeeperStore store;

    StoreSeat(Path folder) {
        this.folder = folder;
    }

    /** As the ConfigNodes and the director reach it: who is silent for so long has lost what he held. */
    static ZooKeeperOptions options() {
        return ZooKeeperOptions.builder(ADDRESS + ":" + PORT)
                .sessionTimeout(Duration.ofSeconds(4))
                .patience(Duration.ofMinutes(1))
                .build();
    }

    @Override
    public synchronized Message handle(Message message) throws Exception {
        return switch (message.verb()) {
            case "open" -> {
                Path data = Files.createDirectories(folder.resolve("zookeeper"));
                serve(data);
                store = ZooKeeperStore.open(options());
                yield Message.ok();
            }
            case "commit" -> {
                Model next = ClusterJson.read("commit", message.text("site"))
                        .cluster()
                        .desired();
                Cluster now = store().read();
                if (!now.desired().equals(next)) {
                    store().append(
                                    now.revision(),
                                    Optional.empty(),
                                    Proposal.wish("lab", message.text("why"), now.desired(), next));
                }
                yield Message.ok().with("revision", store().read().revision());
            }
            default -> throw new IllegalArgumentException("the store does not " + message.verb());
        };
    }

    /** The server's own program, which is asked by its name: its classes carry annotations that a compiler does not find. */
    private static void serve(Path data) throws ReflectiveOperationException {
        Method main =
                Class.forName("org.apache.zookeeper.server.ZooKeeperServerMain").getMethod("main", String[].class);
        String[] words = {Integer.toString(PORT), data.toString(), Integer.toString(TICK_MILLIS)};
        Thread server = new Thread(
                () -> {
                    try {
                        main.invoke(null, (Object) words);
                    } catch (ReflectiveOperationException e) {
                        e.printStackTrace(System.err);
                    }
                },
                "zookeeper");
        server.setDaemon(true);
        server.start();
    }

    private ZooKeeperStore store() throws IOException {
        if (store == null) {
            throw new IOException("the store is not open");
        }
        return store;
    }

    @Override
    public synchronized void close() {
        if (store != null) {
            store.close();
        }
    }
}
