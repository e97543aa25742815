package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A Primary without a disk that loses its peer, and whose requests wait for it. */
class SuspendTest {
    private static final int SIZE = 4 << 20;
    private static final String WITHOUT = "cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate";

    private static <T> T now(CompletableFuture<T> asked) throws Exception {
        return asked.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static byte[] random(long seed) {
        byte[] b = new byte[65_536];
        new Random(seed).nextBytes(b);
        return b;
    }

    /** Side b is Primary without a disk; side a has the only one. */
    private static Pair pair(FaultyDevice disk) throws Exception {
        NetOptions net = Pair.fast().build();
        SyncOptions sync = SyncOptions.fixed(1_000_000);
        Pair pair = new Pair(
                o -> o.net(net).sync(sync),
                o -> o.net(net).sync(sync).onNoData(DrbdOptions.OnNoData.SUSPEND_IO),
                SIZE,
                VolumeOptions.volatileMeta(0, disk));
        pair.connect();
        pair.b.awaitState("cs:Connected");
        now(pair.b.resource.promote(true));
        pair.b.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
        now(pair.b.resource.detach(0));
        pair.b.awaitState(WITHOUT);
        return pair;
    }

    /** Without consent, which a Primary that has no other disk would not give. */
    private static void leave(Pair.Side side) {
        ResourceCore core = side.resource.core();
        core.run(() -> {
            var unused = core.leaving().disconnect(true);
        });
        side.awaitState("cs:StandAlone");
    }

    private static boolean isSuspended(Pair.Side side) {
        return side.state().toString().contains("susp_nod");
    }

    @Test
    void whatWasUnderWayAndWhatCameMeanwhileIsDoneWhenThePeerIsBack() throws Exception {
        MemoryDevice memory = MemoryDevice.create(SIZE);
        FaultyDevice disk = FaultyDevice.of(memory);
        try (Pair pair = pair(disk)) {
            DrbdVolume volume = pair.b.resource.volume(0);
            volume.write(0, ByteBuffer.wrap(random(1)));
            disk.hold(FaultyDevice.Op.WRITE, FaultyDevice.Op.READ);
            CompletableFuture<Void> underWay = volume.writeAsync(1 << 20, ByteBuffer.wrap(random(2)), 0);
            ByteBuffer first = ByteBuffer.allocate(65_536);
            CompletableFuture<Void> reads = volume.readAsync(0, first);
            leave(pair.a);
            pair.b.await(s -> isSuspended(pair.b));
            CompletableFuture<Void> later = volume.writeAsync(2 << 20, ByteBuffer.wrap(random(3)), 0);
            ByteBuffer second = ByteBuffer.allocate(65_536);
            CompletableFuture<Void> readsLater = volume.readAsync(2 << 20, second);
            disk.releaseAll();
            // What comes behind them on the loop finds them as they are.
            now(pair.b.resource.statistics());
            assertThat(Arrays.asList(underWay, reads, later)).noneMatch(CompletableFuture::isDone);
            assertThat(pair.b.events.stream().flatMap(e -> e.lines().stream()))
                    .contains("change resource name:r1 role:Primary suspended:yes");
            DrbdEvent.StateChanged now =
                    new DrbdEvent.StateChanged("r1", 0, pair.b.state(), pair.b.state(), "as it is");
            assertThat(now.fields().get("after"))
                    .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                    .containsEntry("suspended", true);

            pair.a.resource.connect();

            for (CompletableFuture<Void> one : Arrays.asList(underWay, reads, later, readsLater)) {
                now(one);
            }
            pair.b.awaitState(WITHOUT);
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> !isSuspended(pair.b));
            byte[] all = ReplicationTest.content(memory, SIZE);
            assertThat(Arrays.copyOfRange(all, 1 << 20, (1 << 20) + 65_536)).isEqualTo(random(2));
            assertThat(Arrays.copyOfRange(all, 2 << 20, (2 << 20) + 65_536)).isEqualTo(random(3));
            assertThat(first.array()).isEqualTo(random(1));
        }
    }

    @Test
    void anAdministratorMayLetThemFail() throws Exception {
        try (Pair pair = pair(FaultyDevice.of(MemoryDevice.create(SIZE)))) {
            DrbdVolume volume = pair.b.resource.volume(0);
            leave(pair.a);
            pair.b.await(s -> isSuspended(pair.b));
            CompletableFuture<Void> write = volume.writeAsync(0, ByteBuffer.wrap(random(4)), 0);
            CompletableFuture<Void> read = volume.readAsync(0, ByteBuffer.allocate(4096));
            now(pair.b.resource.resumeIo(0));
            assertThat(failure(write)).isEqualTo(BlockException.Kind.MEDIUM);
            assertThat(failure(read)).isEqualTo(BlockException.Kind.MEDIUM);
            assertThat(isSuspended(pair.b)).isFalse();
        }
    }

    @Test
    void anEndOfTheResourceEndsThemToo() throws Exception {
        Pair pair = pair(FaultyDevice.of(MemoryDevice.create(SIZE)));
        try (pair) {
            leave(pair.a);
            pair.b.await(s -> isSuspended(pair.b));
            CompletableFuture<Void> write = pair.b.resource.volume(0).writeAsync(0, ByteBuffer.wrap(random(5)), 0);
            pair.b.resource.close();
            assertThat(failure(write)).isEqualTo(BlockException.Kind.CLOSED);
        }
    }

    private static BlockException.Kind failure(CompletableFuture<Void> asked) throws Exception {
        try {
            now(asked);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(BlockException.class);
            return ((BlockException) e.getCause()).kind();
        }
        throw new AssertionError("it did not fail");
    }
}
