package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A disk that cannot write or flush, on either side: its option says what becomes of it, and nothing is lost. */
class IoErrorTest {
    private static final int SIZE = 4 << 20;

    static List<Arguments> errors() {
        List<Arguments> all = new ArrayList<>();
        for (VolumeOptions.OnIoError policy : VolumeOptions.OnIoError.values()) {
            for (FaultyDevice.Op op : List.of(FaultyDevice.Op.WRITE, FaultyDevice.Op.FLUSH)) {
                for (boolean primary : new boolean[] {true, false}) {
                    all.add(Arguments.of(policy, op, primary));
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("errors")
    void anErrorIsTreatedAsTheOptionSays(VolumeOptions.OnIoError policy, FaultyDevice.Op op, boolean primary)
            throws Exception {
        MemoryDevice memory = MemoryDevice.create(SIZE);
        FaultyDevice faulty = FaultyDevice.of(memory);
        NetOptions net = Pair.fast().build();
        SyncOptions sync = SyncOptions.fixed(1_000_000);
        try (Pair pair = new Pair(
                o -> o.net(net).sync(sync),
                o -> o.net(net).sync(sync),
                SIZE,
                VolumeOptions.volatileMeta(0, faulty).onIoError(policy))) {
            pair.connect();
            pair.a.awaitState("cs:Connected");
            pair.b.awaitState("cs:Connected");
            Pair.Side user = primary ? pair.a : pair.b;
            Pair.Side other = primary ? pair.b : pair.a;
            user.resource.promote(true).get(60, TimeUnit.SECONDS);
            user.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            other.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            byte[] data = new byte[65_536];
            new Random(1).nextBytes(data);

            faulty.fail(BlockException.Kind.MEDIUM, op);
            user.resource.volume(0).write(1 << 20, ByteBuffer.wrap(data));
            if (primary && op == FaultyDevice.Op.FLUSH) {
                assertThatThrownBy(() -> user.resource.volume(0).flush()).isInstanceOf(BlockException.class);
            } else {
                user.resource.volume(0).flush();
            }

            // What a failed flush leaves on a disk is not known: that disk is never used on.
            boolean kept = policy == VolumeOptions.OnIoError.PASS_ON && op == FaultyDevice.Op.WRITE;
            DiskState left = kept ? DiskState.INCONSISTENT : DiskState.DISKLESS;
            pair.a.await(s -> s.connection() == ConnectionState.CONNECTED
                    && s.disk() == left
                    && s.peerDisk() == DiskState.UP_TO_DATE);
            pair.b.await(s -> s.connection() == ConnectionState.CONNECTED
                    && s.disk() == DiskState.UP_TO_DATE
                    && s.peerDisk() == left);
            assertThat(pair.a.events.stream()
                            .filter(DrbdEvent.IoError.class::isInstance)
                            .map(DrbdEvent.IoError.class::cast))
                    .isNotEmpty()
                    .allMatch(e -> e.detached() == !kept);
            ByteBuffer read = ByteBuffer.allocate(data.length);
            user.resource.volume(0).read(1 << 20, read);
            assertThat(read.array()).isEqualTo(data);
            assertThat(Arrays.copyOfRange(ReplicationTest.content(pair.diskB, SIZE), 1 << 20, (1 << 20) + data.length))
                    .isEqualTo(data);
            if (!primary) {
                assertThat(user.resource
                                .statistics()
                                .get(60, TimeUnit.SECONDS)
                                .volumes()
                                .get(0)
                                .outOfSyncBytes())
                        .isGreaterThanOrEqualTo(data.length);
            }
        }
    }
}
