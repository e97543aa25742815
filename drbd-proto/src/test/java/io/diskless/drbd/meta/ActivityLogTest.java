package io.diskless.drbd.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The log over a disk whose answers the test gives. */
class ActivityLogTest {
    private static final long MIB4 = ActivityLog.EXTENT;

    /** A disk that waits for the test. */
    private static final class Disk implements ActivityLog.Disk {
        final List<String> asked = new ArrayList<>();
        final List<ByteBuffer> written = new ArrayList<>();
        private @Nullable Completion pending;

        @Override
        public void beforeEviction(int[] extents, int count, Completion done) {
            StringBuilder text = new StringBuilder("evict");
            for (int i = 0; i < count; i++) {
                text.append(' ').append(extents[i]);
            }
            ask(text.toString(), done);
        }

        @Override
        public void write(int transaction, ByteBuffer block, Completion done) {
            ByteBuffer copy = ByteBuffer.allocate(AlBlock.SIZE);
            copy.put(0, block, 0, AlBlock.SIZE);
            written.add(copy);
            ask("write " + transaction, done);
        }

        private void ask(String what, Completion done) {
            assertThat(pending).as("one question at a time").isNull();
            asked.add(what);
            pending = done;
        }

        void answer() {
            Completion done = pending;
            pending = null;
            assertThat(done).isNotNull();
            done.completed();
        }

        void fail() {
            Completion done = pending;
            pending = null;
            assertThat(done).isNotNull();
            done.failed(new BlockException(BlockException.Kind.MEDIUM, 0, "broken"));
        }
    }

    private static final class Heard implements Completion {
        int completed;
        int failed;

        @Override
        public void completed() {
            completed++;
        }

        @Override
        public void failed(BlockException cause) {
            failed++;
        }
    }

    private final Disk disk = new Disk();
    private final Heard heard = new Heard();

    private void make(ActivityLog log, int extent) {
        log.begin(extent * MIB4, 4096, heard);
        while (disk.pending != null) {
            disk.answer();
        }
    }

    @Test
    void aColdExtentIsWrittenBeforeTheWriteGoesOn() {
        ActivityLog log = new ActivityLog(disk, 67, false);
        assertThat(log.tryBegin(0, 512)).isFalse();
        log.begin(0, 512, heard);
        assertThat(disk.asked).containsExactly("write 0");
        assertThat(heard.completed).isZero();
        assertThat(log.tryBegin(0, 512)).as("not yet on disk").isFalse();
        disk.answer();
        assertThat(heard.completed).isEqualTo(1);
        assertThat(log.tryBegin(MIB4 - 512, 512)).isTrue();
        assertThat(log.heldExtents()).isEqualTo(1);
        log.end(MIB4 - 512, 512);
        log.end(0, 512);
        assertThat(log.heldExtents()).isZero();
        assertThat(log.tryBegin(8192, 512)).as("still warm").isTrue();
        assertThat(disk.asked).hasSize(1);
        int[] table = AlBlock.emptyTable();
        AlBlock.apply(disk.written.get(0), table);
        assertThat(table[66]).as("slots are taken from the high end").isZero();
    }

    @Test
    void whoComesMeanwhileSharesTheNextTransaction() {
        ActivityLog log = new ActivityLog(disk, 67, false);
        log.begin(0, 512, heard);
        for (int i = 1; i <= 40; i++) {
            log.begin(i * MIB4, 512, heard);
            log.begin(i * MIB4 + 512, 512, heard);
        }
        log.begin(512, 512, heard);
        disk.answer();
        assertThat(heard.completed)
                .as("the first, and the last, whose extent is hot now")
                .isEqualTo(2);
        assertThat(disk.asked).containsExactly("write 0", "write 1");
        disk.answer();
        assertThat(heard.completed).isEqualTo(82);
        assertThat(log.transactions()).isEqualTo(2);
        assertThat(disk.written.get(1).getShort(AlBlock.UPDATES_AT)).isEqualTo((short) 40);
    }

    @Test
    void aTransactionTakesSixtyFourUpdates() {
        ActivityLog log = new ActivityLog(disk, 200, false);
        log.begin(0, 512, heard);
        for (int i = 1; i <= 100; i++) {
            log.begin(i * MIB4, 512, heard);
        }
        disk.answer();
        disk.answer();
        disk.answer();
        assertThat(heard.completed).isEqualTo(101);
        assertThat(disk.written)
                .extracting(b -> (int) b.getShort(AlBlock.UPDATES_AT))
                .containsExactly(1, 64, 36);
    }

    @Test
    void theExtentIdleForLongestGoesAndItsBitsAreSavedFirst() {
        ActivityLog log = new ActivityLog(disk, 67, false);
        for (int i = 0; i < 67; i++) {
            make(log, i);
        }
        for (int i = 66; i >= 0; i--) {
            log.end(i * MIB4, 4096);
        }
        disk.asked.clear();
        log.begin(100 * MIB4, 512, heard);
        assertThat(disk.asked).containsExactly("evict 66");
        assertThat(log.tryBegin(66 * MIB4, 512))
                .as("cold as soon as it is to go")
                .isFalse();
        disk.answer();
        assertThat(disk.asked).containsExactly("evict 66", "write 67");
        disk.answer();
        assertThat(heard.completed).isEqualTo(68);
        int[] table = AlBlock.emptyTable();
        disk.written.forEach(block -> AlBlock.apply(block, table));
        assertThat(table).contains(100).doesNotContain(66);
    }

    @Test
    void aStarvingWriteStopsNewOnesAndIsServedFirst() {
        ActivityLog log = new ActivityLog(disk, 67, false);
        int[] starved = new int[1];
        log.listener(() -> starved[0]++);
        for (int i = 0; i < 67; i++) {
            make(log, i);
        }
        Heard big = new Heard();
        log.begin(100 * MIB4, 2 * MIB4, big);
        assertThat(starved[0]).isEqualTo(1);
        assertThat(log.tryBegin(0, 512)).as("warm, but somebody starves").isFalse();
        Heard warm = new Heard();
        log.begin(0, 512, warm);
        log.end(5 * MIB4, 4096);
        assertThat(big.completed).isZero();
        log.end(6 * MIB4, 4096);
        assertThat(disk.asked).last().isEqualTo("evict 5 6");
        disk.answer();
        disk.answer();
        assertThat(big.completed).isEqualTo(1);
        assertThat(warm.completed).isEqualTo(1);
        assertThat(log.tryBegin(0, 512)).isTrue();
    }

    @Test
    void anErrorIsFinal() {
        ActivityLog log = new ActivityLog(disk, 67, false);
        make(log, 1);
        log.begin(0, 512, heard);
        log.begin(7 * MIB4, 512, heard);
        disk.fail();
        assertThat(heard.completed).isEqualTo(1);
        assertThat(heard.failed).isEqualTo(2);
        assertThat(log.tryBegin(MIB4, 512)).isFalse();
        log.begin(MIB4, 512, heard);
        assertThat(heard.failed).isEqualTo(3);
        assertThat(disk.asked).containsExactly("write 0", "write 1");
    }

    @Test
    void wrongUseIsRefused() {
        ActivityLog log = new ActivityLog(disk, 67, false);
        assertThatThrownBy(() -> log.begin(0, 65 * MIB4, heard)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.end(0, 512)).isInstanceOf(IllegalStateException.class);
        make(log, 0);
        log.end(0, 4096);
        assertThatThrownBy(() -> log.end(0, 512)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void withoutALogEverythingIsWarm() {
        ActivityLog log = new ActivityLog(disk, 67, true);
        assertThat(log.tryBegin(123 * MIB4, 512)).isTrue();
        log.begin(0, 512, heard);
        log.end(0, 512);
        assertThat(heard.completed).isEqualTo(1);
        assertThat(disk.asked).isEmpty();
    }

    @Test
    void theWarmPathAllocatesNothing() {
        ActivityLog log = new ActivityLog(disk, 1237, false);
        for (int i = 0; i < 100; i++) {
            make(log, i);
        }
        int[] next = new int[1];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        // The least of some rounds: a compilation by the way also allocates.
        for (int round = 0; round < 8; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                long at = (next[0]++ * 7 % 99) * MIB4 + 4096;
                if (!log.tryBegin(at, MIB4)) {
                    throw new AssertionError("cold");
                }
                log.end(at, MIB4);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least)
                .as("bytes of 10000 writes; the bean itself takes some")
                .isLessThan(10_000);
    }
}
