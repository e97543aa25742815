package io.diskless.cluster.block.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Real threads and the shared scheduler: writers that never stop while a leg leaves and returns. */
class MirrorConcurrencyTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS_EACH = 32;

    @Test
    void writersWhileALegLeavesAndReturns() throws Exception {
        List<MemoryDevice> disks = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            disks.add(MemoryDevice.create(2 << 20));
        }
        Mirror mirror = Mirror.create(
                disks,
                MirrorOptions.builder()
                        .regionSize(16 << 10)
                        .resyncChunk(4096)
                        .resyncDepth(3)
                        .clearDelay(Duration.ofMillis(1))
                        .closeLegs(false)
                        .build());
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        List<Future<byte[]>> writers = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            int area = t;
            Callable<byte[]> writer = () -> write(mirror, area, stop);
            writers.add(threads.submit(writer));
        }
        for (int round = 0; round < 12; round++) {
            int leg = round % 3;
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> mirror.snapshot().legs().stream().allMatch(l -> l.state() == LegState.IN_SYNC));
            assertThat(mirror.fail(leg)).isTrue();
            mirror.readmit(leg).get(60, TimeUnit.SECONDS);
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> mirror.snapshot().isHealthy());
        stop.set(true);
        byte[][] last = new byte[3][];
        for (int t = 0; t < 3; t++) {
            last[t] = writers.get(t).get(60, TimeUnit.SECONDS);
        }
        threads.shutdown();
        ScrubReport report = mirror.scrub(false, 0).report().get(60, TimeUnit.SECONDS);
        assertThat(report.complete()).isTrue();
        assertThat(report.differences()).isEmpty();
        long size = mirror.geometry().size();
        mirror.close();
        for (MemoryDevice disk : disks) {
            for (int t = 0; t < 3; t++) {
                ByteBuffer area = ByteBuffer.allocate(BLOCKS_EACH * BLOCK);
                disk.read(disk.geometry().size() - size + (long) t * BLOCKS_EACH * BLOCK, area);
                for (int b = 0; b < BLOCKS_EACH; b++) {
                    assertThat(area.get(b * BLOCK)).isEqualTo(last[t][b]);
                    assertThat(area.get(b * BLOCK + BLOCK - 1)).isEqualTo(last[t][b]);
                }
            }
        }
        assertThat(Mirror.assess(disks, MirrorOptions.defaults()).verdict()).isEqualTo(MirrorAssembly.Verdict.COMPLETE);
    }

    /** Writes and rereads blocks of its own area until told to stop; what the area shows then. */
    private static byte[] write(Mirror mirror, int area, AtomicBoolean stop) throws BlockException {
        SplittableRandom random = new SplittableRandom(area);
        byte[] model = new byte[BLOCKS_EACH];
        ByteBuffer bytes = ByteBuffer.allocateDirect(BLOCK);
        while (!stop.get()) {
            int block = random.nextInt(BLOCKS_EACH);
            long offset = ((long) area * BLOCKS_EACH + block) * BLOCK;
            byte value = (byte) random.nextInt();
            for (int i = 0; i < BLOCK; i++) {
                bytes.put(i, value);
            }
            mirror.write(offset, bytes);
            model[block] = value;
            block = random.nextInt(BLOCKS_EACH);
            mirror.read(((long) area * BLOCKS_EACH + block) * BLOCK, bytes);
            if (bytes.get(0) != model[block] || bytes.get(BLOCK - 1) != model[block]) {
                throw new AssertionError("block " + block + " of area " + area + " shows " + bytes.get(0)
                        + ", expected " + model[block]);
            }
            if (random.nextInt(50) == 0) {
                mirror.flush();
            }
        }
        return model;
    }
}
