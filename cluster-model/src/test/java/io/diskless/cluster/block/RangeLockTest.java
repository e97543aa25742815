package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RangeLockTest {
    private final RangeLock lock = new RangeLock();
    private final List<String> granted = new ArrayList<>();

    private RangeLock.Claim claim(String name, long offset, long length, boolean exclusive) {
        return lock.acquire(offset, length, exclusive, () -> granted.add(name));
    }

    @Test
    void disjointRangesRunSideBySide() {
        claim("a", 0, 512, true);
        claim("b", 512, 512, true);
        assertThat(granted).containsExactly("a", "b");
        assertThat(lock.held()).isEqualTo(2);
        assertThat(lock.waiting()).isZero();
    }

    @Test
    void sharedClaimsOverlapAndAnExclusiveOneWaitsForAll() {
        RangeLock.Claim a = claim("a", 0, 1024, false);
        RangeLock.Claim b = claim("b", 512, 1024, false);
        claim("w", 0, 4096, true);
        assertThat(granted).containsExactly("a", "b");
        lock.release(a);
        assertThat(granted).containsExactly("a", "b");
        lock.release(b);
        assertThat(granted).containsExactly("a", "b", "w");
    }

    @Test
    void aReaderDoesNotOvertakeAWaitingWriter() {
        RangeLock.Claim a = claim("a", 0, 1024, false);
        RangeLock.Claim w = claim("w", 0, 1024, true);
        claim("r", 512, 512, false);
        claim("elsewhere", 2048, 512, false);
        assertThat(granted).containsExactly("a", "elsewhere");
        lock.release(a);
        assertThat(granted).containsExactly("a", "elsewhere", "w");
        lock.release(w);
        assertThat(granted).containsExactly("a", "elsewhere", "w", "r");
    }

    @Test
    void aWaitingClaimCanBeWithdrawn() {
        RangeLock.Claim a = claim("a", 0, 1024, false);
        RangeLock.Claim w = claim("w", 0, 1024, true);
        RangeLock.Claim r = claim("r", 0, 512, false);
        assertThat(lock.withdraw(w)).isTrue();
        assertThat(lock.withdraw(w)).isFalse();
        assertThat(granted).containsExactly("a", "r");
        assertThat(lock.withdraw(r)).isFalse();
        lock.release(r);
        lock.release(a);
        assertThat(lock.held() + lock.waiting()).isZero();
    }

    @Test
    void anEmptyRangeConflictsWithNothingAndTheWholeDeviceWithAll() {
        RangeLock.Claim whole = claim("whole", 0, Long.MAX_VALUE, true);
        claim("empty", 100, 0, true);
        claim("far", Long.MAX_VALUE - 10, 100, false);
        assertThat(granted).containsExactly("whole", "empty");
        lock.release(whole);
        assertThat(granted).containsExactly("whole", "empty", "far");
    }

    @Test
    void misuseIsToldNotGuessed() {
        RangeLock.Claim a = claim("a", 0, 512, true);
        RangeLock.Claim b = claim("b", 0, 512, true);
        assertThatThrownBy(() -> lock.release(b)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> lock.acquire(a, 0, 512, true)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new RangeLock().release(a)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> claim("c", -1, 512, true)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> claim("c", 0, -1, true)).isInstanceOf(IllegalArgumentException.class);
        lock.release(a);
        assertThatThrownBy(() -> lock.release(a)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aLongQueueOfGrantsDoesNotDeepenTheStack() {
        int[] count = new int[1];
        RangeLock.Claim door = claim("door", 0, 512, true);
        for (int i = 0; i < 3_000; i++) {
            RangeLock.Claim[] self = new RangeLock.Claim[1];
            self[0] = lock.acquire(0, 512, true, () -> {
                count[0]++;
                lock.release(self[0]);
            });
        }
        lock.release(door);
        assertThat(count[0]).isEqualTo(3_000);
        assertThat(lock.held() + lock.waiting()).isZero();
    }

    @Test
    void oneThatThrowsDoesNotLoseTheOthers() {
        RangeLock.Claim door = claim("door", 0, 1024, true);
        lock.acquire(0, 512, true, () -> {
            throw new IllegalStateException("broken");
        });
        claim("b", 512, 512, true);
        assertThatThrownBy(() -> lock.release(door)).hasMessage("broken");
        assertThat(granted).containsExactly("door", "b");
    }

    /** A claim to be used again and again, which counts its grants. */
    private static final class Counted extends RangeLock.Claim {
        final AtomicInteger calls = new AtomicInteger();

        @Override
        protected void granted() {
            calls.incrementAndGet();
        }
    }

    @Test
    @Timeout(60)
    void aClaimUsedAgainBeforeItsGrantWasToldLosesNobody() {
        RangeLock.Claim door = claim("door", 0, 4096, true);
        RangeLock.Claim other = claim("other", 8192, 512, true);
        Counted hold = new Counted();
        lock.acquire(0, 512, true, () -> {
            granted.add("first");
            // The door's grants are being told, hold and last are next; hold is put to another use now.
            if (!lock.withdraw(hold)) {
                lock.release(hold);
            }
            lock.acquire(hold, 8192, 512, true);
            lock.release(other);
        });
        lock.acquire(hold, 512, 512, true);
        claim("last", 1024, 512, true);
        lock.release(door);
        assertThat(granted).containsExactly("door", "other", "first", "last");
        assertThat(hold.calls)
                .as("told of the second use, and not of the first")
                .hasValue(1);
        assertThat(lock.held()).isEqualTo(3);
        assertThat(lock.waiting()).isZero();
    }

    @Test
    void tryAcquireTakesTheRangeAtOnceOrLeavesNoTrace() {
        Counted reader = new Counted();
        Counted writer = new Counted();
        Counted third = new Counted();
        assertThat(lock.tryAcquire(reader, 0, 1024, false)).isTrue();
        assertThat(lock.tryAcquire(writer, 512, 512, true)).isFalse();
        assertThat(lock.waiting()).isZero();
        assertThat(lock.withdraw(writer)).as("not in use").isFalse();
        assertThatThrownBy(() -> lock.release(writer)).isInstanceOf(IllegalStateException.class);
        assertThat(lock.tryAcquire(writer, 1024, 512, true)).isTrue();
        assertThatThrownBy(() -> lock.tryAcquire(writer, 4096, 512, true)).isInstanceOf(IllegalStateException.class);
        RangeLock.Claim waiting = claim("waiting", 0, 512, true);
        assertThat(lock.tryAcquire(third, 0, 512, false))
                .as("a reader does not overtake a waiting writer")
                .isFalse();
        assertThat(lock.withdraw(reader)).as("held").isFalse();
        lock.release(reader);
        assertThat(granted).containsExactly("waiting");
        lock.release(waiting);
        lock.release(writer);
        assertThat(lock.tryAcquire(third, 0, Long.MAX_VALUE, true)).isTrue();
        lock.release(third);
        assertThatThrownBy(() -> lock.tryAcquire(third, 0, -1, true)).isInstanceOf(IllegalArgumentException.class);
        assertThat(lock.held()).isZero();
        assertThat(List.of(reader.calls.get(), writer.calls.get(), third.calls.get()))
                .as("the answer is told once, by the return")
                .containsOnly(0);
    }

    @Test
    void aGrantThatWasNotToldYetCanBeTakenBack() {
        RangeLock.Claim door = claim("door", 0, 4096, true);
        Counted withdrawn = new Counted();
        Counted released = new Counted();
        lock.acquire(0, 512, true, () -> {
            assertThat(lock.withdraw(withdrawn)).isTrue();
            lock.release(released);
        });
        lock.acquire(withdrawn, 512, 512, true);
        lock.acquire(released, 1024, 512, true);
        claim("behind both", 512, 1024, true);
        lock.release(door);
        assertThat(granted).containsExactly("door", "behind both");
        assertThat(withdrawn.calls).hasValue(0);
        assertThat(released.calls).hasValue(0);
        assertThat(lock.held()).isEqualTo(2);
    }

    @Test
    void aClaimThatIsToldLateBecauseOfTheDepthIsToldOfItsLastUseOnly() {
        Counted deep = new Counted();
        int[] depth = new int[1];
        descend(depth, 40, () -> {
            lock.acquire(deep, 0, 512, true);
            assertThat(deep.calls).as("put off").hasValue(0);
            assertThat(lock.withdraw(deep)).isTrue();
            lock.acquire(deep, 0, 512, true);
        });
        assertThat(deep.calls).hasValue(1);
        assertThat(lock.held()).isEqualTo(depth[0] + 1);
        assertThat(depth[0]).as("grants that nest").isEqualTo(40);
    }

    /** Grants within grants, each in a range of its own; the last one to be told while all nest runs the action. */
    private void descend(int[] depth, int levels, Runnable bottom) {
        int level = depth[0]++;
        boolean[] told = new boolean[1];
        lock.acquire(4096L + level * 512L, 512, true, () -> {
            told[0] = true;
            if (level + 1 < levels) {
                descend(depth, levels, bottom);
            }
        });
        if (!told[0] && granted.isEmpty()) {
            granted.add("bottom");
            bottom.run();
        }
    }

    @Test
    void allocatesNothingNotEvenWhenContended() {
        RangeLock.Claim[] claims = new RangeLock.Claim[4];
        for (int i = 0; i < claims.length; i++) {
            claims[i] = new RangeLock.Claim() {
                @Override
                protected void granted() {}
            };
        }
        assertThat(Allocations.bytesPerCall(10_000, () -> {
                    for (RangeLock.Claim claim : claims) {
                        lock.acquire(claim, 0, 4096, true);
                    }
                    for (RangeLock.Claim claim : claims) {
                        lock.release(claim);
                    }
                }))
                .isZero();
    }

    @Test
    @Timeout(60)
    void threadsNeverMeetInConflictingRangesAndAllGetThrough() throws InterruptedException {
        int threads = 4;
        int rounds = 4_000;
        AtomicIntegerArray inside = new AtomicIntegerArray(64);
        AtomicLong violations = new AtomicLong();
        CountDownLatch all = new CountDownLatch(threads * rounds);
        for (int t = 0; t < threads; t++) {
            SplittableRandom random = new SplittableRandom(t);
            new Thread(() -> {
                        for (int i = 0; i < rounds; i++) {
                            int from = random.nextInt(64);
                            int to = from + random.nextInt(64 - from) + 1;
                            boolean exclusive = random.nextInt(3) == 0;
                            RangeLock.Claim claim = new RangeLock.Claim() {
                                @Override
                                protected void granted() {
                                    for (int b = from; b < to; b++) {
                                        int before = inside.getAndAdd(b, exclusive ? 1000 : 1);
                                        if (exclusive ? before != 0 : before >= 1000) {
                                            violations.incrementAndGet();
                                        }
                                    }
                                    for (int b = from; b < to; b++) {
                                        inside.addAndGet(b, exclusive ? -1000 : -1);
                                    }
                                    lock.release(this);
                                    all.countDown();
                                }
                            };
                            lock.acquire(claim, from, to - from, exclusive);
                        }
                    })
                    .start();
        }
        all.await();
        assertThat(violations).hasValue(0);
        assertThat(lock.held() + lock.waiting()).isZero();
    }

    @Test
    @Timeout(120)
    void claimsUsedAgainByManyThreadsAreToldOncePerUseAndNoneIsLost() throws InterruptedException {
        int threads = 4;
        int rounds = 20_000;
        AtomicIntegerArray inside = new AtomicIntegerArray(8);
        AtomicLong violations = new AtomicLong();
        AtomicLong queued = new AtomicLong();
        AtomicLong told = new AtomicLong();
        AtomicLong uses = new AtomicLong();
        ConcurrentLinkedQueue<Counted> holds = new ConcurrentLinkedQueue<>();
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            SplittableRandom random = new SplittableRandom(t);
            all.add(new Thread(() -> {
                Counted hold = new Counted();
                int used = 0;
                for (int i = 0; i < rounds; i++) {
                    int from = random.nextInt(8);
                    int to = from + random.nextInt(8 - from) + 1;
                    boolean exclusive = random.nextInt(3) > 0;
                    boolean isHeld;
                    if (random.nextInt(4) == 0) {
                        isHeld = lock.tryAcquire(hold, from, to - from, exclusive);
                    } else {
                        lock.acquire(hold, from, to - from, exclusive);
                        isHeld = !lock.withdraw(hold);
                        used += isHeld ? 1 : 0;
                    }
                    if (isHeld) {
                        violations.addAndGet(enter(inside, from, to, exclusive));
                        leave(inside, from, to, exclusive);
                        lock.release(hold);
                    } else {
                        // Somebody else has it: wait in the line, to be told by whoever comes.
                        queued.incrementAndGet();
                        lock.acquire(
                                new RangeLock.Claim() {
                                    @Override
                                    protected void granted() {
                                        violations.addAndGet(enter(inside, from, to, exclusive));
                                        leave(inside, from, to, exclusive);
                                        lock.release(this);
                                        told.incrementAndGet();
                                    }
                                },
                                from,
                                to - from,
                                exclusive);
                    }
                }
                uses.addAndGet(used);
                holds.add(hold);
            }));
        }
        all.forEach(Thread::start);
        for (Thread thread : all) {
            thread.join();
        }
        assertThat(violations).hasValue(0);
        assertThat(queued.get()).as("claims met").isPositive();
        assertThat(told).hasValue(queued.get());
        assertThat(holds).hasSize(threads);
        assertThat(holds.stream().mapToLong(hold -> hold.calls.get()).sum()).isEqualTo(uses.get());
        assertThat(lock.held() + lock.waiting()).isZero();
    }

    private static int enter(AtomicIntegerArray inside, int from, int to, boolean exclusive) {
        int violations = 0;
        for (int b = from; b < to; b++) {
            int before = inside.getAndAdd(b, exclusive ? 1000 : 1);
            if (exclusive ? before != 0 : before >= 1000) {
                violations++;
            }
        }
        return violations;
    }

    private static void leave(AtomicIntegerArray inside, int from, int to, boolean exclusive) {
        for (int b = from; b < to; b++) {
            inside.addAndGet(b, exclusive ? -1000 : -1);
        }
    }
}
