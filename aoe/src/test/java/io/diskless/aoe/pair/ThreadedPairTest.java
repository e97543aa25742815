package io.diskless.aoe.pair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.initiator.TargetInfo;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** With threads of their own and the real clock: blocking callers on many threads. */
class ThreadedPairTest {
    private static final AoeAddress E0_1 = new AoeAddress(0, 1);
    private static final int THREADS = 4;
    private static final int REGION = 1 << 18;

    @Test
    void manyThreadsEachOnItsPartOfTheDisk() throws Exception {
        EthernetSegment segment = EthernetSegment.realTime();
        AoeTarget target = AoeTarget.create(TargetOptions.defaults());
        target.attach(segment.attach("target", MacAddress.parse("02:00:00:00:00:0a"), 9000));
        target.export(E0_1, MemoryDevice.create(THREADS * REGION), ExportOptions.defaults());
        target.start();
        AoeInitiator initiator = AoeInitiator.open(
                        List.of(segment.attach("ours", MacAddress.parse("02:00:00:00:00:01"), 9000)),
                        InitiatorOptions.builder().pooledRequests(2).build())
                .start();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            AoeDisk disk = initiator.disk(
                    E0_1,
                    DiskOptions.builder().openTimeout(Duration.ofMinutes(2)).build());
            assertThat(initiator.discover(Duration.ofMillis(1)))
                    .extracting(TargetInfo::address)
                    .containsExactly(E0_1);
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                int thread = t;
                all.add(threads.submit(() -> {
                    work(disk, thread);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
            assertThat(disk.snapshot().underWay()).isZero();
            assertThat(disk.snapshot().failures()).isZero();
            assertThat(initiator.targets()).hasSize(1);
            initiator.close();
            assertThatThrownBy(() -> disk.read(0, ByteBuffer.allocate(512)))
                    .isInstanceOfSatisfying(
                            BlockException.class, e -> assertThat(e.kind()).isEqualTo(BlockException.Kind.CLOSED));
        } finally {
            threads.shutdownNow();
            initiator.close();
            target.close();
        }
    }

    private static void work(AoeDisk disk, int thread) throws BlockException {
        Random random = new Random(thread);
        byte[] model = new byte[REGION];
        for (int i = 0; i < 200; i++) {
            int at = random.nextInt(REGION / 512 - 40) * 512;
            byte[] bytes = new byte[(1 + random.nextInt(40)) * 512];
            if (random.nextBoolean()) {
                random.nextBytes(bytes);
                System.arraycopy(bytes, 0, model, at, bytes.length);
                disk.write((long) thread * REGION + at, ByteBuffer.wrap(bytes));
            } else {
                disk.read((long) thread * REGION + at, ByteBuffer.wrap(bytes));
                assertThat(bytes).isEqualTo(java.util.Arrays.copyOfRange(model, at, at + bytes.length));
            }
        }
    }
}
