package io.diskless.cluster.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.diskless.cluster.model.Entity;
import java.util.Objects;
import java.util.Optional;

/**
 * Single values of a site as JSON, in the form that they have in {@link ClusterJson}: canonical, on one line. Stateless.
 */
public final class RecordJson {
    private RecordJson() {}

    /**
     * Writes a record whose components are records, entities, names, addresses, instants, numbers, texts, truths, optionals or
     * lists of these.
     *
     * @param <R> the record
     * @param type its class
     * @param value the record
     * @return its one text, without a line feed
     */
    public static <R extends Record> String write(Class<R> type, R value) {
        return ClusterJson.text(RecordCodec.encode(type, value));
    }

    /**
     * Reads what {@link #write} wrote; fields that are not known are passed over.
     *
     * @param <R> the record
     * @param type its class
     * @param name what positions call the text
     * @param text the JSON
     * @return the record
     * @throws io.diskless.cluster.conf.ConfigException with line and column if the text is no such record
     */
    public static <R extends Record> R read(Class<R> type, String name, String text) {
        JsonTree tree;
        try {
            tree = ClusterJson.parse(text);
        } catch (JsonProcessingException malformed) {
            throw ClusterJson.unreadable(name, malformed);
        }
        return type.cast(new RecordCodec(name, (place, field) -> {}).decode(type, tree, name));
    }

    /**
     * Writes an entity.
     *
     * @param entity the entity
     * @return its one text, without a line feed
     */
    public static String write(Entity entity) {
        return ClusterJson.text(RecordCodec.encode(Entity.class, entity));
    }

    /**
     * One field of an entity.
     *
     * @param entity the entity
     * @param path names and indices with slashes between them, such as {@code machine/nics/0/mtu}; empty for all of it
     * @return its JSON; empty if there is no such field
     */
    public static Optional<String> field(Entity entity, String path) {
        JsonTree at = RecordCodec.encode(Entity.class, Objects.requireNonNull(entity, "entity"));
        for (String step : path.isEmpty() ? new String[0] : path.split("/", -1)) {
            JsonTree next = at.child(step);
            if (next == null) {
                return Optional.empty();
            }
            at = next;
        }
        return Optional.of(ClusterJson.text(at));
    }
}
