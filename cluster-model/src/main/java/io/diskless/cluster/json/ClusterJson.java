package io.diskless.cluster.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.Observation;
import io.diskless.cluster.model.Observed;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.storage.DrbdNumbers;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The JSON form of a site: canonical, so that equal sites are equal text; one entity on each line, so that a line-based diff
 * reads well. Stateless.
 *
 * <p>A document is {@code {"desired": [ENTITY...], "observed": [SIGHT...], "revision": N, "schema": 1}}. Fields are sorted by
 * name, entities by type and name. An entity is its record's components with its {@code type}; a sight is {@code {"at":
 * INSTANT, "id": PATH, "seen": ENTITY, "source": WHO}}, without {@code seen} where the thing is absent. DRBD volumes of older
 * documents, which have no numbers, are given them when they are read ({@link DrbdNumbers#complete}). Fields that are not
 * known are kept ({@link ClusterFile#unknown()}); a document of a later schema is refused.
 */
public final class ClusterJson {
    /** The schema that is written, and the latest that is read. */
    public static final int SCHEMA = 1;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private ClusterJson() {}

    /**
     * Writes a site.
     *
     * @param cluster the site
     * @return its one text, with a line feed at the end
     */
    public static String write(Cluster cluster) {
        return write(ClusterFile.of(cluster));
    }

    /**
     * Writes a file's site, with the fields that were not understood where their place is still there.
     *
     * @param file the file
     * @return its one text, with a line feed at the end
     */
    public static String write(ClusterFile file) {
        Map<String, Map<String, String>> unknown = byEntity(file.unknown());
        StringBuilder out = new StringBuilder("{\"desired\":[");
        List<String> desired = new ArrayList<>();
        for (Entity entity : file.cluster().desired().all(Entity.class)) {
            JsonTree tree = RecordCodec.encode(Entity.class, entity);
            desired.add(text(tree, unknown.getOrDefault("desired/" + entity.id(), Map.of())));
        }
        lines(out, desired).append("],\n\"observed\":[");
        List<String> observed = new ArrayList<>();
        Observed sights = file.cluster().observed();
        for (EntityId id : sights.known()) {
            observed.add(text(sight(id, sights.of(id)), unknown.getOrDefault("observed/" + id, Map.of())));
        }
        lines(out, observed).append("],\n\"revision\":").append(file.cluster().revision());
        out.append(",\n\"schema\":").append(SCHEMA);
        unknown.getOrDefault("", Map.of())
                .forEach((name, json) ->
                        out.append(",\n").append(quoted(name)).append(':').append(json));
        return out.append("\n}\n").toString();
    }

    private static StringBuilder lines(StringBuilder out, List<String> values) {
        String separator = "\n";
        for (String value : values) {
            out.append(separator).append(value);
            separator = ",\n";
        }
        return values.isEmpty() ? out : out.append('\n');
    }

    private static JsonTree sight(EntityId id, Observation observation) {
        JsonTree object = JsonTree.object();
        Observation.Evidence evidence;
        if (observation instanceof Observation.Seen seen) {
            object.fields().put("seen", RecordCodec.encode(Entity.class, seen.entity()));
            evidence = seen.evidence();
        } else {
            evidence = ((Observation.Absent) observation).evidence();
        }
        object.fields().put("id", JsonTree.of(id.toString()));
        object.fields().put("source", JsonTree.of(evidence.source()));
        object.fields().put("at", JsonTree.of(evidence.at().toString()));
        return object;
    }

    /** The first three parts of a place name the entity: {@code desired/node/h1}. */
    private static Map<String, Map<String, String>> byEntity(Map<String, String> unknown) {
        Map<String, Map<String, String>> grouped = new TreeMap<>();
        unknown.forEach((place, json) -> {
            String[] parts = place.split("/", 4);
            boolean top = parts.length < 4;
            String entity = top ? "" : parts[0] + "/" + parts[1] + "/" + parts[2];
            grouped.computeIfAbsent(entity, e -> new TreeMap<>()).put(top ? place : parts[3], json);
        });
        return grouped;
    }

    private static String text(JsonTree tree, Map<String, String> unknown) {
        unknown.forEach((place, json) -> insert(tree, place.split("/", -1), parse("unknown field", json)));
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            tree.write(out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.toString();
    }

    private static void insert(JsonTree tree, String[] place, JsonTree value) {
        JsonTree at = tree;
        for (int i = 0; i < place.length - 1; i++) {
            JsonTree next = at.child(place[i]);
            if (next == null) {
                return;
            }
            at = next;
        }
        if (at.isObject()) {
            at.fields().putIfAbsent(place[place.length - 1], value);
        }
    }

    private static String quoted(String text) {
        return text(JsonTree.of(text), Map.of());
    }

    private static JsonTree parse(String name, String json) {
        try {
            return parse(json);
        } catch (JsonProcessingException malformed) {
            throw new IllegalArgumentException(name + " is no JSON: " + malformed.getMessage(), malformed);
        }
    }

    /** One value and nothing after it. */
    static JsonTree parse(String json) throws JsonProcessingException {
        try (JsonParser in = FACTORY.createParser(new StringReader(json))) {
            if (in.nextToken() == null) {
                throw new JsonParseException(in, "there is nothing");
            }
            JsonTree tree = JsonTree.read(in);
            if (in.nextToken() != null) {
                throw new JsonParseException(in, "there is more than one value");
            }
            return tree;
        } catch (JsonProcessingException malformed) {
            throw malformed;
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    static ConfigException unreadable(String name, JsonProcessingException malformed) {
        JsonLocation at = malformed.getLocation();
        return RecordCodec.wrong(
                name,
                at == null ? 1 : at.getLineNr(),
                at == null ? 1 : at.getColumnNr(),
                malformed.getOriginalMessage(),
                "JSON");
    }

    static String text(JsonTree tree) {
        return text(tree, Map.of());
    }

    /**
     * Reads a site.
     *
     * @param name what positions call the text
     * @param text the document
     * @return the site, and the fields that were not understood
     * @throws io.diskless.cluster.conf.ConfigException with file, line and column if the text is no site of a schema that is
     *     known
     */
    public static ClusterFile read(String name, String text) {
        Map<String, String> unknown = new TreeMap<>();
        RecordCodec codec = new RecordCodec(name, (place, tree) -> unknown.put(place, text(tree, Map.of())));
        Document document = new Document(codec);
        try (JsonParser in = FACTORY.createParser(new StringReader(text))) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw codec.wrong(JsonTree.of(text), "the document", "is something else", "an object");
            }
            while (in.nextToken() != JsonToken.END_OBJECT) {
                String field = in.currentName();
                in.nextToken();
                document.field(field, in, unknown);
            }
            if (in.nextToken() != null) {
                throw codec.wrong(JsonTree.read(in), "the document", "goes on after its end", "nothing");
            }
        } catch (JsonProcessingException malformed) {
            throw unreadable(name, malformed);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return new ClusterFile(document.cluster(), unknown);
    }

    /** {@return JSON Schema (2020-12) of the documents that {@link #write} writes} */
    public static String schema() {
        return text(JsonSchema.document(), Map.of()) + "\n";
    }

    /** A document as far as it was read. */
    private static final class Document {
        private final RecordCodec codec;
        private final List<Entity> desired = new ArrayList<>();
        private Observed observed = Observed.nothing();
        private long revision;
        private Optional<JsonTree> schema = Optional.empty();

        Document(RecordCodec codec) {
            this.codec = codec;
        }

        void field(String name, JsonParser in, Map<String, String> unknown) throws IOException {
            switch (name) {
                case "desired" -> items(in, name, tree -> desired.add(entity(tree, "desired/" + path(tree))));
                case "observed" -> items(in, name, this::sight);
                case "revision" -> revision = (long) codec.decode(long.class, JsonTree.read(in), name);
                case "schema" -> {
                    JsonTree tree = JsonTree.read(in);
                    schema = Optional.of(tree);
                    boolean known = tree.value() instanceof BigInteger number
                            && number.signum() > 0
                            && number.compareTo(BigInteger.valueOf(SCHEMA)) <= 0;
                    if (!known) {
                        throw codec.wrong(tree, name, tree.value() + " is not known", "at most " + SCHEMA);
                    }
                }
                default -> unknown.put(name, text(JsonTree.read(in), Map.of()));
            }
        }

        private interface Item {
            void read(JsonTree tree);
        }

        /** One at a time, so that a million entities are never all there as trees. */
        private void items(JsonParser in, String name, Item each) throws IOException {
            if (in.currentToken() != JsonToken.START_ARRAY) {
                throw codec.wrong(JsonTree.read(in), name, "is something else", "an array");
            }
            while (in.nextToken() != JsonToken.END_ARRAY) {
                JsonTree tree = JsonTree.read(in);
                if (!tree.isObject()) {
                    throw codec.wrong(tree, name, "holds something else", "objects");
                }
                each.read(tree);
            }
        }

        /** Where unknown fields of an entity are kept; a guess that is never used if the entity turns out to be none. */
        private static String path(JsonTree tree) {
            JsonTree type = tree.fields().get("type");
            JsonTree id = tree.fields().get("id");
            Class<?> sort =
                    type == null ? null : RecordCodec.records(Entity.class).get(String.valueOf(type.value()));
            if (sort == null || id == null) {
                return "?/?";
            }
            try {
                Class<?> named = sort.getMethod("id").getReturnType();
                return named.getConstructor(String.class)
                        .newInstance(String.valueOf(id.value()))
                        .toString();
            } catch (ReflectiveOperationException malformed) {
                return "?/?";
            }
        }

        private Entity entity(JsonTree tree, String path) {
            return (Entity) codec.decode(Entity.class, tree, path);
        }

        private void sight(JsonTree tree) {
            JsonTree name = tree.fields().get("id");
            if (name == null) {
                throw codec.wrong(tree, "observed", "has no field \"id\"", "");
            }
            EntityId id = (EntityId) codec.decode(EntityId.class, name, "observed/id");
            String path = "observed/" + id;
            Observation.Evidence by =
                    (Observation.Evidence) codec.ignoring().decode(Observation.Evidence.class, tree, path);
            JsonTree seen = tree.fields().get("seen");
            if (seen == null) {
                observed = observed.absent(id, by);
            } else {
                Entity entity = entity(seen, path + "/seen");
                if (!entity.id().equals(id)) {
                    throw codec.wrong(seen, path, "is " + entity.id(), id.toString());
                }
                observed = observed.seen(entity, by);
            }
            tree.fields().forEach((field, value) -> {
                if (!List.of("id", "at", "source", "seen").contains(field)) {
                    codec.keep(path + "/" + field, value);
                }
            });
        }

        Cluster cluster() {
            if (schema.isEmpty()) {
                throw codec.wrong(JsonTree.object(), "the document", "has no field \"schema\"", String.valueOf(SCHEMA));
            }
            Model model = Model.empty().with(desired);
            if (model.size() != desired.size()) {
                throw codec.wrong(JsonTree.object(), "desired", "holds two entities of one name", "one");
            }
            return new Cluster(numbered(model), observed, revision);
        }

        /** Volumes of a document that does not tell their numbers are given them here, and from then on keep them. */
        private Model numbered(Model model) {
            try {
                return DrbdNumbers.complete(model);
            } catch (IllegalArgumentException full) {
                throw codec.wrong(JsonTree.object(), "desired", String.valueOf(full.getMessage()), "");
            }
        }
    }
}
