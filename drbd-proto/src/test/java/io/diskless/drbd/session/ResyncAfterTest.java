package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.netty.DrbdTransport;
import io.netty.channel.local.LocalAddress;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** resync-after: volume 0 waits for volume 1. */
class ResyncAfterTest {
    private static DrbdOptions.Builder second(DrbdOptions.Builder of, VolumeOptions... volumes) {
        DrbdOptions o = of.build();
        DrbdOptions.Builder b = DrbdOptions.builder("r1")
                .addresses(o.local(), o.peer())
                .transport(o.transport())
                .net(Pair.fast().build());
        for (VolumeOptions v : volumes) {
            b.volume(v);
        }
        return b;
    }

    private static VolumeOptions volume(int number) {
        return VolumeOptions.volatileMeta(number, MemoryDevice.create(1 << 20));
    }

    private static void await(Pair.Side side, int volume, String state) {
        Awaitility.await()
                .atMost(Pair.PATIENCE)
                .until(() -> side.resource.state(volume).toString(), s -> s.startsWith(state));
    }

    @Test
    void theResyncOfTheOtherVolumeComesFirst() throws Exception {
        try (Pair pair = new Pair(
                o -> second(o, volume(0), volume(1)), o -> second(o, volume(0).resyncAfter(1), volume(1)), 4096)) {
            pair.connect();
            await(pair.a, 0, "cs:Connected");
            await(pair.a, 1, "cs:Connected");
            pair.a.resource.promote(true).get(60, TimeUnit.SECONDS);
            await(pair.b, 0, "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            await(pair.b, 1, "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");

            pair.b.resource.pauseSync(1, true).get(60, TimeUnit.SECONDS);
            pair.b.resource.invalidate(1).get(60, TimeUnit.SECONDS);
            await(pair.b, 1, "cs:PausedSyncT");
            pair.b.resource.invalidate(0).get(60, TimeUnit.SECONDS);
            await(pair.b, 0, "cs:PausedSyncT");
            await(pair.a, 0, "cs:PausedSyncS");

            pair.b.resource.pauseSync(1, false).get(60, TimeUnit.SECONDS);
            await(pair.b, 1, "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            await(pair.b, 0, "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
        }
    }

    @Test
    void noTwoVolumesWaitForEachOther() {
        try (DrbdTransport transport = DrbdTransport.inMemory()) {
            DrbdOptions options = DrbdOptions.builder("r1")
                    .addresses(new LocalAddress("resync-after-1"), new LocalAddress("resync-after-2"))
                    .transport(transport)
                    .volume(volume(0).resyncAfter(1))
                    .volume(volume(1).resyncAfter(0))
                    .build();

            assertThatThrownBy(() -> DrbdResource.open(options))
                    .isInstanceOf(DrbdException.class)
                    .hasMessageContaining("volume 0 would wait for itself");
        }
    }
}
