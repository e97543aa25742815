package io.diskless.cluster.rules;

import io.diskless.cluster.model.operation.Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Why an operation should not be, and what would have to change. Immutable.
 *
 * @param operation what was asked
 * @param reasons what would be wrong after it and is not wrong before, errors first
 * @param remedy the fewest repairs after which no new error is left; empty if no few repairs of the rules' own do that, a
 *     list of none if there is no error
 */
public record Explanation(Operation operation, List<Finding> reasons, Optional<List<Operation>> remedy) {
    /** How many repairs are tried together, and how many ways in all: whoever needs more is better told the reasons. */
    private static final int MOST_REPAIRS = 4;

    private static final int MOST_TRIED = 200;

    /** Copies the lists. */
    public Explanation {
        reasons = List.copyOf(reasons);
        remedy = remedy.map(List::copyOf);
    }

    private record Way(Checked state, List<Operation> repairs) {}

    static Explanation of(Checked before, Operation operation) {
        Checked after = before.update(operation.applyTo(before.model()));
        List<Finding> reasons = before.added(after);
        // Breadth first: the first way without an error is a shortest one.
        Deque<Way> ways = new ArrayDeque<>(List.of(new Way(after, List.of())));
        for (int tried = 0; tried < MOST_TRIED && !ways.isEmpty(); tried++) {
            Way way = ways.remove();
            List<Finding> errors =
                    before.added(way.state()).stream().filter(Finding::isError).toList();
            if (errors.isEmpty()) {
                return new Explanation(operation, reasons, Optional.of(way.repairs()));
            }
            if (way.repairs().size() < MOST_REPAIRS) {
                for (Finding error : errors) {
                    error.repair().filter(r -> !way.repairs().contains(r)).ifPresent(repair -> {
                        List<Operation> more = new ArrayList<>(way.repairs());
                        more.add(repair);
                        Checked next =
                                way.state().update(repair.applyTo(way.state().model()));
                        ways.add(new Way(next, more));
                    });
                }
            }
        }
        return new Explanation(operation, reasons, Optional.empty());
    }

    /** {@return whether no new error speaks against the operation} */
    public boolean isPossible() {
        return reasons.stream().noneMatch(Finding::isError);
    }

    /** {@return the answer for people, one line for each reason and repair} */
    @Override
    public String toString() {
        if (reasons.isEmpty()) {
            return operation + ": nothing speaks against it";
        }
        String why = reasons.stream().map(finding -> "\n  " + finding).collect(Collectors.joining());
        String how = remedy.map(repairs ->
                        repairs.stream().map(repair -> "\n  remedy: " + repair).collect(Collectors.joining()))
                .orElse("\n  no remedy known");
        return operation + ":" + why + how;
    }
}
