package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.wire.ConnectionState;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A side whose meta-data takes its time hears a faster peer out in the right order. */
class SlowMetaTest {
    private static final int SIZE = 1 << 20;
    private static final MetaOptions WHERE = MetaOptions.at(MetaPlacement.FLEXIBLE);

    @Test
    void theBitmapThatComesWhileTheDecisionIsWrittenDownIsNotTooEarly() throws Exception {
        MemoryDevice disk = MemoryDevice.create(SIZE);
        FaultyDevice meta = FaultyDevice.of(MemoryDevice.create(1 << 20));
        MetaData.create(disk, meta, WHERE).get(60, TimeUnit.SECONDS);
        NetOptions net = Pair.fast().build();
        VolumeOptions volume = VolumeOptions.of(0, disk, meta, WHERE);
        try (Pair pair = new Pair(o -> o.net(net), o -> o.net(net), SIZE, volume)) {
            pair.b.resource.promote(true).get(60, TimeUnit.SECONDS);
            pair.b
                    .resource
                    .volume(0)
                    .write(0, java.nio.ByteBuffer.allocate(4096).put(0, (byte) 5));
            meta.hold(FaultyDevice.Op.WRITE);
            pair.connect();
            try {
                // All is dirty here, and that has to be written down; there, it is all sent at once.
                Awaitility.await()
                        .atMost(Pair.PATIENCE)
                        .pollDelay(Duration.ZERO)
                        .until(() -> meta.held() > 0 && hasCompared(pair.a));
                pair.b.await(s -> s.connection() == ConnectionState.WF_BITMAP_S);
            } finally {
                meta.releaseAll();
            }
            pair.a.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            assertThat(pair.a.events).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
            assertThat(ReplicationTest.content(disk, SIZE)).isEqualTo(ReplicationTest.content(pair.diskB, SIZE));
        }
    }

    private static boolean hasCompared(Pair.Side side) {
        return side.events.stream().anyMatch(DrbdEvent.Compared.class::isInstance);
    }
}
