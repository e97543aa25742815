package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.wire.ConnectionState;
import io.netty.channel.local.LocalAddress;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A Primary goes, in good order or not, and comes back. */
class CloseTest {
    private static final int SIZE = 4 << 20;
    private static final MetaOptions WHERE = MetaOptions.at(MetaPlacement.FLEXIBLE);
    private static final String BOTH = "cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate";

    private final DrbdTransport transport = DrbdTransport.inMemory();
    private final LocalAddress addressA = new LocalAddress("close-a");
    private final LocalAddress addressB = new LocalAddress("close-b");
    private final MemoryDevice memoryA = MemoryDevice.create(SIZE);
    private final FaultyDevice diskA = FaultyDevice.of(memoryA);
    private final MemoryDevice metaA = MemoryDevice.create(1 << 20);
    private final FaultyDevice diskB = FaultyDevice.of(MemoryDevice.create(SIZE));
    private Pair.Side a;
    private Pair.Side b;

    @BeforeEach
    void connect() throws Exception {
        MetaData.create(diskA, metaA, WHERE).get(60, TimeUnit.SECONDS);
        a = a();
        b = side(addressB, addressA, VolumeOptions.volatileMeta(0, diskB));
        a.awaitState("cs:Connected");
        now(a.resource.promote(true));
        a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
    }

    @AfterEach
    void end() {
        diskA.releaseAll();
        diskB.releaseAll();
        a.resource.abort();
        b.resource.abort();
        transport.close();
    }

    private Pair.Side a() {
        return side(addressA, addressB, VolumeOptions.of(0, diskA, metaA, WHERE));
    }

    private Pair.Side side(LocalAddress here, LocalAddress there, VolumeOptions volume) {
        Pair.Side side = new Pair.Side(DrbdOptions.builder("r1")
                .addresses(here, there)
                .transport(transport)
                .net(Pair.fast().build())
                .sync(SyncOptions.fixed(1_000_000))
                .volume(volume)
                .build());
        side.resource.connect();
        return side;
    }

    private static <T> T now(CompletableFuture<T> asked) throws Exception {
        return asked.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static ByteBuffer random(long seed) {
        byte[] bytes = new byte[65_536];
        new Random(seed).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    private static String compared(Pair.Side side) {
        return side.events.stream()
                .filter(DrbdEvent.Compared.class::isInstance)
                .toList()
                .toString();
    }

    @Test
    void aPrimaryThatIsClosedHasNothingToBringOrToFetchWhenItIsBack() throws Exception {
        now(a.resource.volume(0).writeAsync(0, random(1), 0));
        a.resource.close();
        b.awaitState("cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown");
        assertThat(b.events.toString()).contains("cs:TearDown");

        a = a();
        a.awaitState(BOTH);
        b.awaitState(BOTH);
        assertThat(compared(a)).contains("uuid_compare()=0");
        assertThat(a.events).noneMatch(DrbdEvent.SyncEnded.class::isInstance);
        assertThat(ReplicationTest.content(memoryA, SIZE)).isEqualTo(ReplicationTest.content(diskB, SIZE));
    }

    @Test
    void thePeerMayWriteOnMeanwhile() throws Exception {
        now(a.resource.volume(0).writeAsync(0, random(2), 0));
        a.resource.close();
        b.awaitState("cs:WFConnection");
        now(b.resource.promote(false));
        now(b.resource.volume(0).writeAsync(1 << 20, random(3), 0));

        a = a();
        a.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
        assertThat(compared(a)).contains("uuid_compare()=-1");
        assertThat(ReplicationTest.content(memoryA, SIZE)).isEqualTo(ReplicationTest.content(diskB, SIZE));
    }

    @Test
    void whatIsUnderWayEndsAndWhatComesBehindIsRefused() throws Exception {
        diskB.hold(FaultyDevice.Op.WRITE);
        CompletableFuture<Void> underWay = a.resource.volume(0).writeAsync(0, random(4), 0);
        Awaitility.await().atMost(Pair.PATIENCE).until(() -> diskB.held() > 0);
        CompletableFuture<Void> closed = CompletableFuture.runAsync(a.resource::close);
        Awaitility.await().atMost(Pair.PATIENCE).until(() -> a.resource.core().isEnding());
        assertThat(a.resource.volume(0).writeAsync(1 << 20, random(5), 0))
                .failsWithin(60, TimeUnit.SECONDS)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        BlockException.class, e -> assertThat(e.kind()).isEqualTo(BlockException.Kind.CLOSED));
        assertThat(a.resource.promote(false))
                .failsWithin(60, TimeUnit.SECONDS)
                .withThrowableThat()
                .withCauseInstanceOf(DrbdException.class);
        assertThat(closed).isNotDone();
        diskB.releaseAll();
        now(underWay);
        now(closed);
        b.awaitState("cs:WFConnection");
        assertThat(b.events.toString()).contains("cs:TearDown");
    }

    @Test
    void whoIsAbortedIsFoundToHaveCrashed() throws Exception {
        now(a.resource.volume(0).writeAsync(0, random(6), 0));
        a.resource.abort();
        b.awaitState("cs:WFConnection");
        assertThat(b.events.toString()).doesNotContain("cs:TearDown");
        a = a();
        a.awaitState(BOTH);
        assertThat(compared(a)).doesNotContain("uuid_compare()=0");
        assertThat(ReplicationTest.content(memoryA, SIZE)).isEqualTo(ReplicationTest.content(diskB, SIZE));
    }

    @Test
    void anAbortDoesNotWaitForAnOrderlyEndThatWaits() throws Exception {
        diskB.hold(FaultyDevice.Op.WRITE);
        CompletableFuture<Void> underWay = a.resource.volume(0).writeAsync(0, random(7), 0);
        Awaitility.await().atMost(Pair.PATIENCE).until(() -> diskB.held() > 0);
        CompletableFuture<Void> closed = CompletableFuture.runAsync(a.resource::close);
        Awaitility.await().atMost(Pair.PATIENCE).until(() -> a.resource.core().isEnding());
        a.resource.abort();
        now(underWay);
        now(closed);
        assertThat(a.state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
    }
}
