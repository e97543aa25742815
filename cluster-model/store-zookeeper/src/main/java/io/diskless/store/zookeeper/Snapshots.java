package io.diskless.store.zookeeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.store.Commit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.KeeperException;

/** The sites that are kept whole, so that nobody need read all of history; the last two. Thread-safe. */
final class Snapshots {
    private static final int KEPT = 2;

    private final CuratorFramework client;
    private final Nodes nodes;

    Snapshots(CuratorFramework client, Nodes nodes) {
        this.client = client;
        this.nodes = nodes;
    }

    /** A site, and the hash of the commit that made it. */
    record Content(Cluster cluster, String hash) {
        byte[] bytes() {
            return (hash + "\n" + ClusterJson.write(cluster)).getBytes(UTF_8);
        }
    }

    private List<String> newestFirst() throws Exception {
        List<String> names = new ArrayList<>(client.getChildren().forPath("/snap"));
        names.sort(Collections.reverseOrder());
        return names;
    }

    /** The newest that is not later than a revision; the empty site if there is none. */
    Content nearest(long revision) throws Exception {
        for (String name : newestFirst()) {
            Optional<Content> content = Long.parseLong(name) <= revision ? read(name) : Optional.empty();
            if (content.isPresent()) {
                return content.get();
            }
        }
        return new Content(Cluster.of(Model.empty()), Commit.NONE);
    }

    /** Empty if it is just being replaced, or was written by a later version: the history says the same. */
    private Optional<Content> read(String name) throws Exception {
        try {
            String text = new String(nodes.unpack(client.getData().forPath("/snap/" + name)), UTF_8);
            int end = text.indexOf('\n');
            Cluster cluster = ClusterJson.read("snapshot " + name, text.substring(end + 1))
                    .cluster();
            return Optional.of(new Content(cluster, text.substring(0, end)));
        } catch (KeeperException.NoNodeException | ConfigException gone) {
            return Optional.empty();
        }
    }

    void write(long revision, byte[] content) throws Exception {
        nodes.ensure(Nodes.snapshot(revision), nodes.pack(Nodes.newId(), content));
        List<String> names = newestFirst();
        for (String old : names.subList(Math.min(KEPT, names.size()), names.size())) {
            nodes.deleteWithChunks("/snap/" + old);
        }
    }
}
