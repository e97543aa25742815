package io.diskless.store.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.store.ClusterStore;
import io.diskless.cluster.store.Commit;
import io.diskless.cluster.store.FencingToken;
import io.diskless.cluster.store.History;
import io.diskless.cluster.store.Lease;
import io.diskless.cluster.store.Proposal;
import io.diskless.cluster.store.StoreException;
import io.diskless.cluster.store.StoreException.Kind;
import io.diskless.cluster.store.testkit.Recorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.test.InstanceSpec;
import org.apache.zookeeper.Watcher;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the contract cannot ask of every store: servers that die, and networks that break. */
class ZooKeeperEnsembleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(Ensemble.PATIENCE_SECONDS);

    @SuppressWarnings("NullAway.Init") // Set before every test.
    private static Ensemble ensemble;

    @BeforeAll
    static void start() throws Exception {
        ensemble = new Ensemble();
    }

    @AfterAll
    static void stop() throws Exception {
        ensemble.close();
    }

    private static ZooKeeperOptions options(String servers, String path) {
        return ZooKeeperOptions.builder(servers)
                .path("/" + path)
                .sessionTimeout(Duration.ofSeconds(6))
                .patience(PATIENCE)
                .build();
    }

    private static Commit append(ClusterStore store, Optional<FencingToken> token, int number) throws StoreException {
        Cluster now = store.read();
        Segment segment = new Segment(new SegmentId("s" + number % 3), number, 1500, 1000);
        return store.append(
                now.revision(),
                token,
                Proposal.wish(
                        "anna", "number " + number, now.desired(), now.desired().with(segment)));
    }

    private static Kind kind(StoreException failed) {
        return failed.kind();
    }

    @Test
    void theLeaderMayDieWhileHistoryGrows() throws Exception {
        Recorder seen = new Recorder();
        InstanceSpec leader;
        Cluster end;
        try (ZooKeeperStore writer = ZooKeeperStore.open(options(ensemble.address(), "leader"));
                ZooKeeperStore reader = ZooKeeperStore.open(options(ensemble.address(), "leader"))) {
            reader.watch(1, seen);
            for (int i = 1; i <= 10; i++) {
                append(writer, Optional.empty(), i);
            }
            leader = ensemble.leader(writer::read);
            ensemble.kill(leader);
            for (int i = 11; i <= 30; i++) {
                append(writer, Optional.empty(), i);
            }
            assertThat(ensemble.instances()).contains(leader);
            List<Commit> commits = seen.await(30, PATIENCE);
            for (int i = 0; i < 30; i++) {
                assertThat(commits.get(i).revision()).isEqualTo(i + 1);
                assertThat(commits.get(i).proposal().why()).isEqualTo("number " + (i + 1));
            }
            end = reader.read();
            assertThat(end.revision()).isEqualTo(30);
            assertThat(new History(reader).verify()).isEqualTo(commits.get(29).hash());
        }
        ensemble.restart(leader);
        try (ZooKeeperStore back = ZooKeeperStore.open(options("127.0.0.1:" + leader.getPort(), "leader"))) {
            assertThat(back.read()).as("what the server that was dead tells").isEqualTo(end);
        }
    }

    @Test
    void ofTwoThatBelieveToLeadTheOneThatWasCutOffIsRefused() throws Exception {
        List<Wire> wires = new ArrayList<>();
        for (InstanceSpec server : ensemble.instances()) {
            wires.add(new Wire(server.getPort()));
        }
        String through = String.join(",", wires.stream().map(Wire::address).toList());
        ZooKeeperOptions patient = options(through, "partition");
        try (ZooKeeperStore first = ZooKeeperStore.open(
                        patient.toBuilder().patience(Duration.ofSeconds(10)).build());
                ZooKeeperStore second = ZooKeeperStore.open(options(ensemble.address(), "partition"))) {
            Recorder seen = new Recorder();
            first.watch(1, seen);
            Lease old = first.lease("config", "cfg1", Duration.ofSeconds(6)).orElseThrow();
            append(first, Optional.of(old.token()), 1);
            assertThat(second.lease("config", "cfg2", Duration.ofSeconds(6))).isEmpty();

            CountDownLatch suspended = new CountDownLatch(1);
            CountDownLatch reconnected = new CountDownLatch(1);
            first.client().getConnectionStateListenable().addListener((c, state) -> {
                if (state == ConnectionState.SUSPENDED || state == ConnectionState.LOST) {
                    suspended.countDown();
                } else if (state == ConnectionState.RECONNECTED) {
                    reconnected.countDown();
                }
            });
            CountDownLatch ended = new CountDownLatch(1);
            assertThat(second.client()
                            .checkExists()
                            .usingWatcher((Watcher) e -> ended.countDown())
                            .forPath("/lease/config"))
                    .isNotNull();
            Cluster before = first.read();
            wires.forEach(Wire::cut);
            Ensemble.await(suspended, "the one that is cut off notices");
            assertThat(old.isHeld()).isFalse();
            Ensemble.await(ended, "the ensemble ends its session");
            Lease next = second.lease("config", "cfg2", Duration.ofSeconds(6)).orElseThrow();
            assertThat(next.token().number()).isGreaterThan(old.token().number());
            append(second, Optional.of(next.token()), 2);
            assertThatThrownBy(() -> first.append(
                            before.revision(),
                            Optional.of(old.token()),
                            Proposal.of("cfg1", "still believes").forgotten(new SegmentId("s1"))))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(kind(e)).isEqualTo(Kind.UNREACHABLE));

            for (Wire wire : wires) {
                wire.heal();
            }
            Ensemble.await(reconnected, "the one that was cut off is back");
            assertThatThrownBy(() -> append(first, Optional.of(old.token()), 3))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(kind(e)).isEqualTo(Kind.FENCED));
            assertThat(next.isHeld()).isTrue();
            append(second, Optional.of(next.token()), 4);
            assertThat(seen.await(3, PATIENCE)).extracting(Commit::revision).containsExactly(1L, 2L, 3L);
            assertThat(seen.seen())
                    .extracting(c -> c.proposal().why())
                    .containsExactly("number 1", "number 2", "number 4");
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    @Test
    void aBigSiteIsReadFromItsSnapshot() throws Exception {
        ZooKeeperOptions options = options(ensemble.address(), "big");
        Cluster end;
        try (ZooKeeperStore store = ZooKeeperStore.open(options)) {
            List<Entity> many = new ArrayList<>();
            for (int i = 0; i < 9000; i++) {
                many.add(new Segment(new SegmentId("segment-with-a-long-name-" + i), i % 4000, 1500, 1000));
            }
            Cluster now = store.read();
            store.append(
                    0,
                    Optional.empty(),
                    Proposal.wish("anna", "many", now.desired(), now.desired().with(many)));
            append(store, Optional.empty(), 1);
            end = store.read();
            assertThat(store.snapshotFailure()).isEmpty();
            assertThat(store.client().getChildren().forPath("/snap")).containsExactly(String.format("%019d", 1));
            // Without its first commit only the snapshot can tell.
            store.client().delete().forPath(Nodes.commit(1));
        }
        try (ZooKeeperStore store = ZooKeeperStore.open(options)) {
            assertThat(store.read()).isEqualTo(end);
            assertThat(store.at(1).desired().size()).isEqualTo(9000);
        }
    }

    @Test
    void anEnsembleThatIsNotThereIsUnreachable() throws Exception {
        ZooKeeperOptions nowhere = ZooKeeperOptions.builder("127.0.0.1:1")
                .patience(Duration.ofMillis(300))
                .build();
        assertThatThrownBy(() -> ZooKeeperStore.open(nowhere))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(kind(e)).isEqualTo(Kind.UNREACHABLE));
    }

    @Test
    void aPathOfSomebodyElseIsRefused() throws Exception {
        try (ZooKeeperStore store = ZooKeeperStore.open(options(ensemble.address(), "mine"))) {
            store.client().setData().forPath("/head", new byte[] {'x'});
        }
        assertThatThrownBy(() -> ZooKeeperStore.open(options(ensemble.address(), "mine")))
                .hasMessageContaining("is this the right path?");
    }

    @Test
    void optionsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ZooKeeperOptions.builder("h:1").path("no-slash").build())
                .withMessageContaining("no-slash");
        ZooKeeperOptions some =
                ZooKeeperOptions.builder("h:1").path("/a/b").chunkBytes(7).build();
        assertThat(some.toBuilder().build().path()).isEqualTo("/a/b");
        assertThat(some.toBuilder().build().chunkBytes()).isEqualTo(7);
    }
}
