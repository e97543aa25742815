package io.diskless.cluster.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.id.SegmentId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a crash leaves: everything that was acknowledged, nothing by half. */
class EmbeddedStoreCrashTest {
    private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");

    private static EmbeddedOptions options(int segment, int snapshot) {
        return EmbeddedOptions.builder()
                .segmentBytes(segment)
                .snapshotBytes(snapshot)
                .clock(() -> NOW)
                .executor(Runnable::run)
                .build();
    }

    private static Commit append(ClusterStore store, int number) throws StoreException {
        Cluster now = store.read();
        io.diskless.cluster.model.node.Segment segment =
                new io.diskless.cluster.model.node.Segment(new SegmentId("s" + number % 3), number, 1500, 1000);
        return store.append(
                now.revision(),
                Optional.empty(),
                Proposal.wish(
                        "anna", "number " + number, now.desired(), now.desired().with(segment)));
    }

    @Test
    void aLogCutAtAnyByteHoldsWhatWasWholeBeforeTheCut() throws Exception {
        MemoryFolder folder = new MemoryFolder(Integer.MAX_VALUE);
        EmbeddedOptions options = options(1 << 20, 1 << 20);
        List<Integer> ends = new ArrayList<>();
        List<Cluster> sites = new ArrayList<>();
        String name;
        try (EmbeddedStore store = EmbeddedStore.open(folder, options)) {
            sites.add(store.read());
            for (int i = 1; i <= 5; i++) {
                append(store, i);
                sites.add(store.read());
                ends.add((int) folder.size(Segment.name(1)));
            }
            name = folder.sorted(".log").get(0);
        }
        byte[] whole = folder.bytes(name);
        for (int cut = 0; cut <= whole.length; cut++) {
            for (boolean garbage : new boolean[] {false, true}) {
                byte[] left = Arrays.copyOf(whole, cut + (garbage ? 40 : 0));
                Arrays.fill(left, cut, left.length, (byte) 0x44);
                MemoryFolder torn = new MemoryFolder(Integer.MAX_VALUE);
                torn.put(name, left);
                int survived = 0;
                for (int end : ends) {
                    survived += end <= cut ? 1 : 0;
                }
                try (EmbeddedStore store = EmbeddedStore.open(torn, options)) {
                    assertThat(store.read()).as("cut at %d", cut).isEqualTo(sites.get(survived));
                    append(store, 9);
                }
                try (EmbeddedStore again = EmbeddedStore.open(torn, options)) {
                    assertThat(again.read().revision()).as("cut at %d", cut).isEqualTo(survived + 1);
                    new History(again).verify();
                }
            }
        }
    }

    @Test
    void aBitThatTurnedAnywhereIsNoticedUnlessItIsInTheLastEntry() throws Exception {
        MemoryFolder folder = new MemoryFolder(Integer.MAX_VALUE);
        EmbeddedOptions options = options(1 << 20, 1 << 20);
        int beforeLast;
        try (EmbeddedStore store = EmbeddedStore.open(folder, options)) {
            append(store, 1);
            append(store, 2);
            beforeLast = (int) folder.size(Segment.name(1));
            append(store, 3);
        }
        byte[] whole = folder.bytes(Segment.name(1));
        for (int at = 0; at < whole.length; at++) {
            byte[] bad = whole.clone();
            bad[at] ^= (byte) (1 << at % 8);
            MemoryFolder damaged = new MemoryFolder(Integer.MAX_VALUE);
            damaged.put(Segment.name(1), bad);
            if (at < beforeLast) {
                String where = "byte " + at;
                assertThatThrownBy(() -> EmbeddedStore.open(damaged, options))
                        .as(where)
                        .isInstanceOfSatisfying(StoreException.class, e -> {
                            assertThat(e.kind()).isEqualTo(StoreException.Kind.CORRUPT);
                            assertThat(e).hasMessageContaining(Segment.name(1)).hasMessageContaining("at byte");
                        });
                assertThat(damaged.bytes(Segment.name(1)))
                        .as("nothing was cut off")
                        .isEqualTo(bad);
            } else {
                try (EmbeddedStore store = EmbeddedStore.open(damaged, options)) {
                    assertThat(store.read().revision()).isEqualTo(2);
                }
            }
        }
    }

    /** Opens, appends, leases, opens again and appends; tells what was acknowledged when the power went. */
    private static final class Run {
        final List<Cluster> acknowledged = new ArrayList<>();
        long token;
        boolean finished;

        void go(MemoryFolder folder, EmbeddedOptions options) throws IOException {
            acknowledged.add(Cluster.of(io.diskless.cluster.model.Model.empty()));
            for (int round = 0; round < 2; round++) {
                try (EmbeddedStore store = EmbeddedStore.open(folder, options)) {
                    for (int i = 1; i <= 6; i++) {
                        Optional<Lease> lease = store.lease("config", "cfg1", Duration.ofDays(1));
                        if (lease.isPresent()) {
                            token = lease.get().token().number();
                        }
                        append(store, round * 6 + i);
                        acknowledged.add(store.read());
                        if (store.snapshotFailure().isPresent()) {
                            throw store.snapshotFailure().get();
                        }
                    }
                }
            }
            finished = true;
        }
    }

    @Test
    void powerCutBeforeAnyOperationLosesNothingThatWasAcknowledged() throws Exception {
        EmbeddedOptions options = options(1200, 900);
        int cuts = 0;
        for (int power = 0; ; power++) {
            MemoryFolder folder = new MemoryFolder(power);
            Run run = new Run();
            try {
                run.go(folder, options);
            } catch (StoreException cut) {
                assertThat(cut).hasRootCauseInstanceOf(MemoryFolder.PowerCut.class);
            }
            if (run.finished) {
                assertThat(folder.sorted(".log").size()).as("segments").isGreaterThan(2);
                assertThat(folder.sorted(".snap").size()).as("snapshots").isGreaterThan(1);
                break;
            }
            cuts++;
            for (MemoryFolder.Luck luck : MemoryFolder.Luck.values()) {
                for (boolean newNames : new boolean[] {false, true}) {
                    check(folder.afterCut(luck, newNames), options, run, "cut " + power + " " + luck + " " + newNames);
                }
            }
        }
        assertThat(cuts).as("operations that were cut").isGreaterThan(50);
    }

    private static void check(MemoryFolder left, EmbeddedOptions options, Run run, String when) throws IOException {
        int sure = run.acknowledged.size() - 1;
        try (EmbeddedStore store = EmbeddedStore.open(left, options)) {
            long revision = store.read().revision();
            assertThat(revision).as(when).isBetween((long) sure, sure + 1L);
            for (int i = 0; i <= sure; i++) {
                assertThat(store.at(i)).as("%s, revision %d", when, i).isEqualTo(run.acknowledged.get(i));
            }
            Lease lease = store.lease("config", "cfg2", Duration.ofDays(1)).orElseThrow();
            assertThat(lease.token().number()).as(when).isGreaterThan(run.token);
            append(store, 99);
            assertThat(store.read().revision()).as(when).isEqualTo(revision + 1);
            new History(store).verify();
        }
    }

    @Test
    void aStoreWhoseDiskFailedSaysSoUntilItIsOpenedAgain() throws Exception {
        MemoryFolder folder = new MemoryFolder(8);
        EmbeddedOptions options = options(1 << 20, 1 << 20);
        EmbeddedStore store = EmbeddedStore.open(folder, options);
        assertThatThrownBy(() -> {
                    for (int i = 1; i <= 9; i++) {
                        append(store, i);
                    }
                })
                .hasFieldOrPropertyWithValue("kind", StoreException.Kind.IO)
                .hasMessageContaining("open the store again");
        assertThatThrownBy(store::read).hasFieldOrPropertyWithValue("kind", StoreException.Kind.IO);
        store.close();
        assertThatThrownBy(store::read).hasFieldOrPropertyWithValue("kind", StoreException.Kind.CLOSED);
    }

    @Test
    void aDamagedSnapshotCostsTimeAndNothingElse() throws Exception {
        MemoryFolder folder = new MemoryFolder(Integer.MAX_VALUE);
        EmbeddedOptions options = options(1200, 900);
        Run run = new Run();
        run.go(folder, options);
        for (String name : folder.sorted(".snap")) {
            byte[] bad = folder.bytes(name);
            bad[bad.length / 2] ^= 1;
            folder.put(name, bad);
        }
        try (EmbeddedStore store = EmbeddedStore.open(folder, options)) {
            assertThat(store.read()).isEqualTo(run.acknowledged.get(12));
            assertThat(store.at(3)).isEqualTo(run.acknowledged.get(3));
        }
    }

    @Test
    void aMissingSegmentIsNamed() throws Exception {
        MemoryFolder folder = new MemoryFolder(Integer.MAX_VALUE);
        EmbeddedOptions options = options(1200, 1 << 20);
        new Run().go(folder, options);
        List<String> logs = folder.sorted(".log");
        folder.delete(logs.get(0));
        assertThatThrownBy(() -> EmbeddedStore.open(folder, options))
                .hasFieldOrPropertyWithValue("kind", StoreException.Kind.CORRUPT)
                .hasMessageContaining("the log begins at revision");
    }
}
