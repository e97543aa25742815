package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The lock against a model that looks at every pair anew after each step. */
class RangeLockProperties {
    /** Acquire a range, or end (release or withdraw) the n-th claim that is still there. */
    record Step(boolean acquire, int offset, int length, boolean exclusive, int which) {}

    /** A claim in the model. */
    private static final class Modelled {
        final Step step;
        boolean granted;
        boolean grantedByLock;
        RangeLock.Claim claim;

        Modelled(Step step) {
            this.step = step;
        }

        boolean conflicts(Modelled other) {
            boolean overlap = step.offset < other.step.offset + other.step.length
                    && other.step.offset < step.offset + step.length
                    && step.length > 0
                    && other.step.length > 0;
            return overlap && (step.exclusive || other.step.exclusive);
        }
    }

    @Property(tries = 2000)
    void grantsExactlyWhatTheModelGrants(@ForAll("steps") List<Step> steps) {
        RangeLock lock = new RangeLock();
        List<Modelled> present = new ArrayList<>();
        for (Step step : steps) {
            if (step.acquire) {
                Modelled m = new Modelled(step);
                present.add(m);
                m.claim = lock.acquire(step.offset, step.length, step.exclusive, () -> {
                    assertThat(m.grantedByLock).as("granted twice").isFalse();
                    m.grantedByLock = true;
                });
            } else if (!present.isEmpty()) {
                Modelled m = present.remove(step.which % present.size());
                if (m.granted) {
                    lock.release(m.claim);
                } else {
                    assertThat(lock.withdraw(m.claim)).isTrue();
                }
            }
            for (int i = 0; i < present.size(); i++) {
                Modelled m = present.get(i);
                m.granted = m.granted || present.subList(0, i).stream().noneMatch(m::conflicts);
                assertThat(m.grantedByLock).as("claim %s", m.step).isEqualTo(m.granted);
            }
            assertThat(lock.held())
                    .isEqualTo((int) present.stream().filter(m -> m.granted).count());
            assertThat(lock.held() + lock.waiting()).isEqualTo(present.size());
        }
    }

    /** One of a few claims that are used again and again. */
    private static final class Reused extends RangeLock.Claim {
        private final Deque<Step> script;
        private final RangeLock lock;
        private final List<Reused> idle;
        private final List<Reused> present;
        Modelled model = new Modelled(new Step(true, 0, 0, false, 0));

        Reused(Deque<Step> script, RangeLock lock, List<Reused> idle, List<Reused> present) {
            this.script = script;
            this.lock = lock;
            this.idle = idle;
            this.present = present;
        }

        @Override
        protected void granted() {
            assertThat(present).as("told while in use").contains(this);
            assertThat(model.grantedByLock).as("told once per use").isFalse();
            model.grantedByLock = true;
            // The script goes on in here, so that claims change hands while grants are being told.
            next();
        }

        /** Does the script's next step. */
        void next() {
            Step step = script.poll();
            if (step == null) {
                return;
            }
            if (!step.acquire) {
                if (!present.isEmpty()) {
                    Reused ended = present.remove(step.which % present.size());
                    // Others are told in there, and go on with the script; this one is idle after that.
                    if (!lock.withdraw(ended)) {
                        lock.release(ended);
                    }
                    idle.add(ended);
                }
            } else if (!idle.isEmpty()) {
                Reused begun = idle.remove(step.which % idle.size());
                begun.model = new Modelled(step);
                if (step.which % 4 > 0) {
                    present.add(begun);
                    lock.acquire(begun, step.offset, step.length, step.exclusive);
                } else if (lock.tryAcquire(begun, step.offset, step.length, step.exclusive)) {
                    begun.model.grantedByLock = true;
                    present.add(begun);
                } else {
                    assertThat(present.stream().anyMatch(p -> p.model.conflicts(begun.model)))
                            .as("refused though nobody conflicts")
                            .isTrue();
                    idle.add(begun);
                }
            }
        }
    }

    @Property(tries = 2000)
    void claimsThatAreUsedAgainWithinGrantsAreToldOnceAndNoneIsLost(@ForAll("steps") List<Step> steps) {
        RangeLock lock = new RangeLock();
        Deque<Step> script = new ArrayDeque<>(steps);
        List<Reused> idle = new ArrayList<>();
        List<Reused> present = new ArrayList<>();
        Reused driver = new Reused(script, lock, idle, present);
        for (int i = 0; i < 8; i++) {
            idle.add(new Reused(script, lock, idle, present));
        }
        while (!script.isEmpty()) {
            driver.next();
            for (int i = 0; i < present.size(); i++) {
                Modelled m = present.get(i).model;
                m.granted =
                        m.granted || present.subList(0, i).stream().noneMatch(earlier -> earlier.model.conflicts(m));
                assertThat(m.grantedByLock).as("claim %s", m.step).isEqualTo(m.granted);
            }
            assertThat(lock.held() + lock.waiting()).isEqualTo(present.size());
        }
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Step> step = Combinators.combine(
                        Arbitraries.integers().between(0, 4).map(n -> n < 3),
                        Arbitraries.integers().between(0, 12),
                        Arbitraries.integers().between(0, 6),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(0, 100))
                .as(Step::new);
        return step.list().ofMaxSize(60);
    }
}
