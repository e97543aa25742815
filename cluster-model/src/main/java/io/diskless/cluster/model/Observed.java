package io.diskless.cluster.model;

import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.internal.PersistentMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What was seen of a site: some things as they are, some that are not there, nothing of the rest. Immutable. */
public final class Observed {
    private static final Observed NOTHING = new Observed(Model.empty(), PersistentMap.empty());

    private final Model present;
    /** Of what is present and of what is absent. */
    private final PersistentMap<EntityId, Observation.Evidence> evidence;

    private Observed(Model present, PersistentMap<EntityId, Observation.Evidence> evidence) {
        this.present = present;
        this.evidence = evidence;
    }

    /** {@return that nothing is known} */
    public static Observed nothing() {
        return NOTHING;
    }

    /** {@return what was seen, as a model that rules can be applied to} */
    public Model present() {
        return present;
    }

    /**
     * What is known of a thing.
     *
     * @param id its name
     * @return the observation; {@link Observation.Unknown} if nobody looked
     */
    public Observation of(EntityId id) {
        Observation.Evidence found = evidence.get(id);
        if (found == null) {
            return new Observation.Unknown();
        }
        return present.get(id)
                .<Observation>map(entity -> new Observation.Seen(entity, found))
                .orElseGet(() -> new Observation.Absent(found));
    }

    /** {@return everything of which something is known, sorted} */
    public List<EntityId> known() {
        List<EntityId> ids = new ArrayList<>();
        evidence.forEach((id, found) -> ids.add(id));
        ids.sort(Comparator.naturalOrder());
        return ids;
    }

    /**
     * After a thing was seen.
     *
     * @param entity how
     * @param by who looked, and when
     * @return a new observation of the site
     */
    public Observed seen(Entity entity, Observation.Evidence by) {
        return new Observed(present.with(entity), evidence.put(entity.id(), by));
    }

    /**
     * After a thing was looked for and not found.
     *
     * @param id its name
     * @param by who looked, and when
     * @return a new observation of the site
     */
    public Observed absent(EntityId id, Observation.Evidence by) {
        return new Observed(present.without(id), evidence.put(id, by));
    }

    /**
     * After what was known of a thing ceased to count.
     *
     * @param id its name
     * @return a new observation of the site
     */
    public Observed forget(EntityId id) {
        return new Observed(present.without(id), evidence.remove(id));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Observed that && present.equals(that.present) && evidence.equals(that.evidence);
    }

    @Override
    public int hashCode() {
        return Objects.hash(present, evidence);
    }

    /** {@return how much is known} */
    @Override
    public String toString() {
        return "Observed[" + present.size() + " present, " + (evidence.size() - present.size()) + " absent]";
    }
}
