package io.diskless.drbd.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The tree against a list that is searched from end to end. */
class IntervalTreeProperties {
    private static final class Range extends IntervalTree.Node {}

    @Property(tries = 200)
    void itFindsWhatAListFinds(@ForAll Random random, @ForAll @IntRange(min = 1, max = 300) int steps) {
        IntervalTree tree = new IntervalTree();
        List<Range> list = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            if (list.isEmpty() || random.nextInt(5) > 1) {
                Range range = new Range();
                tree.insert(range, random.nextInt(60), 1 + random.nextInt(12));
                list.add(range);
            } else {
                Range range = list.remove(random.nextInt(list.size()));
                tree.remove(range);
                assertThat(range.isInserted()).isFalse();
            }
            long start = random.nextInt(70);
            long end = start + 1 + random.nextInt(10);
            List<IntervalTree.Node> seen = new ArrayList<>();
            assertThat(tree.find(start, end - start, node -> !seen.add(node))).isNull();
            assertThat(seen)
                    .containsExactlyInAnyOrderElementsOf(list.stream()
                            .filter(r -> r.start() < end && r.end() > start)
                            .toList())
                    .isSortedAccordingTo(Comparator.comparingLong(IntervalTree.Node::start));
            assertThat(tree.size()).isEqualTo(list.size());
        }
    }
}
