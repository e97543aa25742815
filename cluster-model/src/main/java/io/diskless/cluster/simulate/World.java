package io.diskless.cluster.simulate;

import io.diskless.cluster.model.Change;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.plan.run.SimulationOptions;
import io.diskless.cluster.rules.Checked;
import io.diskless.cluster.rules.Finding;
import io.diskless.cluster.rules.Rule;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A site, its clock, and what is written down of both. Not thread-safe. */
final class World {
    private final Physics physics;
    private final SimulationOptions options;
    private final Model base;
    private final Checked before;
    private final List<TimelineEvent> timeline = new ArrayList<>();
    /** The guests that ran at the begin, and how they are off. */
    private final Map<InstanceId, Sight> sights = new TreeMap<>();

    private final Map<InstanceId, Duration> since = new TreeMap<>();
    private final Map<InstanceId, Duration> outages = new TreeMap<>();
    private final Map<Rule, Integer> breaches = new EnumMap<>(Rule.class);
    private final Map<String, List<Duration>> boots = new TreeMap<>();
    private Checked checked;
    private @Nullable Cut cut;
    private Duration now = Duration.ZERO;
    private Redundancy worst;

    World(Model base, Physics physics, SimulationOptions options) {
        this.base = base;
        this.physics = physics;
        this.options = options;
        this.before = Checked.of(base);
        this.checked = before;
        for (Instance guest : base.all(Instance.class)) {
            if (guest.placement().isRunning()) {
                sights.put(guest.id(), Sight.of(base, guest, null));
            }
        }
        // A guest that does not work at the begin is down from then on.
        sights.forEach((guest, sight) -> {
            if (!sight.works()) {
                since.put(guest, now);
            }
        });
        this.worst = count();
    }

    Physics physics() {
        return physics;
    }

    SimulationOptions options() {
        return options;
    }

    Model base() {
        return base;
    }

    Model model() {
        return checked.model();
    }

    Checked checked() {
        return checked;
    }

    Duration now() {
        return now;
    }

    /** The guests that ran at the begin, sorted. */
    Set<InstanceId> guests() {
        return sights.keySet();
    }

    boolean works(InstanceId guest) {
        Sight sight = sights.get(guest);
        return sight != null && sight.works();
    }

    /** Chance for one thing and purpose: what others draw, and in which order, makes no difference to it. */
    Random random(String purpose) {
        return new Random(options.seed() * 0x9E3779B97F4A7C15L + purpose.hashCode());
    }

    /** Half to one and a half of a time. */
    Duration about(Duration time, String purpose) {
        return Duration.ofNanos((long) (time.toNanos() * (0.5 + random(purpose).nextDouble())));
    }

    /** Lets time pass in which nothing changes. */
    void pass(Duration until) {
        if (until.compareTo(now) < 0) {
            throw new IllegalStateException("time does not go back from " + now + " to " + until);
        }
        now = until;
    }

    void tell(TimelineEvent.Kind kind, @Nullable EntityId subject, String text) {
        timeline.add(new TimelineEvent(now, kind, Optional.ofNullable(subject), text));
    }

    void booted(String sort, Duration took) {
        boots.computeIfAbsent(sort, s -> new ArrayList<>()).add(took);
    }

    /** Something changed just now. */
    void become(Model next) {
        Set<InstanceId> affected = new TreeSet<>();
        Model old = model();
        for (Change change : old.diff(next).changes()) {
            climb(old, change.id(), affected);
            climb(next, change.id(), affected);
        }
        checked = checked.update(next);
        affected.retainAll(sights.keySet());
        look(affected);
        Map<Rule, Integer> wrong = new EnumMap<>(Rule.class);
        for (Finding finding : before.added(checked)) {
            if (finding.isError()) {
                wrong.merge(finding.rule(), 1, Integer::sum);
            }
        }
        wrong.forEach((rule, count) -> breaches.merge(rule, count, Math::max));
    }

    /** Some machines do not hear each other any more, or do again. */
    void cut(@Nullable Cut next) {
        cut = next;
        look(sights.keySet());
    }

    @Nullable
    Cut cut() {
        return cut;
    }

    private static void climb(Model model, EntityId from, Set<InstanceId> found) {
        Deque<EntityId> open = new ArrayDeque<>(List.of(from));
        Set<EntityId> seen = new HashSet<>(List.of(from));
        while (!open.isEmpty()) {
            EntityId id = open.pop();
            if (id instanceof InstanceId guest) {
                found.add(guest);
            } else {
                model.forEachReferrer(id, who -> {
                    boolean leadsOn = who.type() == EntityId.Type.LAYER || who.type() == EntityId.Type.INSTANCE;
                    if (leadsOn && seen.add(who)) {
                        open.push(who);
                    }
                });
            }
        }
    }

    private void look(Set<InstanceId> guests) {
        for (InstanceId id : guests) {
            Sight old = sights.get(id);
            Sight sight = Sight.of(model(), model().get(id, Instance.class).orElse(null), cut);
            sights.put(id, sight);
            if (sight.works() && old != null && !old.works()) {
                Duration took = now.minus(since.getOrDefault(id, now));
                since.remove(id);
                outages.merge(id, took, Duration::plus);
                tell(TimelineEvent.Kind.GUEST, id, "works again after " + took.toMillis() + " ms");
            } else if (!sight.works() && !sight.equals(old)) {
                since.putIfAbsent(id, now);
                tell(TimelineEvent.Kind.GUEST, id, sight == Sight.DOWN ? "is down" : "stands still");
            }
        }
        Redundancy count = count();
        worst = worst.isBetterThan(count) ? count : worst;
    }

    private Redundancy count() {
        int[] counts = new int[4];
        for (Sight sight : sights.values()) {
            switch (sight) {
                case SAFE -> counts[0]++;
                case WITHOUT_SPARE -> counts[1]++;
                case STANDING -> counts[2]++;
                case DOWN -> counts[3]++;
            }
        }
        return new Redundancy(now, counts[0], counts[1], counts[2], counts[3]);
    }

    SimulationReport report(String scenario) {
        List<InstanceId> lost = new ArrayList<>();
        Map<InstanceId, NodeId> moved = new TreeMap<>();
        sights.forEach((id, sight) -> {
            if (!sight.works()) {
                lost.add(id);
                return;
            }
            NodeId host = host(model(), id);
            if (!host.equals(host(base, id))) {
                moved.put(id, host);
            }
        });
        Map<InstanceId, Duration> all = new TreeMap<>(outages);
        since.forEach((id, from) -> all.merge(id, now.minus(from), Duration::plus));
        Map<String, Distribution> times = new TreeMap<>();
        boots.forEach((sort, took) -> times.put(sort, Distribution.of(took)));
        return new SimulationReport(
                scenario, options.seed(), now, timeline, lost, moved, all, worst, breaches, times, model());
    }

    private static NodeId host(Model model, InstanceId id) {
        return model.get(id, Instance.class).orElseThrow().placement().hosts().get(0);
    }
}
