package io.diskless.drbd.meta;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.SliceDevice;
import io.diskless.cluster.block.testkit.PowerCut;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Internal meta-data moves to the end of a disk that has become larger, in the middle of work, and the power is cut at every
 * write: what was known is found at the new place or, if the move has not come to its last write, at the old one.
 */
class MetaMoveCrashTest {
    private static final int MIB = 1 << 20;
    private static final int OLD = 16 * MIB;
    private static final long SECONDS = 60;
    private static final MetaOptions INTERNAL = MetaOptions.at(MetaPlacement.INTERNAL);

    /** Something that was promised: from then on it must be known. */
    private sealed interface Promise {
        /** The extent is in the log. */
        record Hot(long offset) implements Promise {}

        /** The bits are on the disk. */
        record Dirty(long offset) implements Promise {}

        /** The move has ended. */
        record Moved() implements Promise {}
    }

    /** A disk of which only the beginning is there at first. */
    private record Growing(BlockDevice whole, AtomicLong size) implements BlockDevice {
        @Override
        public BlockGeometry geometry() {
            BlockGeometry all = whole.geometry();
            return new BlockGeometry(
                    size.get(),
                    all.logicalBlock(),
                    all.physicalBlock(),
                    all.memoryAlignment(),
                    all.optimalTransfer(),
                    all.discardGranularity(),
                    all.readOnly());
        }

        @Override
        public boolean completesInline() {
            return whole.completesInline();
        }

        @Override
        public void read(long offset, ByteBuffer dst, Completion done) {
            whole.read(offset, dst, done);
        }

        @Override
        public void write(long offset, ByteBuffer src, int flags, Completion done) {
            whole.write(offset, src, flags, done);
        }

        @Override
        public void flush(Completion done) {
            whole.flush(done);
        }

        @Override
        public void discard(long offset, long length, Completion done) {
            whole.discard(offset, length, done);
        }

        @Override
        public void writeZeroes(long offset, long length, Completion done) {
            whole.writeZeroes(offset, length, done);
        }

        @Override
        public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
            return () -> {};
        }

        @Override
        public void close() {}
    }

    private static <T> T now(CompletableFuture<T> asked) throws Exception {
        return asked.get(SECONDS, TimeUnit.SECONDS);
    }

    private static CompletableFuture<Void> asked(Consumer<Completion> what) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        what.accept(new MetaOpener.Ending(end));
        return end;
    }

    private final PowerCut power = new PowerCut();

    private void hot(MetaData meta, long offset) throws Exception {
        now(asked(done -> meta.activityLog().begin(offset, 4096, done)));
        power.mark(new Promise.Hot(offset));
    }

    private void dirty(MetaData meta, long offset) throws Exception {
        meta.bitmap().markDirty(offset, 4096);
        now(asked(meta::writeBitmap));
        power.mark(new Promise.Dirty(offset));
    }

    @ParameterizedTest
    @CsvSource({"1, 17", "2, 40", "3, 200"})
    void whatWasPromisedIsKnownWheneverThePowerGoes(long seed, int newMib) throws Exception {
        AtomicLong size = new AtomicLong(OLD);
        BlockDevice disk = new Growing(power.device((long) newMib * MIB), size);
        now(MetaData.create(disk, disk, INTERNAL));
        MetaData meta = now(MetaData.open(disk, disk, INTERNAL));
        now(asked(agreed -> meta.agree(meta.layout().dataSectors(), false, agreed)));
        now(asked(set -> meta.update(s -> s.withUuids(10, 20, 30, 40).with(MetaFlag.PRIMARY_IND), set)));
        int begun = power.events();
        hot(meta, 5L * MIB);
        dirty(meta, 2L * MIB);

        size.set((long) newMib * MIB);
        CompletableFuture<MetaLayout> moves = meta.followDevices();
        // In the middle of it: these wait for the move, or go before it.
        CompletableFuture<Void> meanwhile = asked(done -> meta.activityLog().begin(9L * MIB, 4096, done))
                .thenRun(() -> power.mark(new Promise.Hot(9L * MIB)));
        now(moves);
        power.mark(new Promise.Moved());
        now(meanwhile);
        hot(meta, 13L * MIB);
        dirty(meta, 3L * MIB);
        meta.close();

        AtomicInteger cuts = new AtomicInteger();
        AtomicInteger atTheOldPlace = new AtomicInteger();
        power.forEachCrash(new SplittableRandom(seed), 3, crash -> {
            if (crash.point() >= begun) {
                cuts.incrementAndGet();
                check(crash, atTheOldPlace);
            }
        });
        assertThat(cuts).hasValueGreaterThan(20);
        assertThat(atTheOldPlace).hasPositiveValue();
    }

    private static void check(PowerCut.Crash crash, AtomicInteger atTheOldPlace) throws Exception {
        MemoryDevice image = crash.images().get(0);
        boolean moved = crash.marks().stream().anyMatch(Promise.Moved.class::isInstance);
        MetaData found;
        try {
            found = now(MetaData.open(image, image, INTERNAL));
        } catch (ExecutionException e) {
            assertThat(moved).as("%s: %s", crash, e).isFalse();
            atTheOldPlace.incrementAndGet();
            BlockDevice old = SliceDevice.of(image, 0, OLD);
            found = now(MetaData.open(old, old, INTERNAL));
        }
        assertThat(found.superblock().bitmapUuid()).as(crash.toString()).isEqualTo(20);
        assertThat(found.superblock().has(MetaFlag.CRASHED_PRIMARY))
                .as(crash.toString())
                .isTrue();
        for (Object promise : crash.marks()) {
            long offset = promise instanceof Promise.Hot h
                    ? h.offset()
                    : promise instanceof Promise.Dirty d ? d.offset() : -1;
            if (offset >= 0) {
                assertThat(found.bitmap().isDirty(offset, 4096))
                        .as("%s: %s", crash, promise)
                        .isTrue();
            }
        }
        found.close();
    }
}
