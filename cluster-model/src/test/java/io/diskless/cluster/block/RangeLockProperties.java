package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
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
