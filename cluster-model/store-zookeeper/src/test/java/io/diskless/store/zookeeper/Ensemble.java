package io.diskless.store.zookeeper;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingCluster;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/** Three real servers in this process, with data in folders of their own. */
final class Ensemble implements AutoCloseable {
    /** The servers keep a session alive for 2 to 20 of these. */
    private static final int TICK_MILLIS = 1000;

    static final long PATIENCE_SECONDS = Long.getLong("diskless.patience", 120);

    private final TestingCluster servers;

    Ensemble() throws Exception {
        List<InstanceSpec> specs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            specs.add(new InstanceSpec(null, -1, -1, -1, true, -1, TICK_MILLIS, -1));
        }
        servers = new TestingCluster(specs);
        servers.start();
    }

    String address() {
        return servers.getConnectString();
    }

    List<InstanceSpec> instances() {
        return new ArrayList<>(servers.getInstances());
    }

    /**
     * Asks each server what it is; see "The Four Letter Words" of ZooKeeper's administrator's guide. Between two elections none
     * leads: then an operation that is answered tells that there is a leader again.
     */
    InstanceSpec leader(Callable<?> operation) throws Exception {
        List<String> said = new ArrayList<>();
        for (int round = 0; round < 100; round++) {
            operation.call();
            for (InstanceSpec server : servers.getInstances()) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
                    socket.getOutputStream().write("srvr".getBytes(US_ASCII));
                    String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
                    if (answer.contains("Mode: leader")) {
                        return server;
                    }
                    said.add(answer);
                }
            }
        }
        throw new IOException("none of three servers leads: " + said);
    }

    void kill(InstanceSpec server) throws Exception {
        servers.killServer(server);
    }

    void restart(InstanceSpec server) throws Exception {
        servers.restartServer(server);
    }

    /** Lets the servers end the session of a client, as if it had been silent, and waits until the client knows. */
    void endSession(CuratorFramework client) throws Exception {
        CountDownLatch lost = new CountDownLatch(1);
        CountDownLatch again = new CountDownLatch(1);
        ConnectionStateListener listener = (c, state) -> {
            if (state == ConnectionState.LOST) {
                lost.countDown();
            } else if (state == ConnectionState.RECONNECTED && lost.getCount() == 0) {
                again.countDown();
            }
        };
        client.getConnectionStateListenable().addListener(listener);
        ZooKeeper theirs = client.getZookeeperClient().getZooKeeper();
        CountDownLatch connected = new CountDownLatch(1);
        // Whoever knows number and password of a session may continue it, and close it.
        ZooKeeper twin = new ZooKeeper(
                address(),
                theirs.getSessionTimeout(),
                event -> {
                    if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                        connected.countDown();
                    }
                },
                theirs.getSessionId(),
                theirs.getSessionPasswd());
        await(connected, "the twin connects");
        twin.close();
        await(lost, "the client hears that its session ended");
        await(again, "the client has a new session");
        client.getConnectionStateListenable().removeListener(listener);
    }

    static void await(CountDownLatch event, String what) throws InterruptedException {
        if (!event.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("expected within " + PATIENCE_SECONDS + " s that " + what);
        }
    }

    @Override
    public void close() throws IOException {
        servers.close();
    }
}
