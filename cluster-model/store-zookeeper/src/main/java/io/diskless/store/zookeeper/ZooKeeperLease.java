package io.diskless.store.zookeeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.store.FencingToken;
import io.diskless.cluster.store.Lease;
import io.diskless.cluster.store.StoreException;
import java.time.Duration;
import java.util.List;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;

/** An ephemeral node: it ends with the session that made it, whatever its holder believes. Thread-safe. */
final class ZooKeeperLease implements Lease {
    private final ZooKeeperStore store;
    private final Nodes nodes;
    private final FencingToken token;
    private final String id;
    private final long session;
    private volatile boolean over;

    ZooKeeperLease(ZooKeeperStore store, Nodes nodes, FencingToken token, String id, long session) {
        this.store = store;
        this.nodes = nodes;
        this.token = token;
        this.id = id;
        this.session = session;
    }

    static byte[] bytes(String id, String holder) {
        return (id + " " + holder).getBytes(UTF_8);
    }

    static boolean isOf(byte[] node, String id) {
        return new String(node, UTF_8).startsWith(id + " ");
    }

    @Override
    public FencingToken token() {
        return token;
    }

    @Override
    public boolean isHeld() {
        return !over && store.isConnectedAs(session);
    }

    @Override
    public void renew(Duration ttl) throws StoreException {
        store.checkOpen();
        try {
            // The session's heartbeat holds it; asking tells whether there was a time without.
            if (!over && isOf(nodes.read("/lease/" + token.key(), new Stat()), id)) {
                return;
            }
        } catch (KeeperException.NoNodeException gone) {
            over = true;
        } catch (Exception failed) {
            throw Nodes.failure("renewing " + token, failed);
        }
        over = true;
        throw new StoreException(StoreException.Kind.FENCED, token + " is not held any more");
    }

    @Override
    public void close() throws StoreException {
        if (over || store.isClosed()) {
            return;
        }
        over = true;
        try {
            // The version of the token's node says that nobody was given a later one.
            nodes.transaction(List.of(
                    nodes.check("/token/" + token.key(), Math.toIntExact(token.number())),
                    nodes.delete("/lease/" + token.key())));
        } catch (KeeperException.BadVersionException | KeeperException.NoNodeException lost) {
            // It was lost before.
        } catch (Exception failed) {
            throw Nodes.failure("giving " + token + " back", failed);
        }
    }
}
