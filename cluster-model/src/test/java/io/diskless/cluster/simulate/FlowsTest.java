package io.diskless.cluster.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How streams share what they go over. */
class FlowsTest {
    private static final long SECOND = 1_000_000_000;

    private final Flows flows = new Flows();
    private final List<String> ended = new ArrayList<>();
    private long now;

    private void begin(String name, long bytes, String... over) {
        flows.begin(bytes, List.of(over), () -> ended.add(name + " at " + now / (SECOND / 10)));
    }

    private void runOut() {
        while (flows.next().isPresent()) {
            long next = flows.next().getAsLong();
            now += next;
            flows.pass(next);
        }
    }

    @Test
    void oneStreamIsAsFastAsItsSlowestPart() {
        flows.capacity("disk", 100);
        flows.capacity("port", 50);
        begin("a", 100, "disk", "port");
        runOut();
        assertThat(ended).containsExactly("a at 20");
    }

    @Test
    void whoCannotTakeItsShareLeavesItToTheOthers() {
        flows.capacity("disk", 90);
        flows.capacity("slow", 10);
        flows.capacity("fast", 1000);
        begin("slow", 10, "disk", "slow");
        begin("a", 80, "disk", "fast");
        begin("b", 80, "disk", "fast");
        // 10 go to the slow one and 40 to each other for a second; then 45 to each.
        runOut();
        assertThat(ended).containsExactly("slow at 10", "a at 18", "b at 18");
    }

    @Test
    void aStreamThatComesLaterSlowsTheFirst() {
        flows.capacity("disk", 100);
        begin("a", 100, "disk");
        now = SECOND / 2;
        flows.pass(now);
        begin("b", 100, "disk");
        runOut();
        // Half of a is left and both get 50: a ends after another second, and b has the disk alone from then on.
        assertThat(ended).containsExactly("a at 15", "b at 20");
        assertThat(flows.next()).isEmpty();
    }

    @Test
    void aStreamGoesOverWhatIsKnown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> begin("a", 1, "disk"))
                .withMessageContaining("disk");
        assertThatIllegalArgumentException().isThrownBy(() -> begin("a", 1));
    }
}
