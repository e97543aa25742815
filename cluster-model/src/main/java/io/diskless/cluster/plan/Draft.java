package io.diskless.cluster.plan;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.rules.Checked;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A plan in the making. Steps are added in one order that works; which of them may change places is found by what they touch:
 * a step comes after the last one that changed what it changes or looks at, and after those that looked at what it changes.
 * Beyond that it comes after the steps that it is told to. Not thread-safe.
 */
final class Draft {
    /** Ends the planning of an operation. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refusal(String reason) {
            super(reason);
        }
    }

    private final Policy policy;
    private final List<Step> steps = new ArrayList<>();
    private final List<BitSet> ancestors = new ArrayList<>();
    private final List<Allowance> allowances = new ArrayList<>();
    private final Map<EntityId, Integer> writer = new HashMap<>();
    private final Map<EntityId, Set<Integer>> readers = new HashMap<>();
    private Model now;
    private @Nullable Checked checked;

    Draft(Model base, Policy policy) {
        this.now = base;
        this.policy = policy;
    }

    Model now() {
        return now;
    }

    /** What is wrong now; asked for the first time it takes a whole check. */
    Checked checked() {
        checked = checked == null ? Checked.of(now) : checked.update(now);
        return checked;
    }

    Policy policy() {
        return policy;
    }

    List<Step> steps() {
        return steps;
    }

    List<Allowance> allowances() {
        return allowances;
    }

    void allow(Allowance allowance) {
        if (!allowances.contains(allowance)) {
            allowances.add(allowance);
        }
    }

    Next step(Verb verb, EntityId... operands) {
        return new Next(verb, List.of(operands));
    }

    Next step(Verb verb, List<? extends EntityId> operands) {
        return new Next(verb, List.copyOf(operands));
    }

    Duration copying(long bytes) {
        return Duration.ofSeconds(1 + bytes / policy.bytesPerSecond());
    }

    /** The running guests above a layer, over whatever lies between; sorted. */
    List<Instance> guestsAbove(EntityId layer) {
        List<Instance> found = new ArrayList<>();
        climb(layer, new HashSet<>(), found);
        found.sort(Comparator.comparing(Instance::id));
        return found;
    }

    private void climb(EntityId id, Set<EntityId> seen, List<Instance> found) {
        now.forEachReferrer(id, who -> {
            if (seen.add(who)) {
                Entity user = now.get(who).orElse(null);
                if (user instanceof Instance guest && guest.placement().isRunning()) {
                    found.add(guest);
                } else if (user instanceof Layer) {
                    climb(who, seen, found);
                }
            }
        });
    }

    /** The step that is being written down. */
    final class Next {
        private final Verb verb;
        private final List<EntityId> operands;
        private final Set<Integer> after = new TreeSet<>();
        private final List<Edit> edits = new ArrayList<>();
        private final List<Condition> requires = new ArrayList<>();
        private final Map<InstanceId, Impact> impacts = new LinkedHashMap<>();
        private Optional<String> noReturn = Optional.empty();
        private Duration estimate = Duration.ofSeconds(1);
        private long bytes;

        private Next(Verb verb, List<EntityId> operands) {
            this.verb = verb;
            this.operands = operands;
        }

        Next after(int... numbers) {
            for (int number : numbers) {
                if (number > 0) {
                    after.add(number);
                }
            }
            return this;
        }

        Next after(List<Integer> numbers) {
            numbers.forEach(this::after);
            return this;
        }

        Next edit(Edit edit) {
            edits.add(edit);
            return this;
        }

        Next requires(Condition condition) {
            requires.add(condition);
            return this;
        }

        Next takes(Duration duration) {
            estimate = duration;
            return this;
        }

        Next copies(long amount) {
            bytes = amount;
            estimate = copying(amount);
            return this;
        }

        Next noReturn(String why) {
            noReturn = Optional.of(why);
            return this;
        }

        Next hurts(Iterable<Instance> guests, Impact impact) {
            guests.forEach(guest -> impacts.merge(guest.id(), impact, Impact::and));
            return this;
        }

        int add() {
            int number = steps.size() + 1;
            Set<EntityId> writes = new HashSet<>();
            Set<EntityId> reads = new HashSet<>();
            edits.forEach(edit -> {
                writes.add(edit.subject());
                if (edit instanceof Edit.Becomes whole) {
                    whole.from().ifPresent(entity -> references(entity, reads));
                    whole.to().ifPresent(entity -> references(entity, reads));
                }
            });
            requires.forEach(condition -> reads.addAll(condition.reads()));
            order(number, writes, reads);
            Step step = new Step(
                    number, verb, operands, direct(after), edits, requires, noReturn, estimate, bytes, impacts);
            List<String> obstacles = step.obstacles(now);
            if (!obstacles.isEmpty()) {
                throw new Refusal(step.title() + ": " + String.join(", ", obstacles));
            }
            BitSet all = new BitSet();
            for (int before : step.after()) {
                all.set(before);
                all.or(ancestors.get(before - 1));
            }
            ancestors.add(all);
            steps.add(step);
            now = step.applyTo(now);
            return number;
        }

        private void order(int number, Set<EntityId> writes, Set<EntityId> reads) {
            for (EntityId id : reads) {
                after(writer.getOrDefault(id, 0));
                if (!writes.contains(id)) {
                    readers.computeIfAbsent(id, key -> new TreeSet<>()).add(number);
                }
            }
            for (EntityId id : writes) {
                after(writer.getOrDefault(id, 0));
                readers.getOrDefault(id, Set.of()).forEach(this::after);
                readers.remove(id);
                writer.put(id, number);
            }
        }
    }

    /** Without those that others of them come after anyway. */
    private Set<Integer> direct(Set<Integer> all) {
        Set<Integer> left = new TreeSet<>(all);
        for (int later : all) {
            left.removeIf(earlier -> ancestors.get(later - 1).get(earlier));
        }
        return left;
    }

    static void references(Entity entity, Set<EntityId> found) {
        entity.describe(new ClaimSink() {
            @Override
            public void refers(EntityId target) {
                found.add(target);
            }

            @Override
            public void claims(Claim claim, long amount) {
                // A claim orders nothing: where two make one, the rules say so.
            }
        });
    }
}
