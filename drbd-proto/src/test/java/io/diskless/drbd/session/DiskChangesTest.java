package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.netty.DrbdTransport;
import io.netty.channel.local.LocalAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Disks that come, go and fail while the resource runs. */
class DiskChangesTest {
    private static final int SIZE = 8 << 20;
    private static final MetaOptions FLEXIBLE = MetaOptions.at(MetaPlacement.FLEXIBLE);
    private static final String GOOD = "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate";
    private static final String GOOD_THERE = "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate";
    private static final SyncOptions SYNC = new SyncOptions(250, 20, 10, 100, 1_000_000);

    private static <T> T now(CompletableFuture<T> asked) throws Exception {
        return asked.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static DrbdException.Kind refusal(CompletableFuture<?> asked) throws Exception {
        try {
            now(asked);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(DrbdException.class);
            return ((DrbdException) e.getCause()).kind();
        }
        throw new AssertionError("it was not refused");
    }

    private static byte[] random(long seed, int bytes) {
        byte[] b = new byte[bytes];
        new Random(seed).nextBytes(b);
        return b;
    }

    private static Pair pair() {
        NetOptions net = Pair.fast().build();
        return new Pair(o -> o.net(net).sync(SYNC), o -> o.net(net).sync(SYNC), SIZE);
    }

    private static void same(Pair pair) throws Exception {
        assertThat(Arrays.mismatch(
                        ReplicationTest.content(pair.diskA, SIZE), ReplicationTest.content(pair.diskB, SIZE)))
                .isEqualTo(-1);
    }

    @Test
    void aPrimaryGetsANewDiskWhileItRuns() throws Exception {
        try (Pair pair = pair()) {
            ReplicationTest.sync(pair);
            pair.a.resource.volume(0).write(0, ByteBuffer.wrap(random(1, 1 << 20)));
            assertThat(refusal(pair.a.resource.attach(VolumeOptions.volatileMeta(0, pair.diskA))))
                    .isEqualTo(DrbdException.Kind.STATE);
            now(pair.a.resource.detach(0));
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate");
            pair.a.resource.volume(0).write(4 << 20, ByteBuffer.wrap(random(2, 1 << 20)));

            assertThat(refusal(pair.a.resource.attach(VolumeOptions.volatileMeta(0, MemoryDevice.create(SIZE / 2)))))
                    .isEqualTo(DrbdException.Kind.CONFLICT);
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate");
            MemoryDevice fresh = MemoryDevice.create(SIZE);
            now(pair.a.resource.attach(VolumeOptions.volatileMeta(0, fresh)));
            // Writes go on meanwhile.
            pair.a.resource.volume(0).write(6 << 20, ByteBuffer.wrap(random(3, 1 << 20)));
            pair.a.awaitState(GOOD);
            pair.b.awaitState(GOOD_THERE);
            assertThat(Arrays.mismatch(ReplicationTest.content(fresh, SIZE), ReplicationTest.content(pair.diskB, SIZE)))
                    .isEqualTo(-1);
            assertThat(pair.a.events.toString()).contains("after=cs:SyncTarget");
        }
    }

    @Test
    void aDiskThatComesBackGetsOnlyWhatItMissed() throws Exception {
        MemoryDevice meta = MemoryDevice.create(1 << 20);
        MemoryDevice disk = MemoryDevice.create(SIZE);
        now(MetaData.create(disk, meta, FLEXIBLE));
        NetOptions net = Pair.fast().build();
        LocalAddress here = new LocalAddress("changes-a");
        LocalAddress there = new LocalAddress("changes-b");
        VolumeOptions volume = VolumeOptions.of(0, disk, meta, FLEXIBLE);
        try (DrbdTransport transport = DrbdTransport.inMemory()) {
            Pair.Side b = new Pair.Side(DrbdOptions.builder("r1")
                    .transport(transport)
                    .net(net)
                    .sync(SYNC)
                    .addresses(there, here)
                    .volume(volume)
                    .build());
            Pair.Side a = new Pair.Side(DrbdOptions.builder("r1")
                    .transport(transport)
                    .net(net)
                    .sync(SYNC)
                    .addresses(here, there)
                    .volume(VolumeOptions.volatileMeta(0, MemoryDevice.create(SIZE)))
                    .build());
            try {
                a.resource.connect();
                b.resource.connect();
                a.awaitState("cs:Connected");
                b.awaitState("cs:Connected");
                now(a.resource.promote(true));
                a.awaitState(GOOD);
                b.awaitState(GOOD_THERE);
                now(b.resource.detach(0));
                a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/Diskless");
                a.resource.volume(0).write(1 << 20, ByteBuffer.wrap(random(4, 65_536)));

                now(b.resource.attach(volume));
                a.awaitState(GOOD);
                b.awaitState(GOOD_THERE);
                DrbdEvent.SyncEnded end = b.events.stream()
                        .filter(DrbdEvent.SyncEnded.class::isInstance)
                        .map(DrbdEvent.SyncEnded.class::cast)
                        .reduce((first, last) -> last)
                        .orElseThrow();
                assertThat(end.last().totalBytes()).isEqualTo(65_536);
                assertThat(Arrays.copyOfRange(ReplicationTest.content(disk, SIZE), 1 << 20, (1 << 20) + 65_536))
                        .isEqualTo(random(4, 65_536));
            } finally {
                a.resource.close();
                b.resource.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(VolumeOptions.OnIoError.class)
    void aDiskThatCannotReadIsTreatedAsItsOptionSays(VolumeOptions.OnIoError policy) throws Exception {
        MemoryDevice memory = MemoryDevice.create(SIZE);
        FaultyDevice faulty = FaultyDevice.of(memory);
        NetOptions net = Pair.fast().build();
        try (Pair pair = new Pair(
                o -> o.net(net).sync(SYNC),
                o -> o.net(net).sync(SYNC),
                SIZE,
                VolumeOptions.volatileMeta(0, faulty).onIoError(policy))) {
            ReplicationTest.sync(pair);
            byte[] data = random(5, 65_536);
            pair.a.resource.volume(0).write(1 << 20, ByteBuffer.wrap(data));

            faulty.fail(BlockException.Kind.MEDIUM, FaultyDevice.Op.READ);
            ByteBuffer read = ByteBuffer.allocate(65_536);
            pair.a.resource.volume(0).read(1 << 20, read);
            assertThat(read.array()).isEqualTo(data);
            pair.a.await(s -> pair.a.events.stream().anyMatch(DrbdEvent.IoError.class::isInstance));
            boolean kept = policy == VolumeOptions.OnIoError.PASS_ON;
            pair.a.awaitState(
                    "cs:Connected ro:Primary/Secondary ds:" + (kept ? "Inconsistent" : "Diskless") + "/UpToDate");
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/" + (kept ? "Inconsistent" : "Diskless"));
            List<DrbdEvent.IoError> errors = pair.a.events.stream()
                    .filter(DrbdEvent.IoError.class::isInstance)
                    .map(DrbdEvent.IoError.class::cast)
                    .toList();
            assertThat(errors)
                    .singleElement()
                    .satisfies(e -> assertThat(e.detached()).isEqualTo(!kept));
            if (kept) {
                // The rest of the disk is used on; a full resync makes it good again.
                byte[] more = random(6, 65_536);
                pair.a.resource.volume(0).write(2 << 20, ByteBuffer.wrap(more));
                assertThat(Arrays.copyOfRange(ReplicationTest.content(memory, SIZE), 2 << 20, (2 << 20) + 65_536))
                        .isEqualTo(more);
                assertThat(now(pair.a.resource.statistics()).volumes().get(0).outOfSyncBytes())
                        .isEqualTo(65_536);
            }
        }
    }

    /** Without consent, which a Primary that has no other disk would not give. */
    private static void leave(Pair.Side side) {
        ResourceCore core = side.resource.core();
        core.run(() -> {
            var unused = core.leaving().disconnect(true);
        });
        side.awaitState("cs:StandAlone");
    }

    @Test
    void aPrimaryWithoutADiskRefusesAPeerWithOtherData() throws Exception {
        try (Pair pair = pair()) {
            ReplicationTest.sync(pair);
            pair.a.resource.volume(0).write(0, ByteBuffer.wrap(random(7, 65_536)));
            now(pair.a.resource.detach(0));
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/Diskless");
            // The peer's identifier has changed; so has what this side has shown.
            leave(pair.b);
            pair.b.resource.connect();
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/Diskless");
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate");

            leave(pair.b);
            now(pair.b.resource.newCurrentUuid(0));
            pair.b.resource.connect();
            pair.a.awaitState("cs:StandAlone ro:Primary");
            assertThat(pair.a.events.toString()).contains("Primary without a disk and has shown data");
            assertThatThrownBy(() -> pair.a.resource.volume(0).read(0, ByteBuffer.allocate(4096)))
                    .isInstanceOf(BlockException.class);
        }
    }

    @Test
    void aNewGenerationIsSeenByWhoMissedIt() throws Exception {
        try (Pair pair = pair()) {
            ReplicationTest.sync(pair);
            now(pair.a.resource.disconnect());
            now(pair.a.resource.newCurrentUuid(0));
            pair.a.resource.connect();
            pair.a.awaitState(GOOD);
            pair.b.awaitState(GOOD_THERE);
            same(pair);
        }
    }
}
