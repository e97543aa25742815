package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
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
}
