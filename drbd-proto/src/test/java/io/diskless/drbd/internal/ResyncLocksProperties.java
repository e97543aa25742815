package io.diskless.drbd.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The locks against two lists that are searched from end to end. */
class ResyncLocksProperties {
    private static final long EXTENT = ResyncLocks.EXTENT_SECTORS;

    private record Write(long sector, long sectors) {
        boolean touches(long extent) {
            return sector / EXTENT <= extent && extent <= (sector + sectors - 1) / EXTENT;
        }
    }

    @Property(tries = 50)
    void resyncAndWritesNeverShareAnExtent(@ForAll Random random) {
        ResyncLocks locks = new ResyncLocks();
        List<Long> requests = new ArrayList<>();
        List<Write> writes = new ArrayList<>();
        List<Write> refused = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    long sector = random.nextInt(12) * EXTENT * 43 / 4;
                    long extent = sector / EXTENT;
                    boolean free = writes.stream().noneMatch(w -> w.touches(extent));
                    boolean got = locks.tryRequest(sector);
                    assertThat(got && !free).isFalse();
                    // Only a refused write keeps a request out of an extent without writes.
                    assertThat(!got && free && refused.stream().noneMatch(w -> w.touches(extent)))
                            .isFalse();
                    if (got) {
                        requests.add(sector);
                    }
                }
                case 1 -> {
                    Write w = new Write(random.nextInt(12) * EXTENT * 43 / 4, 1 + random.nextInt((int) EXTENT * 2));
                    boolean free = requests.stream().noneMatch(r -> w.touches(r / EXTENT));
                    assertThat(locks.tryWrite(w.sector, w.sectors)).isEqualTo(free);
                    (free ? writes : refused).add(w);
                }
                case 2 -> {
                    if (!requests.isEmpty()) {
                        long sector = requests.remove(random.nextInt(requests.size()));
                        locks.endRequest(sector);
                    }
                }
                default -> {
                    if (!writes.isEmpty()) {
                        Write w = writes.remove(random.nextInt(writes.size()));
                        locks.endWrite(w.sector, w.sectors);
                    }
                }
            }
            long inUse = LongStream.range(0, 200)
                    .filter(e -> requests.stream().anyMatch(r -> r / EXTENT == e)
                            || writes.stream().anyMatch(w -> w.touches(e)))
                    .count();
            assertThat(locks.extents()).isEqualTo((int) inUse);
        }
        locks.endAllRequests();
        writes.forEach(w -> locks.endWrite(w.sector, w.sectors));
        assertThat(locks.extents()).isZero();
    }

    @Example
    void aWaitingWriteKeepsFurtherRequestsOut() {
        ResyncLocks locks = new ResyncLocks();
        assertThat(locks.tryRequest(0)).isTrue();
        assertThat(locks.tryRequest(8)).isTrue();

        assertThat(locks.tryWrite(16, 8)).isFalse();
        assertThat(locks.tryRequest(24)).as("the write comes first").isFalse();
        assertThat(locks.endRequest(0)).as("one request is left").isFalse();
        assertThat(locks.endRequest(8)).as("now it may").isTrue();
        assertThat(locks.tryWrite(16, 8)).isTrue();
        assertThat(locks.tryRequest(24)).isFalse();
        locks.endWrite(16, 8);

        assertThat(locks.tryRequest(24)).isTrue();
        assertThatIllegalStateException().isThrownBy(() -> locks.endWrite(16, 8));
    }
}
