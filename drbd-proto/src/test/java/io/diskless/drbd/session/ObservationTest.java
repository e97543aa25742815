package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.state.SyncHandshake;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.VolumeState;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be seen of a pair from outside: progress, figures, events as text, the flight recorder. */
class ObservationTest {
    private static final int SIZE = 8 << 20;

    @TempDir
    private Path directory;

    private static <T> T now(java.util.concurrent.CompletableFuture<T> asked) throws Exception {
        return asked.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static Pair pair(int kibPerSecond) {
        NetOptions net = Pair.fast().verifyAlg(DigestAlgorithm.MD5).build();
        SyncOptions sync = SyncOptions.fixed(kibPerSecond);
        return new Pair(o -> o.net(net).sync(sync), o -> o.net(net).sync(sync), SIZE);
    }

    @Test
    void aResyncTellsBothSidesHowFarItIs() throws Exception {
        try (Pair pair = pair(64)) {
            assertThat(now(pair.a.resource.progress(0))).isEmpty();
            pair.connect();
            pair.a.awaitState("cs:Connected");
            pair.b.awaitState("cs:Connected");
            now(pair.a.resource.promote(true));
            pair.b.awaitState("cs:SyncTarget");

            now(pair.b.resource.pauseSync(0, true));
            pair.b.awaitState("cs:PausedSyncT");
            SyncProgress paused = now(pair.b.resource.progress(0)).orElseThrow();
            assertThat(paused.kind()).isEqualTo(SyncProgress.Kind.RESYNC_TARGET);
            assertThat(paused.paused()).isTrue();
            assertThat(paused.totalBytes()).isEqualTo(SIZE);
            assertThat(paused.doneBytes()).isBetween(0L, SIZE - 1L);
            assertThat(paused.remaining()).isEmpty();
            pair.a.awaitState("cs:PausedSyncS");
            assertThat(now(pair.a.resource.progress(0)).orElseThrow().kind())
                    .isEqualTo(SyncProgress.Kind.RESYNC_SOURCE);

            now(pair.b.resource.pauseSync(0, false));
            // A mark each second, until it is hurried on.
            for (Pair.Side side : List.of(pair.a, pair.b)) {
                side.await(s -> side.events.stream().anyMatch(DrbdEvent.Progress.class::isInstance));
            }
            now(pair.b.resource.adjust(SyncOptions.fixed(1_000_000)));
            pair.b.await(s -> pair.b.events.stream().anyMatch(DrbdEvent.SyncEnded.class::isInstance));
            pair.a.await(s -> pair.a.events.stream().anyMatch(DrbdEvent.SyncEnded.class::isInstance));
            for (Pair.Side side : List.of(pair.a, pair.b)) {
                List<SyncProgress> seen = side.events.stream()
                        .filter(DrbdEvent.Progress.class::isInstance)
                        .map(e -> ((DrbdEvent.Progress) e).progress())
                        .toList();
                for (int i = 1; i < seen.size(); i++) {
                    assertThat(seen.get(i).doneBytes())
                            .isGreaterThanOrEqualTo(seen.get(i - 1).doneBytes());
                }
                DrbdEvent.SyncEnded end = side.events.stream()
                        .filter(DrbdEvent.SyncEnded.class::isInstance)
                        .map(DrbdEvent.SyncEnded.class::cast)
                        .findFirst()
                        .orElseThrow();
                assertThat(end.complete()).as("%s", end).isTrue();
                assertThat(end.last().doneBytes()).isEqualTo(SIZE);
                assertThat(now(side.resource.progress(0))).isEmpty();
            }
        }
    }

    @Test
    void aVerifyTellsBothSidesHowFarItIs() throws Exception {
        try (Pair pair = pair(1_000_000)) {
            pair.connect();
            pair.a.awaitState("cs:Connected");
            pair.b.awaitState("cs:Connected");
            now(pair.a.resource.skipInitialSync(0));
            pair.b.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
            now(pair.a.resource.verify(0, 4096, Long.MAX_VALUE));
            for (Pair.Side side : List.of(pair.a, pair.b)) {
                side.await(s -> side.events.stream().anyMatch(DrbdEvent.SyncEnded.class::isInstance));
                DrbdEvent.SyncEnded end = side.events.stream()
                        .filter(DrbdEvent.SyncEnded.class::isInstance)
                        .map(DrbdEvent.SyncEnded.class::cast)
                        .findFirst()
                        .orElseThrow();
                assertThat(end.complete()).isTrue();
                assertThat(end.last().totalBytes()).isEqualTo(SIZE - (4096L << 9));
                assertThat(end.last().kind())
                        .isEqualTo(side == pair.a ? SyncProgress.Kind.VERIFY : SyncProgress.Kind.VERIFY_ANSWERED);
            }
        }
    }

    @Test
    void aResyncThatIsInterruptedIsNotComplete() throws Exception {
        try (Pair pair = pair(64)) {
            pair.connect();
            pair.a.awaitState("cs:Connected");
            pair.b.awaitState("cs:Connected");
            now(pair.a.resource.promote(true));
            pair.b.awaitState("cs:SyncTarget");
            now(pair.b.resource.pauseSync(0, true));
            pair.b.awaitState("cs:PausedSyncT");
            now(pair.b.resource.disconnect());
            DrbdEvent.SyncEnded end = pair.b.events.stream()
                    .filter(DrbdEvent.SyncEnded.class::isInstance)
                    .map(DrbdEvent.SyncEnded.class::cast)
                    .findFirst()
                    .orElseThrow();
            assertThat(end.complete()).isFalse();
        }
    }

    @Test
    void figuresCountWhatWasDone() throws Exception {
        NetOptions net = Pair.fast().build();
        try (Pair pair = new Pair(net)) {
            DrbdStatistics before = now(pair.a.resource.statistics());
            assertThat(before.connection()).isEmpty();
            assertThat(before.volumes()).singleElement().satisfies(v -> {
                assertThat(v.sizeBytes()).isEqualTo(1 << 20);
                assertThat(v.writes()).isZero();
            });
            pair.connect();
            pair.a.awaitState("cs:Connected");
            pair.b.awaitState("cs:Connected");
            now(pair.a.resource.skipInitialSync(0));
            pair.b.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
            now(pair.a.resource.promote(false));
            for (int i = 0; i < 10; i++) {
                pair.a.resource.volume(0).write(i * 8192L, ByteBuffer.allocate(8192));
            }
            pair.a.resource.volume(0).read(0, ByteBuffer.allocate(4096));
            pair.a.resource.volume(0).flush();

            DrbdStatistics a = now(pair.a.resource.statistics());
            DrbdStatistics b = now(pair.b.resource.statistics());
            DrbdStatistics.Volume here = a.volumes().get(0);
            DrbdStatistics.Volume there = b.volumes().get(0);
            assertThat(here.writes()).isEqualTo(10);
            assertThat(here.writtenBytes()).isEqualTo(81_920);
            assertThat(here.reads()).isEqualTo(1);
            assertThat(here.readBytes()).isEqualTo(4096);
            assertThat(here.flushes()).isPositive();
            assertThat(here.activityLogUpdates()).isPositive();
            assertThat(here.applicationRequests()).isZero();
            assertThat(here.pendingWrites()).isZero();
            assertThat(there.writes()).isEqualTo(10);
            assertThat(there.writtenBytes()).isEqualTo(81_920);
            DrbdStatistics.Connection sent = a.connection().orElseThrow();
            DrbdStatistics.Connection received = b.connection().orElseThrow();
            assertThat(sent.sentBytes()).isGreaterThan(81_920);
            assertThat(received.receivedBytes()).isBetween(81_921L, sent.sentBytes());
            assertThat(received.unackedWrites()).isZero();

            now(pair.b.resource.disconnect());
            pair.a.await(s -> s.connection() != ConnectionState.CONNECTED);
            pair.a.resource.volume(0).write(4096, ByteBuffer.allocate(4096));
            DrbdStatistics alone = now(pair.a.resource.statistics());
            assertThat(alone.volumes().get(0).outOfSyncBytes()).isEqualTo(4096);
            now(pair.a.resource.demote());
            assertThat(now(pair.a.resource.statistics()).volumes().get(0).bitmapWrites())
                    .isPositive();
        }
    }

    @Test
    void eventsAreLinesAndFields() {
        VolumeState alone = VolumeState.of(
                Role.SECONDARY,
                Role.UNKNOWN,
                ConnectionState.WF_REPORT_PARAMS,
                DiskState.UP_TO_DATE,
                DiskState.D_UNKNOWN);
        VolumeState syncing = VolumeState.of(
                Role.SECONDARY,
                Role.PRIMARY,
                ConnectionState.SYNC_TARGET,
                DiskState.INCONSISTENT,
                DiskState.UP_TO_DATE);
        assertThat(new DrbdEvent.StateChanged("r0", 1, alone, alone, "as it is").lines())
                .containsExactly(
                        "exists resource name:r0 role:Secondary suspended:no",
                        "exists connection name:r0 connection:WFReportParams role:Unknown",
                        "exists device name:r0 volume:1 disk:UpToDate",
                        "exists peer-device name:r0 volume:1 replication:Off peer-disk:DUnknown resync-suspended:no");
        DrbdEvent change = new DrbdEvent.StateChanged("r0", 1, alone, syncing, "the source begins");
        assertThat(change.lines())
                .containsExactly(
                        "change connection name:r0 connection:Connected role:Primary",
                        "change device name:r0 volume:1 disk:Inconsistent",
                        "change peer-device name:r0 volume:1 replication:SyncTarget peer-disk:UpToDate"
                                + " resync-suspended:no");
        assertThat(change.fields())
                .containsEntry("event", "StateChanged")
                .containsEntry("volume", 1L)
                .containsEntry("why", "the source begins")
                .containsEntry(
                        "after",
                        Map.of(
                                "connection",
                                "SyncTarget",
                                "role",
                                "Secondary",
                                "peerRole",
                                "Primary",
                                "disk",
                                "Inconsistent",
                                "peerDisk",
                                "UpToDate",
                                "resyncSuspended",
                                false,
                                "suspended",
                                false));
        assertThat(new DrbdEvent.Fenced("r0", Optional.of(FenceHandler.Outcome.PEER_STONITHED), true, "off").lines())
                .containsExactly("call helper name:fence-peer resource:r0 status:7 heeded:yes words:\"off\"");
        assertThat(new DrbdEvent.Compared("r0", 1, "why", List.of(SyncHandshake.Handler.SPLIT_BRAIN)).lines())
                .containsExactly(
                        "note device name:r0 volume:1 compared:\"why\"",
                        "call helper name:split-brain resource:r0 volume:1");
        assertThat(new DrbdEvent.ConnectionLost(
                                "r0", new DrbdException(DrbdException.Kind.TIMEOUT, "no \"answer\"\nat all"), false)
                        .lines())
                .containsExactly("lost connection name:r0 kind:TIMEOUT retry:yes cause:\"no 'answer';at all\"");
        SyncProgress half =
                new SyncProgress(0, SyncProgress.Kind.RESYNC_SOURCE, 4096, 8192, 1024, Duration.ofSeconds(4), false);
        assertThat(half.remaining()).isEqualTo(Optional.of(Duration.ofSeconds(4)));
        assertThat(new DrbdEvent.Progress("r0", half).lines())
                .containsExactly("change peer-device name:r0 volume:0 done:50.00 rate:1 left:4");
        assertThat(new DrbdEvent.SyncEnded("r0", 0, half, false).lines())
                .containsExactly("end resync-source name:r0 volume:0 complete:no bytes:4096 seconds:4");
        assertThat(new DrbdEvent.Note("r0", -1, "words").lines())
                .containsExactly("note resource name:r0 words:\"words\"");
    }

    @Test
    void theFlightRecorderIsTold() throws Exception {
        Path file = directory.resolve("recording.jfr");
        NetOptions net = Pair.fast().build();
        SyncOptions sync = SyncOptions.fixed(1 << 20);
        try (Recording recording = new Recording();
                Pair pair = new Pair(o -> o.net(net).sync(sync), o -> o.net(net).sync(sync), 1 << 20)) {
            for (String name : List.of("VolumeState", "ConnectionLost", "Sync", "Epoch", "Write")) {
                recording.enable("io.diskless.drbd." + name);
            }
            recording.start();
            ReplicationTest.sync(pair);
            pair.a.resource.volume(0).write(8192, ByteBuffer.allocate(4096));
            pair.a.resource.volume(0).flush();
            pair.a.await(s -> pair.a.events.stream().anyMatch(DrbdEvent.SyncEnded.class::isInstance));
            DrbdStatistics.Connection[] last = new DrbdStatistics.Connection[1];
            pair.a.await(s -> {
                last[0] = pair.a.resource.statistics().join().connection().orElseThrow();
                return last[0].openEpochs() == 0;
            });
            now(pair.a.resource.disconnect());
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(of(events, "VolumeState")).anySatisfy(e -> {
            assertThat(e.getString("connection")).isEqualTo("SyncSource");
            assertThat(e.getString("role") + "/" + e.getString("peerRole")).isEqualTo("Primary/Secondary");
            assertThat(e.getString("disk") + "/" + e.getString("peerDisk")).isEqualTo("UpToDate/Inconsistent");
        });
        assertThat(of(events, "ConnectionLost"))
                .anySatisfy(e -> assertThat(e.getBoolean("standAlone")).isTrue());
        assertThat(of(events, "Sync")).anySatisfy(e -> {
            assertThat(e.getString("kind")).isEqualTo("RESYNC_SOURCE");
            assertThat(e.getLong("total")).isEqualTo(1 << 20);
            assertThat(e.getBoolean("complete")).isTrue();
        });
        assertThat(of(events, "Epoch"))
                .anySatisfy(e -> assertThat(e.getInt("writes")).isEqualTo(1));
        assertThat(of(events, "Write")).singleElement().satisfies(e -> {
            assertThat(e.getLong("offset")).isEqualTo(8192);
            assertThat(e.getLong("size")).isEqualTo(4096);
            assertThat(e.getDuration("latency")).isPositive();
        });
    }

    private static List<RecordedEvent> of(List<RecordedEvent> all, String name) {
        return all.stream()
                .filter(e -> e.getEventType().getName().equals("io.diskless.drbd." + name))
                .toList();
    }
}
