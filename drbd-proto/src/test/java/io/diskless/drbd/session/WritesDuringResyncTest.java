package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Applications write where a resync is at work: what was read before a write is not written after it, on either side. */
class WritesDuringResyncTest {
    private static final int SIZE = 1 << 20;

    private final MemoryDevice diskA = MemoryDevice.create(SIZE);
    private final MemoryDevice diskB = MemoryDevice.create(SIZE);
    private final FaultyDevice slowA = FaultyDevice.of(diskA);
    private final FaultyDevice slowB = FaultyDevice.of(diskB);

    private static DrbdOptions.Builder with(DrbdOptions.Builder of, FaultyDevice disk) {
        DrbdOptions o = of.build();
        return DrbdOptions.builder("r1")
                .addresses(o.local(), o.peer())
                .transport(o.transport())
                .net(Pair.fast().build())
                .sync(SyncOptions.fixed(1_000_000))
                .volume(VolumeOptions.volatileMeta(0, disk));
    }

    private static ByteBuffer random(int seed, int bytes) {
        byte[] b = new byte[bytes];
        new Random(seed).nextBytes(b);
        return ByteBuffer.wrap(b);
    }

    @ParameterizedTest(name = "the Primary is the source: {0}")
    @ValueSource(booleans = {true, false})
    void aBlockThatWasReadBeforeAWriteIsNotWrittenBehindIt(boolean primaryIsSource) throws Exception {
        try (Pair pair = new Pair(o -> with(o, slowA), o -> with(o, slowB), SIZE)) {
            ReplicationTest.sync(pair);
            pair.a.resource.volume(0).write(0, random(1, SIZE));
            FaultyDevice source = primaryIsSource ? slowA : slowB;
            source.hold(FaultyDevice.Op.READ);
            (primaryIsSource ? pair.b : pair.a).resource.invalidate(0).get(60, TimeUnit.SECONDS);
            Awaitility.await().atMost(Pair.PATIENCE).pollDelay(Duration.ZERO).until(() -> source.held() > 0);

            CompletableFuture<Void> write = pair.a.resource.volume(0).writeAsync(0, random(2, 65_536), 0);
            // What is sent behind the write is behind it at the peer: it has the write, if that went out.
            pair.a.resource.pauseSync(0, true).get(60, TimeUnit.SECONDS);
            pair.b.awaitState(primaryIsSource ? "cs:PausedSyncT" : "cs:PausedSyncS");
            source.releaseAll();
            pair.a.resource.pauseSync(0, false).get(60, TimeUnit.SECONDS);
            write.get(60, TimeUnit.SECONDS);

            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            byte[] expected = random(1, SIZE).array();
            System.arraycopy(random(2, 65_536).array(), 0, expected, 0, 65_536);
            assertThat(ReplicationTest.content(diskA, SIZE)).isEqualTo(expected);
            assertThat(ReplicationTest.content(diskB, SIZE)).isEqualTo(expected);
        }
    }
}
