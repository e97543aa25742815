package io.diskless.cluster.rules;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All checks, sorted by what they look at. Immutable. */
final class RuleBook {
    static final RuleBook STANDARD = new RuleBook();

    /** Where a verdict belongs; the check's place in the book and its subject: an id, a claim, or the book for the site. */
    record Place(int check, Object subject) {
        @Override
        public int hashCode() {
            return subject.hashCode() * 31 + check;
        }
    }

    private final List<Check> checks = new ArrayList<>();
    private final Map<Kind, List<Integer>> bySubject = new EnumMap<>(Kind.class);
    private final Map<Class<?>, List<Integer>> byClaim = new HashMap<>();

    private RuleBook() {
        checks.add(new Check.References(Rule.REFERENCES_RESOLVE, RuleBook::references));
        checks.addAll(NodeChecks.all());
        checks.addAll(PathChecks.all());
        checks.addAll(ExportChecks.all());
        checks.addAll(ReplicaChecks.all());
        checks.addAll(GuestChecks.all());
        checks.addAll(FileChecks.all());
        for (int i = 0; i < checks.size(); i++) {
            Check check = checks.get(i);
            if (check instanceof Check.Each<?> each) {
                for (Kind kind : each.subjects()) {
                    bySubject.computeIfAbsent(kind, k -> new ArrayList<>()).add(i);
                }
            } else if (check instanceof Check.References) {
                for (Kind kind : Kind.values()) {
                    bySubject.computeIfAbsent(kind, k -> new ArrayList<>()).add(i);
                }
            } else if (check instanceof Check.Shared<?> shared) {
                byClaim.computeIfAbsent(shared.sort(), k -> new ArrayList<>()).add(i);
            }
        }
    }

    private static void references(Model model, Entity entity, Findings out) {
        Set<EntityId> missing = new HashSet<>();
        entity.describe(new ClaimSink() {
            @Override
            public void refers(EntityId target) {
                if (!model.contains(target) && missing.add(target)) {
                    out.error(
                            List.of(entity.id(), target),
                            "refers to " + target + ", which is not there",
                            "nothing can be said of it");
                }
            }

            @Override
            public void claims(Claim claim, long amount) {
                // Not a reference.
            }
        });
    }

    /** Sees the findings of one place; none is told where there are none. */
    @FunctionalInterface
    interface Sink {
        void found(Place place, List<Finding> findings);
    }

    void checkAll(Model model, Sink sink) {
        model.forEach(entity -> {
            for (int i : bySubject.getOrDefault(entity.kind(), List.of())) {
                tell(new Place(i, entity.id()), run(i, model, entity), sink);
            }
        });
        model.forEachSharedClaim(claim -> {
            for (int i : byClaim.getOrDefault(claim.getClass(), List.of())) {
                tell(new Place(i, claim), run(i, model, claim), sink);
            }
        });
        for (int i = 0; i < checks.size(); i++) {
            if (checks.get(i) instanceof Check.Site) {
                tell(new Place(i, this), run(i, model), sink);
            }
        }
    }

    private static void tell(Place place, List<Finding> findings, Sink sink) {
        if (!findings.isEmpty()) {
            sink.found(place, findings);
        }
    }

    /** The verdict on one place as the model is now. */
    List<Finding> check(Place place, Model model) {
        if (place.subject() instanceof EntityId id) {
            return model.get(id)
                    .map(entity -> run(place.check(), model, entity))
                    .orElse(List.of());
        }
        return place.subject() instanceof Claim claim ? run(place.check(), model, claim) : run(place.check(), model);
    }

    private List<Finding> run(int i, Model model, Entity entity) {
        Check check = checks.get(i);
        Findings out = new Findings(check.rule());
        if (check instanceof Check.Each<?> each) {
            // A thing may have become another of the same name since the place was written down.
            if (each.subjects().contains(entity.kind())) {
                each.run(model, entity, out);
            }
        } else if (check instanceof Check.References references) {
            references.body().check(model, entity, out);
        }
        return out.list();
    }

    private List<Finding> run(int i, Model model, Claim claim) {
        Findings out = new Findings(checks.get(i).rule());
        if (checks.get(i) instanceof Check.Shared<?> shared && model.claimantCount(claim) > 1) {
            shared.run(model, claim, out);
        }
        return out.list();
    }

    private List<Finding> run(int i, Model model) {
        Findings out = new Findings(checks.get(i).rule());
        if (checks.get(i) instanceof Check.Site site) {
            site.body().check(model, out);
        }
        return out.list();
    }

    /**
     * Writes down every place whose verdict may depend on an entity as it stands in a model.
     *
     * @param other as it stands in the other model; null if the entity comes or goes, so that references to it change what
     *     they are
     */
    void affected(Model model, Entity entity, @Nullable Entity other, Set<Place> places) {
        Kind kind = entity.kind();
        for (int i : bySubject.getOrDefault(kind, List.of())) {
            places.add(new Place(i, entity.id()));
        }
        for (int i = 0; i < checks.size(); i++) {
            Check check = checks.get(i);
            if (check instanceof Check.Each<?> each) {
                if (each.reads().contains(kind) && (other == null || !each.looksTheSame(entity, other))) {
                    climb(i, each, model, entity.id(), new HashSet<>(), places);
                }
                if (each.counted().contains(kind)) {
                    descend(i, each, model, entity, new HashSet<>(), places);
                }
            } else if (check instanceof Check.References && other == null) {
                int at = i;
                model.forEachReferrer(entity.id(), who -> places.add(new Place(at, who)));
            } else if (check instanceof Check.Site site && site.kinds().contains(kind)) {
                places.add(new Place(i, this));
            } else if (check instanceof Check.Shared<?> shared && shared.reads().contains(kind)) {
                int at = i;
                model.forEachReferrer(
                        entity.id(),
                        who -> model.get(who)
                                .ifPresent(user -> forEachClaim(user, claim -> {
                                    if (shared.sort().isInstance(claim)) {
                                        places.add(new Place(at, claim));
                                    }
                                })));
            }
        }
        forEachClaim(entity, claim -> {
            for (int i : byClaim.getOrDefault(claim.getClass(), List.of())) {
                places.add(new Place(i, claim));
            }
        });
    }

    private static void forEachClaim(Entity entity, Consumer<Claim> action) {
        entity.describe(new ClaimSink() {
            @Override
            public void refers(EntityId target) {
                // Not asked for.
            }

            @Override
            public void claims(Claim claim, long amount) {
                action.accept(claim);
            }
        });
    }

    private void climb(int i, Check.Each<?> each, Model model, EntityId from, Set<EntityId> seen, Set<Place> places) {
        model.forEachReferrer(
                from,
                who -> model.get(who).ifPresent(user -> {
                    if (each.subjects().contains(user.kind())) {
                        places.add(new Place(i, who));
                    }
                    if (each.reads().contains(user.kind()) && seen.add(who)) {
                        climb(i, each, model, who, seen, places);
                    }
                }));
    }

    private void descend(int i, Check.Each<?> each, Model model, Entity from, Set<EntityId> seen, Set<Place> places) {
        from.describe(new ClaimSink() {
            @Override
            public void refers(EntityId target) {
                model.get(target).ifPresent(used -> {
                    if (each.subjects().contains(used.kind())) {
                        places.add(new Place(i, target));
                    }
                    if (each.counted().contains(used.kind()) && seen.add(target)) {
                        descend(i, each, model, used, seen, places);
                    }
                });
            }

            @Override
            public void claims(Claim claim, long amount) {
                // Claims are summed on what is referred to.
            }
        });
    }
}
