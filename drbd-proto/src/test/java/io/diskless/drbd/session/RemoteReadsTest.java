package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A Primary without a disk that wants to read far more at once than its peer can be asked for. */
class RemoteReadsTest {
    private static final int SIZE = 16 << 20;

    private static <T> T now(CompletableFuture<T> asked) throws Exception {
        return asked.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static int asked(Pair.Side side) throws Exception {
        CompletableFuture<Integer> count = new CompletableFuture<>();
        ResourceCore core = side.resource.core();
        core.run(() -> count.complete(
                Objects.requireNonNull(core.volume(0)).local().remote().asked()));
        return now(count);
    }

    @ParameterizedTest
    @CsvSource({"4096, 2048", "65536, 128", "1048576, 8", "512, 2048"})
    void noMoreIsAskedForThanThePeerHasRoomFor(int bytes, int most) throws Exception {
        MemoryDevice memory = MemoryDevice.create(SIZE);
        FaultyDevice disk = FaultyDevice.of(memory);
        NetOptions net = Pair.fast().build();
        SyncOptions sync = SyncOptions.fixed(1_000_000);
        try (Pair pair = new Pair(
                o -> o.net(net).sync(sync), o -> o.net(net).sync(sync), SIZE, VolumeOptions.volatileMeta(0, disk))) {
            ReplicationTest.random(pair.diskB, 1);
            pair.connect();
            pair.b.awaitState("cs:Connected");
            now(pair.b.resource.promote(true));
            pair.b.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            now(pair.b.resource.detach(0));
            pair.b.awaitState("cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate");

            disk.hold(FaultyDevice.Op.READ);
            int reads = 3 * most;
            List<ByteBuffer> found = new ArrayList<>();
            List<CompletableFuture<Void>> ends = new ArrayList<>();
            for (int i = 0; i < reads; i++) {
                ByteBuffer into = ByteBuffer.allocate(bytes);
                found.add(into);
                ends.add(pair.b.resource.volume(0).readAsync((long) i * bytes % SIZE, into));
            }
            // What was asked for above is done on the loop before this.
            assertThat(asked(pair.b)).isEqualTo(most);
            assertThat(ends).noneMatch(CompletableFuture::isDone);

            // One is answered, and one that waited goes out.
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> disk.held() > 0);
            disk.release(1);
            now(CompletableFuture.anyOf(ends.toArray(CompletableFuture[]::new)));
            assertThat(asked(pair.b)).isEqualTo(most);

            disk.releaseAll();
            for (CompletableFuture<Void> end : ends) {
                now(end);
            }
            assertThat(asked(pair.b)).isZero();
            byte[] all = ReplicationTest.content(memory, SIZE);
            for (int i = 0; i < reads; i++) {
                int at = (int) ((long) i * bytes % SIZE);
                assertThat(Arrays.equals(found.get(i).array(), 0, bytes, all, at, at + bytes))
                        .as("read %d", i)
                        .isTrue();
            }
        }
    }
}
