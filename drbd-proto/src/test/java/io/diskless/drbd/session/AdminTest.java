package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.wire.ConnectionState;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an administrator does to a pair. */
class AdminTest {
    private static final int SIZE = 8 << 20;
    private static final String GOOD = "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate";
    private static final String GOOD_THERE = "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate";

    private static Pair pair(NetOptions.Builder net) {
        NetOptions built = net.build();
        SyncOptions sync = new SyncOptions(250, 20, 10, 100, 1_000_000);
        return new Pair(o -> o.net(built).sync(sync), o -> o.net(built).sync(sync), SIZE);
    }

    private static void same(Pair pair) throws Exception {
        assertThat(ReplicationTest.content(pair.diskB, SIZE)).isEqualTo(ReplicationTest.content(pair.diskA, SIZE));
    }

    private static ByteBuffer random(int seed, int bytes) {
        byte[] b = new byte[bytes];
        new Random(seed).nextBytes(b);
        return ByteBuffer.wrap(b);
    }

    @ParameterizedTest
    @CsvSource({"88, MD5", "91, SHA1", "97, CRC32C", "100, MD5", "101, CRC32C"})
    void aVerifyFindsExactlyWhatWasSpoilt(int version, DigestAlgorithm algorithm) throws Exception {
        try (Pair pair = pair(Pair.fast().versions(version, version).verifyAlg(algorithm))) {
            ReplicationTest.sync(pair);
            pair.diskB.write(40_960, random(1, 8192));
            pair.diskB.write(SIZE - 512, random(2, 512));

            VerifyReport report = pair.a.resource.verify(0, 0, Long.MAX_VALUE).get(60, TimeUnit.SECONDS);

            assertThat(report.differing())
                    .isEqualTo(List.of(new VerifyReport.Range(80, 16), new VerifyReport.Range((SIZE >> 9) - 8, 8)));
            assertThat(report.compared()).isEqualTo(SIZE / 4096);
            pair.a.awaitState(GOOD);
            pair.b.awaitState(GOOD_THERE);
        }
    }

    /** A device that gives one block with a flipped bit, so many times. */
    private static BlockDevice flipping(MemoryDevice device, AtomicInteger times) {
        return (BlockDevice) Proxy.newProxyInstance(
                BlockDevice.class.getClassLoader(), new Class<?>[] {BlockDevice.class}, (proxy, method, args) -> {
                    if (method.getName().equals("read")
                            && args[0].equals(40_960L)
                            && times.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                        ByteBuffer into = (ByteBuffer) args[1];
                        int at = into.position();
                        device.read(40_960L, into.duplicate());
                        into.put(at, (byte) (into.get(at) ^ 1));
                        ((Completion) args[2]).completed();
                        return null;
                    }
                    try {
                        return method.invoke(device, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** One bad read accuses nobody; two in a row do. */
    @ParameterizedTest
    @CsvSource({"1, true", "2, false"})
    void aBlockIsReadAgainBeforeItIsAccused(int times, boolean clean) throws Exception {
        AtomicInteger left = new AtomicInteger();
        NetOptions net = Pair.fast().verifyAlg(DigestAlgorithm.MD5).build();
        try (Pair pair = new Pair(
                o -> o.net(net),
                o -> o.net(net),
                SIZE,
                VolumeOptions.volatileMeta(0, flipping(MemoryDevice.create(SIZE), left)))) {
            ReplicationTest.sync(pair);
            left.set(times);

            VerifyReport report = pair.a.resource.verify(0, 0, Long.MAX_VALUE).get(60, TimeUnit.SECONDS);

            assertThat(left).hasValue(0);
            assertThat(report.isClean()).isEqualTo(clean);
            assertThat(report.differing()).isEqualTo(clean ? List.of() : List.of(new VerifyReport.Range(80, 8)));
            assertThat(report.compared()).isEqualTo(SIZE / 4096);
            pair.a.awaitState(GOOD);
        }
    }

    /** What could not be read was not compared. */
    @Test
    void aBlockThatCannotBeReadIsLeftOut() throws Exception {
        FaultyDevice faulty = FaultyDevice.of(MemoryDevice.create(SIZE));
        NetOptions net = Pair.fast().verifyAlg(DigestAlgorithm.MD5).build();
        try (Pair pair = new Pair(
                o -> o.net(net),
                o -> o.net(net),
                SIZE,
                VolumeOptions.volatileMeta(0, faulty).onIoError(VolumeOptions.OnIoError.PASS_ON))) {
            ReplicationTest.sync(pair);
            faulty.fail(BlockException.Kind.MEDIUM, 40_960, 4096, FaultyDevice.Op.READ);

            VerifyReport report = pair.a.resource.verify(0, 80, 96).get(60, TimeUnit.SECONDS);

            assertThat(report.skipped()).isEqualTo(1);
            assertThat(report.compared()).isEqualTo(1);
            // While a disk is verified its state is no other than UpToDate (spec drbd-semantics, what a connection
            // allows).
            pair.a.awaitState(GOOD);
            assertThat(pair.a.events).hasAtLeastOneElementOfType(DrbdEvent.IoError.class);
            assertThat(pair.a.events.toString() + pair.b.events).doesNotContain("ConnectionLost");
        }
    }

    @Test
    void aVerifyMayBeginAndEndInTheMiddle() throws Exception {
        try (Pair pair = pair(Pair.fast().verifyAlg(DigestAlgorithm.MD5))) {
            ReplicationTest.sync(pair);
            pair.diskB.write(0, random(1, 512));
            pair.diskB.write(1 << 20, random(1, 512));

            VerifyReport report = pair.b.resource.verify(0, 1024, 4096).get(60, TimeUnit.SECONDS);

            assertThat(report.differing()).containsExactly(new VerifyReport.Range(2048, 8));
            assertThat(report.compared()).isEqualTo((4096 - 1024) / 8);
            pair.b.awaitState(GOOD_THERE);
            pair.a.awaitState(GOOD);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void invalidatedDataIsFetchedAnew(boolean here) throws Exception {
        try (Pair pair = pair(Pair.fast())) {
            ReplicationTest.sync(pair);
            pair.a.resource.volume(0).write(0, random(3, 1 << 20));
            pair.diskB.write(4096, random(4, 65_536));

            if (here) {
                pair.b.resource.invalidate(0).get(60, TimeUnit.SECONDS);
            } else {
                pair.a.resource.invalidateRemote(0).get(60, TimeUnit.SECONDS);
            }
            pair.a.await(s -> pair.a.events.toString().contains("after=cs:SyncSource")
                    && s.toString().startsWith(GOOD));
            pair.b.awaitState(GOOD_THERE);
            same(pair);
        }
    }

    @Test
    void aResyncByChecksumsSendsOnlyWhatDiffers() throws Exception {
        try (Pair pair = pair(Pair.fast().csumsAlg(DigestAlgorithm.SHA1))) {
            pair.diskA.write(0, random(5, SIZE));
            pair.diskB.write(0, random(5, SIZE));
            pair.diskB.write(1 << 20, random(6, 4096));
            ReplicationTest.sync(pair);
            same(pair);
        }
    }

    /** The peer's last word about its disk from before is then behind the request on the one side, before it on the other. */
    @Test
    @Timeout(120)
    void theInitialSyncIsSkippedAsSoonAsBothAreConnected() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (Pair pair = pair(Pair.fast())) {
                pair.connect();
                // No pause between the two: the last word from before has to be on its way still.
                while (pair.a.state().connection() != ConnectionState.CONNECTED
                        || pair.b.state().connection() != ConnectionState.CONNECTED) {
                    Thread.onSpinWait();
                }
                pair.a.resource.skipInitialSync(0).get(60, TimeUnit.SECONDS);
                pair.b.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
                pair.b.resource.promote(false).get(60, TimeUnit.SECONDS);
                pair.a.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            }
        }
    }

    @Test
    void newDisksNeedNoResync() throws Exception {
        try (Pair pair = pair(Pair.fast())) {
            pair.connect();
            pair.a.awaitState("cs:Connected");
            pair.b.awaitState("cs:Connected");
            pair.a.resource.skipInitialSync(0).get(60, TimeUnit.SECONDS);
            pair.b.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
            pair.b.resource.promote(false).get(60, TimeUnit.SECONDS);
            pair.b.resource.volume(0).write(0, random(7, 8192));
            pair.b.resource.disconnect().get(60, TimeUnit.SECONDS);
            pair.b.resource.connect();
            pair.b.awaitState(GOOD);
            pair.a.awaitState(GOOD_THERE);
            same(pair);
        }
    }

    @Test
    void aPrimaryThatGivesItsDiskUpGoesOnWithThePeers() throws Exception {
        try (Pair pair = pair(Pair.fast())) {
            ReplicationTest.sync(pair);
            pair.a.resource.volume(0).write(0, random(8, 65_536));
            pair.a.resource.detach(0).get(60, TimeUnit.SECONDS);
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate");
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/Diskless");

            pair.a.resource.volume(0).write(4096, random(9, 4096));
            ByteBuffer read = ByteBuffer.allocate(65_536);
            pair.a.resource.volume(0).read(0, read);
            assertThat(read.slice(4096, 4096)).isEqualTo(random(9, 4096));
            assertThat(read.slice(0, 4096)).isEqualTo(random(8, 65_536).slice(0, 4096));
        }
    }

    @Test
    void aResyncCanBeHurriedOn() throws Exception {
        NetOptions net = Pair.fast().build();
        // At 16 KiB/s it would take longer than anybody waits here.
        try (Pair pair = new Pair(
                o -> o.net(net).sync(SyncOptions.fixed(16)), o -> o.net(net).sync(SyncOptions.fixed(16)), SIZE)) {
            pair.connect();
            pair.a.awaitState("cs:Connected");
            pair.b.awaitState("cs:Connected");
            pair.a.resource.promote(true).get(60, TimeUnit.SECONDS);
            pair.b.awaitState("cs:SyncTarget");
            pair.b.resource.adjust(SyncOptions.fixed(1_000_000)).get(60, TimeUnit.SECONDS);
            pair.b.awaitState(GOOD_THERE);
            pair.a.awaitState(GOOD);
            same(pair);
        }
    }

    @Test
    void aResyncCanBePaused() throws Exception {
        NetOptions net = Pair.fast().build();
        try (Pair pair = new Pair(
                o -> o.net(net).sync(SyncOptions.fixed(2048)), o -> o.net(net).sync(SyncOptions.fixed(2048)), SIZE)) {
            pair.connect();
            pair.a.awaitState("cs:Connected");
            pair.b.awaitState("cs:Connected");
            pair.a.resource.promote(true).get(60, TimeUnit.SECONDS);
            pair.b.awaitState("cs:SyncTarget");
            pair.a.resource.pauseSync(0, true).get(60, TimeUnit.SECONDS);
            pair.b.awaitState("cs:PausedSyncT");
            pair.a.awaitState("cs:PausedSyncS");
            pair.a.resource.pauseSync(0, false).get(60, TimeUnit.SECONDS);
            pair.b.awaitState(GOOD_THERE);
            pair.a.awaitState(GOOD);
        }
    }
}
