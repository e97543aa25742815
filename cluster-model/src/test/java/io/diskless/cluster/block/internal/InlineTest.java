package io.diskless.cluster.block.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.Allocations;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InlineTest {
    private int deepest;
    private int depth;
    private int runs;

    @Test
    void runsAtOnceWhereThereIsRoom() {
        List<String> order = new ArrayList<>();
        Inline.run(() -> {
            order.add("outer begins");
            Inline.run(() -> order.add("inner"));
            order.add("outer ends");
        });
        assertThat(order).containsExactly("outer begins", "inner", "outer ends");
    }

    @Test
    void aChainOfAnyLengthStaysShallow() {
        chain(100_000);
        assertThat(runs).isEqualTo(100_001);
        assertThat(deepest).isEqualTo(Inline.DEPTH);
    }

    private void chain(int left) {
        Inline.run(() -> {
            runs++;
            deepest = Math.max(deepest, ++depth);
            if (left > 0) {
                chain(left - 1);
            }
            depth--;
        });
    }

    @Test
    void aTreeRunsEveryLeafOnce() {
        tree(14);
        assertThat(runs).isEqualTo((1 << 15) - 1);
    }

    private void tree(int levels) {
        Inline.run(() -> {
            runs++;
            if (levels > 0) {
                tree(levels - 1);
                tree(levels - 1);
            }
        });
    }

    @Test
    void oneThatThrowsDoesNotLoseTheOthers() {
        List<Integer> ran = new ArrayList<>();
        assertThatThrownBy(() -> nest(Inline.DEPTH, () -> {
                    for (int i = 0; i < 100; i++) {
                        int number = i;
                        Inline.run(() -> {
                            ran.add(number);
                            if (number % 50 == 0) {
                                throw new IllegalStateException("broken " + number);
                            }
                        });
                    }
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("broken 0")
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        assertThat(ran).hasSize(100).isSorted();
        // And the thread is as good as new.
        chain(1000);
        assertThat(runs).isEqualTo(1001);
    }

    private static void nest(int levels, Runnable innermost) {
        Inline.run(levels == 1 ? innermost : () -> nest(levels - 1, innermost));
    }

    @Test
    void drainRunsWhatWasPutOff() {
        List<String> order = new ArrayList<>();
        nest(Inline.DEPTH, () -> {
            Inline.run(() -> order.add("put off"));
            order.add("before");
            Inline.drain();
            order.add("after");
        });
        assertThat(order).containsExactly("before", "put off", "after");
    }

    @Test
    void allocatesNothing() {
        Runnable[] again = new Runnable[1];
        int[] left = new int[1];
        again[0] = () -> {
            if (left[0]-- > 0) {
                Inline.run(again[0]);
            }
        };
        assertThat(Allocations.bytesPerCall(2_000, () -> {
                    left[0] = 40;
                    Inline.run(again[0]);
                }))
                .isZero();
    }
}
