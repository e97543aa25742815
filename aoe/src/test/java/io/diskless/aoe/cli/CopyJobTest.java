package io.diskless.aoe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Copying and verifying, device to device. */
class CopyJobTest {
    private static final int SIZE = 1 << 20;

    private static ByteBuffer random() {
        ByteBuffer data = ByteBuffer.allocate(SIZE);
        new Random(7).nextBytes(data.array());
        return data;
    }

    @Test
    void everyByteArrivesAndIsCounted() throws BlockException {
        try (MemoryDevice from = MemoryDevice.create(SIZE);
                MemoryDevice to = MemoryDevice.create(SIZE)) {
            from.write(0, random());
            AtomicLong counted = new AtomicLong();
            // A chunk that does not divide the size: the last one is shorter.
            CopyJob job = new CopyJob(from, to, SIZE, 12_288, 5, counted::addAndGet);
            job.copy();
            assertThat(counted).hasValue(SIZE);
            job.verify();
            ByteBuffer back = ByteBuffer.allocate(SIZE);
            to.read(0, back);
            assertThat(back).isEqualTo(random());
        }
    }

    @Test
    void aChunkThatIsNoMultipleOfAPageFitsItsAlignedBuffer() throws BlockException {
        try (MemoryDevice from = MemoryDevice.create(SIZE);
                MemoryDevice to = MemoryDevice.create(SIZE)) {
            from.write(0, random());
            CopyJob job = new CopyJob(from, to, SIZE, 4608, 3, bytes -> {});
            job.copy();
            job.verify();
        }
    }

    @Test
    void loadOfOneSectorFitsItsAlignedBuffer() throws Exception {
        try (MemoryDevice device = MemoryDevice.create(SIZE)) {
            Load.Result result = new Load(device, 512, 50, false).run(4, 20_000_000, 1);
            assertThat(result.requests()).isPositive();
            assertThat(result.latency().getTotalCount()).isEqualTo(result.requests());
        }
    }

    @Test
    void oneWrongByteIsFoundAndNamed() throws BlockException {
        try (MemoryDevice from = MemoryDevice.create(SIZE);
                MemoryDevice to = MemoryDevice.create(SIZE)) {
            from.write(0, random());
            CopyJob job = new CopyJob(from, to, SIZE, 65_536, 4, bytes -> {});
            job.copy();
            ByteBuffer sector = ByteBuffer.allocate(512);
            to.read(700_416, sector);
            sector.put(100, (byte) ~sector.get(100));
            to.write(700_416, sector);
            assertThatThrownBy(job::verify)
                    .isInstanceOfSatisfying(
                            BlockException.class, e -> assertThat(e.offset()).isEqualTo(700_516));
        }
    }

    @Test
    void aFailureOfEitherSideEndsTheJob() throws BlockException {
        MemoryDevice to = MemoryDevice.create(SIZE);
        to.close();
        try (MemoryDevice from = MemoryDevice.create(SIZE)) {
            assertThatThrownBy(new CopyJob(from, to, SIZE, 65_536, 4, bytes -> {})::copy)
                    .isInstanceOfSatisfying(
                            BlockException.class, e -> assertThat(e.kind()).isEqualTo(BlockException.Kind.CLOSED));
        }
    }
}
