package io.diskless.aoe.initiator;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * The hazard of AoE (spec §12): a copy of an old write that some queue held arrives after a newer write to the same place.
 * Shown with an initiator that does what Linux does, and not to be shown with ours.
 */
class LateWriteTest {
    private static final byte[] OLD = Bench.pattern(512, 1);
    private static final byte[] NEW = Bench.pattern(512, 2);

    /** Holds the first copy of the first write back, as a queue in a switch would; the rest passes. */
    private static final class Queue {
        final ScriptedTarget target;
        ScriptedTarget.Seen held;

        Queue(ScriptedTarget target) {
            this.target = target;
            target.lose = seen -> {
                boolean first = seen.isWrite() && held == null;
                held = first ? seen : held;
                return first;
            };
        }

        void release() {
            target.answer(held, true);
            held.link().flush();
        }
    }

    @Test
    void aNaiveInitiatorLosesTheNewWrite() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 64, 1);
            Queue queue = new Queue(target);
            Naive naive = new Naive(bench);
            naive.write(1, OLD);
            bench.pass(Bench.MILLI);
            assertThat(naive.answers).as("the first copy waits in the queue").isZero();
            naive.write(2, OLD);
            bench.pass(Bench.MILLI);
            assertThat(naive.answers)
                    .as("the second copy is answered, the old write is done")
                    .isOne();
            naive.write(3, NEW);
            bench.pass(Bench.MILLI);
            assertThat(naive.answers).as("the new write is done").isEqualTo(2);
            assertThat(sector(target)).isEqualTo(NEW);
            queue.release();
            bench.pass(Bench.MILLI);
            assertThat(sector(target)).as("and undone").isEqualTo(OLD);
        }
    }

    @Test
    void oursHoldsTheNewWriteUntilTheOldCopyIsAnswered() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 64, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            Queue queue = new Queue(target);
            bench.write(disk, 0, OLD);
            assertThat(queue.held).isNotNull();
            CompletableFuture<Void> write = disk.writeAsync(0, ByteBuffer.wrap(NEW), 0);
            bench.pass(500 * Bench.MILLI);
            assertThat(write).as("held").isNotDone();
            assertThat(disk.snapshot().held()).isOne();
            assertThat(sector(target)).isEqualTo(OLD);
            queue.release();
            bench.pass(Bench.MILLI);
            assertThat(write).as("every copy of the old write is accounted for").isCompleted();
            assertThat(sector(target)).isEqualTo(NEW);
            assertThat(disk.snapshot().uncertain()).isZero();
        }
    }

    @Test
    void oursLetsTheNewWriteGoAfterTheQuarantine() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 64, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            new Queue(target);
            bench.write(disk, 0, OLD);
            long answered = bench.segment.clock().getAsLong();
            bench.write(disk, 0, NEW);
            long waited = bench.segment.clock().getAsLong() - answered;
            assertThat(waited).isBetween(1800 * Bench.MILLI, 2010 * Bench.MILLI);
            assertThat(sector(target)).isEqualTo(NEW);
        }
    }

    @Test
    void onlyOverlappingWritesWait() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 64, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            new Queue(target);
            bench.write(disk, 512, OLD);
            long answered = bench.segment.clock().getAsLong();
            bench.write(disk, 0, NEW);
            bench.write(disk, 1024, NEW);
            assertThat(bench.read(disk, 512, 512)).isEqualTo(OLD);
            assertThat(bench.segment.clock().getAsLong() - answered).isLessThan(10 * Bench.MILLI);
            // One that only touches it waits.
            CompletableFuture<Void> wide = disk.writeAsync(0, ByteBuffer.allocate(4096), 0);
            bench.pass(100 * Bench.MILLI);
            assertThat(wide).isNotDone();
            assertThat(disk.snapshot().held()).isOne();
            bench.join(wide);
        }
    }

    @Test
    void aWriteThatFailedByItsDeadlineIsRememberedToo() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 64, 1);
            AoeDisk disk = bench.open(
                    DiskOptions.builder().deadline(Duration.ofSeconds(4)).build());
            target.lose = ScriptedTarget.Seen::isWrite;
            bench.failure(disk.writeAsync(0, ByteBuffer.wrap(OLD), 0));
            ScriptedTarget.Seen last = target.seen.stream()
                    .filter(ScriptedTarget.Seen::isWrite)
                    .reduce((a, b) -> b)
                    .orElseThrow();
            target.lose = seen -> false;
            CompletableFuture<Void> write = disk.writeAsync(0, ByteBuffer.wrap(NEW), 0);
            bench.pass(Bench.SECOND);
            assertThat(write).isNotDone();
            target.answer(last, true);
            last.link().flush();
            bench.join(write);
            assertThat(sector(target)).isEqualTo(NEW);
        }
    }

    @Test
    void aDiskThatIsOpenedAgainStillKnowsTheOldCopies() throws Exception {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 64, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            Queue queue = new Queue(target);
            bench.write(disk, 0, OLD);
            disk.close();
            AoeDisk again = bench.open(DiskOptions.defaults());
            CompletableFuture<Void> write = again.writeAsync(0, ByteBuffer.wrap(NEW), 0);
            bench.pass(500 * Bench.MILLI);
            assertThat(write).isNotDone();
            queue.release();
            bench.join(write);
            assertThat(sector(target)).isEqualTo(NEW);
        }
    }

    private static byte[] sector(ScriptedTarget target) {
        return Arrays.copyOf(target.disk, 512);
    }

    /** Sends writes when told and believes the first answer, each copy with a tag of its own, as Linux does. */
    private static final class Naive {
        private final EthernetLink link;
        int answers;

        Naive(Bench bench) {
            link = bench.segment.attach("naive", MacAddress.of(0x0200_0000_0077L), 1500);
            bench.others.add(() ->
                    link.receive(frame -> answers += AoeHeader.isResponse(frame.bytes(), AoeHeader.AT) ? 1 : 0, 64));
        }

        void write(int tag, byte[] data) {
            ByteBuffer b = link.claim().bytes();
            EthernetHeader.write(b, 0, 0x0200_0000_0011L, link.address().value());
            AoeHeader.write(b, AoeHeader.AT, 0, 0, 1, 2, AoeHeader.CMD_ATA, tag);
            AtaFields.write(
                    b, AoeHeader.AT, AtaFields.FLAG_EXTENDED | AtaFields.FLAG_WRITE, 0, 1, AtaCommand.WRITE_EXT, 0);
            b.put(AtaFields.DATA_AT, data);
            link.commit(AtaFields.DATA_AT + data.length);
            link.flush();
        }
    }
}
