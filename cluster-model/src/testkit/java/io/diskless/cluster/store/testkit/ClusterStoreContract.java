package io.diskless.cluster.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.model.Change;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.Observation;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.store.ClusterStore;
import io.diskless.cluster.store.Commit;
import io.diskless.cluster.store.CommitSink;
import io.diskless.cluster.store.Event;
import io.diskless.cluster.store.FencingToken;
import io.diskless.cluster.store.Lease;
import io.diskless.cluster.store.Proposal;
import io.diskless.cluster.store.StoreException;
import io.diskless.cluster.store.StoreException.Kind;
import io.diskless.cluster.store.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link ClusterStore}, clause by clause; every store passes it. To check a store of your own:
 *
 * <pre>{@code
 * class MyStoreContractTest extends ClusterStoreContract {
 *     protected ClusterStore open() { return new MyStore(place); } // the same place in one test, a new one in the next
 *     protected void expire(Lease lease) { ... }                   // its holder fell silent for longer than its time
 * }
 * }</pre>
 *
 * <p>Names of tests start with the number of the clause in the Javadoc of {@link ClusterStore}.
 */
public abstract class ClusterStoreContract {
    /** How long a lease of these tests lasts. */
    protected static final Duration TTL = Duration.ofSeconds(30);

    private final List<ClusterStore> opened = new ArrayList<>();

    /** For subclasses. */
    protected ClusterStoreContract() {}

    /**
     * Opens the store of this test. After one was closed another may be opened, with what was in the first.
     *
     * @return the store
     * @throws Exception if it cannot
     */
    protected abstract ClusterStore open() throws Exception;

    /**
     * Makes a lease end because its holder fell silent, and returns when the store knows.
     *
     * @param lease of a store that is open
     * @throws Exception if it cannot
     */
    protected abstract void expire(Lease lease) throws Exception;

    /** {@return how long an event may take to come; a limit for hopeless cases} */
    protected Duration patience() {
        return Duration.ofSeconds(Long.getLong("diskless.patience", 120));
    }

    private ClusterStore fresh() throws Exception {
        ClusterStore store = open();
        opened.add(store);
        return store;
    }

    @AfterEach
    void closeAll() throws Exception {
        for (ClusterStore store : opened) {
            store.close();
        }
    }

    private static Proposal vlan(Cluster now, String segment, int vlan) {
        Model wanted = now.desired().with(new Segment(new SegmentId(segment), vlan, 1500, 1000));
        return Proposal.wish("anna", "segment " + segment + " gets VLAN " + vlan, now.desired(), wanted);
    }

    private static Commit append(ClusterStore store, String segment, int vlan) throws StoreException {
        Cluster now = store.read();
        return store.append(now.revision(), Optional.empty(), vlan(now, segment, vlan));
    }

    private static void refused(Kind kind, Callable<?> call) {
        assertThatThrownBy(call::call)
                .isInstanceOfSatisfying(
                        StoreException.class,
                        e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
    }

    // ---- clause 1: revisions ----------------------------------------------------------------------------------------

    @Test
    @DisplayName("1: a new store is empty at revision 0, and each commit makes the next")
    void revisions() throws Exception {
        ClusterStore store = fresh();
        assertThat(store.read()).isEqualTo(Cluster.of(Model.empty()));
        assertThat(store.commits(1, 10)).isEmpty();
        for (int i = 1; i <= 5; i++) {
            Commit commit = append(store, "s" + i, i);
            assertThat(commit.revision()).isEqualTo(i);
            assertThat(store.read().revision()).isEqualTo(i);
            assertThat(store.read().desired().size()).isEqualTo(i);
        }
    }

    @Test
    @DisplayName("1: wishes and sights are kept apart, and a sight can be forgotten")
    void sights() throws Exception {
        ClusterStore store = fresh();
        append(store, "san", 7);
        Observation.Evidence by = new Observation.Evidence("agent h1", Instant.parse("2026-11-01T00:00:00Z"));
        Segment real = new Segment(new SegmentId("san"), 8, 9000, 1000);
        store.append(
                1,
                Optional.empty(),
                Proposal.of("agent h1", "looked").seen(real, by).absent(new SegmentId("lan"), by));
        Cluster now = store.read();
        assertThat(now.desired().get(real.id(), Segment.class).orElseThrow().vlan())
                .isEqualTo(7);
        assertThat(now.observed().of(real.id())).isEqualTo(new Observation.Seen(real, by));
        assertThat(now.observed().of(new SegmentId("lan"))).isEqualTo(new Observation.Absent(by));
        store.append(2, Optional.empty(), Proposal.of("agent h1", "is old").forgotten(real.id()));
        assertThat(store.read().observed().of(real.id())).isEqualTo(new Observation.Unknown());
    }

    // ---- clause 2: appends ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("2: an append to another revision than the newest is refused and changes nothing")
    void conflict() throws Exception {
        ClusterStore store = fresh();
        Cluster empty = store.read();
        append(store, "a", 1);
        refused(Kind.CONFLICT, () -> store.append(0, Optional.empty(), vlan(empty, "b", 2)));
        refused(Kind.CONFLICT, () -> store.append(2, Optional.empty(), vlan(empty, "b", 2)));
        assertThat(store.read().revision()).isEqualTo(1);
        assertThat(store.read().desired().size()).isEqualTo(1);
    }

    @Test
    @DisplayName("2: a proposal that does not fit the site, or of nothing, is refused as a whole")
    void invalid() throws Exception {
        ClusterStore store = fresh();
        append(store, "a", 1);
        Segment other = new Segment(new SegmentId("a"), 9, 1500, 1000);
        Segment next = new Segment(new SegmentId("a"), 10, 1500, 1000);
        Event wrong = new Event.Wish(new Change(other.id(), Optional.of(other), Optional.of(next)));
        Proposal good = vlan(store.read(), "b", 2);
        Proposal both = new Proposal(
                "anna",
                "half of it is wrong",
                Optional.empty(),
                Optional.empty(),
                List.of(good.events().get(0), wrong));
        refused(Kind.INVALID, () -> store.append(1, Optional.empty(), both));
        refused(Kind.INVALID, () -> store.append(1, Optional.empty(), Proposal.of("anna", "nothing")));
        assertThat(store.read().revision()).isEqualTo(1);
        assertThat(store.read().desired().size()).isEqualTo(1);
        assertThat(append(store, "b", 2).revision()).isEqualTo(2);
    }

    @Test
    @DisplayName("2: of appends to one revision at once one happens, and whoever reads again gets in")
    void manyWriters() throws Exception {
        ClusterStore store = fresh();
        int writers = 4;
        int each = 6;
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        try {
            List<Future<Integer>> all = new ArrayList<>();
            CountDownLatch start = new CountDownLatch(1);
            for (int w = 0; w < writers; w++) {
                String name = "w" + w;
                all.add(threads.submit(() -> {
                    start.await();
                    int conflicts = 0;
                    for (int i = 1; i <= each; ) {
                        try {
                            append(store, name, i);
                            i++;
                        } catch (StoreException e) {
                            assertThat(e.kind()).isEqualTo(Kind.CONFLICT);
                            conflicts++;
                        }
                    }
                    return conflicts;
                }));
            }
            start.countDown();
            for (Future<Integer> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        Cluster end = store.read();
        assertThat(end.revision()).isEqualTo((long) writers * each);
        assertThat(end.desired().all(Segment.class)).hasSize(writers).allMatch(segment -> segment.vlan() == each);
    }

    @Test
    @DisplayName("2: a proposal with a key is done once, however often it is asked for")
    void idempotent() throws Exception {
        ClusterStore store = fresh();
        Proposal proposal = vlan(store.read(), "a", 1).key("step-17");
        Commit first = store.append(0, Optional.empty(), proposal);
        assertThat(store.append(0, Optional.empty(), proposal)).isEqualTo(first);
        append(store, "b", 2);
        assertThat(store.append(0, Optional.empty(), proposal)).isEqualTo(first);
        assertThat(store.read().revision()).isEqualTo(2);
        refused(Kind.CONFLICT, () -> store.append(0, Optional.empty(), proposal.key("step-18")));
    }

    @Test
    @DisplayName("2: what was acknowledged is there after a reopen")
    void durable() throws Exception {
        ClusterStore store = fresh();
        for (int i = 1; i <= 20; i++) {
            append(store, "s" + i % 5, i);
        }
        Cluster before = store.read();
        List<Commit> history = history(store);
        store.close();
        ClusterStore again = fresh();
        assertThat(again.read()).isEqualTo(before);
        assertThat(history(again)).isEqualTo(history);
        assertThat(append(again, "more", 1).revision()).isEqualTo(21);
    }

    // ---- clause 3: leases -------------------------------------------------------------------------------------------

    @Test
    @DisplayName("3: a lease has one holder, and its token grows with each")
    void oneHolder() throws Exception {
        ClusterStore store = fresh();
        Lease first = store.lease("migrate-web1", "planner 1", TTL).orElseThrow();
        assertThat(first.isHeld()).isTrue();
        assertThat(store.lease("migrate-web1", "planner 2", TTL)).isEmpty();
        assertThat(store.lease("migrate-web2", "planner 2", TTL)).isPresent();
        first.renew(TTL);
        first.close();
        first.close();
        assertThat(first.isHeld()).isFalse();
        Lease second = store.lease("migrate-web1", "planner 2", TTL).orElseThrow();
        assertThat(second.token().number()).isGreaterThan(first.token().number());
        refused(Kind.FENCED, () -> {
            first.renew(TTL);
            return null;
        });
        assertThat(second.isHeld()).isTrue();
    }

    @Test
    @DisplayName("3: a token counts while its lease is held, and not when another has it")
    void staleWriter() throws Exception {
        ClusterStore store = fresh();
        Lease old = store.lease("config", "cfg1", TTL).orElseThrow();
        Cluster now = store.read();
        Commit done = store.append(0, Optional.of(old.token()), vlan(now, "a", 1));
        assertThat(done.token()).contains(old.token());
        expire(old);
        assertThat(old.isHeld()).isFalse();
        Cluster later = store.read();
        refused(Kind.FENCED, () -> store.append(1, Optional.of(old.token()), vlan(later, "a", 2)));
        Lease next = store.lease("config", "cfg2", TTL).orElseThrow();
        refused(Kind.FENCED, () -> store.append(1, Optional.of(old.token()), vlan(later, "a", 3)));
        store.append(1, Optional.of(next.token()), vlan(later, "a", 4));
        assertThat(store.read().desired().all(Segment.class)).hasSize(1).allMatch(s -> s.vlan() == 4);
        old.close();
        assertThat(next.isHeld())
                .as("giving back what was lost takes nothing from the next holder")
                .isTrue();
        refused(
                Kind.FENCED,
                () -> store.append(2, Optional.of(new FencingToken("config", 1000)), vlan(store.read(), "a", 5)));
        refused(
                Kind.FENCED,
                () -> store.append(2, Optional.of(new FencingToken("nobody", 1)), vlan(store.read(), "a", 5)));
    }

    @Test
    @DisplayName("3: tokens grow over a reopen, which ends the leases of the store that was closed")
    void tokensGrowForEver() throws Exception {
        ClusterStore store = fresh();
        long last = 0;
        for (int i = 0; i < 3; i++) {
            Lease lease = store.lease("config", "cfg1", TTL).orElseThrow();
            assertThat(lease.token().number()).isGreaterThan(last);
            last = lease.token().number();
            lease.close();
        }
        assertThat(store.lease("config", "cfg1", TTL)).isPresent();
        store.close();
        Lease after = fresh().lease("config", "cfg2", TTL).orElseThrow();
        assertThat(after.token().number()).isGreaterThan(last + 1);
    }

    // ---- clause 4: watches ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("4: a watch shows what was and what comes, each once and in order")
    void watch() throws Exception {
        ClusterStore store = fresh();
        for (int i = 1; i <= 100; i++) {
            append(store, "s", i);
        }
        Recorder all = new Recorder();
        Recorder late = new Recorder();
        Recorder future = new Recorder();
        List<Subscription> watches = List.of(store.watch(1, all), store.watch(90, late), store.watch(150, future));
        for (int i = 101; i <= 160; i++) {
            append(store, "s", i);
        }
        assertThat(revisions(all.await(160, patience()))).isEqualTo(range(1, 160));
        assertThat(revisions(late.await(71, patience()))).isEqualTo(range(90, 160));
        assertThat(revisions(future.await(11, patience()))).isEqualTo(range(150, 160));
        assertThat(all.seen()).isEqualTo(history(store));
        watches.forEach(Subscription::close);
        assertThatIllegalArgumentException().isThrownBy(() -> store.watch(0, all));
    }

    @Test
    @DisplayName("4: a watch that was closed is told nothing more, and one that throws hears why it ends")
    void watchEnds() throws Exception {
        ClusterStore store = fresh();
        Recorder closed = new Recorder();
        Subscription first = store.watch(1, closed);
        append(store, "s", 1);
        closed.await(1, patience());
        first.close();
        CountDownLatch heard = new CountDownLatch(1);
        List<StoreException> reasons = new ArrayList<>();
        store.watch(1, new CommitSink() {
            @Override
            public void committed(Commit commit) {
                throw new IllegalStateException("full");
            }

            @Override
            public void failed(StoreException why) {
                reasons.add(why);
                heard.countDown();
            }
        });
        assertThat(heard.await(patience().toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(reasons).singleElement().satisfies(why -> assertThat(why).hasRootCauseMessage("full"));
        Recorder other = new Recorder();
        store.watch(1, other);
        append(store, "s", 2);
        other.await(2, patience());
        assertThat(closed.seen()).hasSize(1);
    }

    // ---- clause 5: history ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("5: each old revision can be read, and each commit leads from one to the next")
    void timeTravel() throws Exception {
        ClusterStore store = fresh();
        List<Cluster> seen = new ArrayList<>(List.of(store.read()));
        for (int i = 1; i <= 30; i++) {
            append(store, "s" + i % 7, i);
            seen.add(store.read());
        }
        String previous = Commit.NONE;
        for (int i = 0; i < seen.size(); i++) {
            assertThat(store.at(i)).isEqualTo(seen.get(i));
            if (i > 0) {
                Commit commit = store.commits(i, 1).get(0);
                assertThat(commit.applyTo(seen.get(i - 1))).isEqualTo(seen.get(i));
                assertThat(commit.previous()).isEqualTo(previous);
                assertThat(commit.proposal().who()).isEqualTo("anna");
                previous = commit.hash();
            }
        }
        refused(Kind.NO_SUCH_REVISION, () -> store.at(31));
        refused(Kind.NO_SUCH_REVISION, () -> store.at(-1));
    }

    // ---- clause 6: end ----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("6: closing twice is closing, and what comes afterwards fails with CLOSED")
    void close() throws Exception {
        ClusterStore store = fresh();
        Cluster now = store.read();
        Lease lease = store.lease("config", "cfg1", TTL).orElseThrow();
        Recorder watcher = new Recorder();
        store.watch(1, watcher);
        store.close();
        store.close();
        refused(Kind.CLOSED, store::read);
        refused(Kind.CLOSED, () -> store.at(0));
        refused(Kind.CLOSED, () -> store.commits(1, 1));
        refused(Kind.CLOSED, () -> store.append(0, Optional.empty(), vlan(now, "a", 1)));
        refused(Kind.CLOSED, () -> store.watch(1, watcher));
        refused(Kind.CLOSED, () -> store.lease("other", "cfg1", TTL));
        assertThat(lease.isHeld()).isFalse();
        lease.close();
        assertThat(watcher.seen()).isEmpty();
    }

    private static List<Commit> history(ClusterStore store) throws StoreException {
        List<Commit> all = new ArrayList<>();
        List<Commit> more = store.commits(1, 7);
        while (!more.isEmpty()) {
            all.addAll(more);
            more = store.commits(all.size() + 1L, 7);
        }
        return all;
    }

    private static List<Long> revisions(List<Commit> commits) {
        return commits.stream().map(Commit::revision).collect(Collectors.toList());
    }

    private static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().collect(Collectors.toList());
    }
}
