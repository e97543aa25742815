package io.diskless.cluster.json;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Observation;
import io.diskless.cluster.model.id.EntityId;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** JSON Schema (2020-12) of the document, made of the records themselves, so that it cannot fall behind. Not thread-safe. */
final class JsonSchema {
    private static final String NAME = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

    private final Map<String, JsonTree> definitions = new TreeMap<>();

    static JsonTree document() {
        JsonSchema schema = new JsonSchema();
        JsonTree desired = object("type", text("array"), "items", schema.of(Entity.class));
        JsonTree sight = object("type", text("object"));
        JsonTree fields = JsonTree.object();
        for (RecordComponent component : Observation.Evidence.class.getRecordComponents()) {
            fields.fields().put(component.getName(), schema.of(component.getGenericType()));
        }
        fields.fields().put("id", schema.of(EntityId.class));
        fields.fields().put("seen", schema.of(Entity.class));
        sight.fields().put("properties", fields);
        sight.fields().put("required", texts(List.of("at", "id", "source")));
        JsonTree properties = object(
                "desired", desired, "observed", object("type", text("array"), "items", sight), "revision", least(0));
        properties.fields().put("schema", object("const", JsonTree.of(BigInteger.valueOf(ClusterJson.SCHEMA))));
        JsonTree document = object("type", text("object"), "properties", properties);
        document.fields().put("$schema", text("https://json-schema.org/draft/2020-12/schema"));
        document.fields().put("title", text("A diskless site"));
        document.fields().put("required", texts(List.of("schema")));
        document.fields().put("$defs", JsonTree.of(schema.definitions));
        return document;
    }

    private JsonTree of(Type type) {
        Class<?> raw = RecordCodec.raw(type);
        if (raw == List.class) {
            return object("type", text("array"), "items", of(RecordCodec.argument(type)));
        }
        if (raw == int.class || raw == long.class) {
            return object("type", text("integer"));
        }
        if (raw == boolean.class) {
            return object("type", text("boolean"));
        }
        if (raw == EntityId.class) {
            return object("type", text("string"), "pattern", text("^[a-z]+/" + NAME.substring(1)));
        }
        if (EntityId.class.isAssignableFrom(raw)) {
            return object("type", text("string"), "pattern", text(NAME));
        }
        if (RecordCodec.TEXTS.containsKey(raw)) {
            return object("type", text("string"));
        }
        if (raw.isEnum()) {
            List<String> words = new ArrayList<>();
            for (Object constant : raw.getEnumConstants()) {
                words.add(RecordCodec.word((Enum<?>) constant));
            }
            return object("enum", texts(words));
        }
        String name = raw.getName().substring(raw.getPackageName().length() + 1).replace('$', '.');
        if (!definitions.containsKey(name)) {
            definitions.put(name, JsonTree.object());
            definitions.put(name, raw.isSealed() ? oneOf(raw) : record(raw, Optional.empty()));
        }
        return object("$ref", text("#/$defs/" + name));
    }

    private JsonTree oneOf(Class<?> sealed) {
        List<JsonTree> all = new ArrayList<>();
        RecordCodec.records(sealed).forEach((word, type) -> all.add(record(type, Optional.of(word))));
        return object("oneOf", JsonTree.of(all));
    }

    private JsonTree record(Class<?> type, Optional<String> word) {
        JsonTree fields = JsonTree.object();
        List<String> required = new ArrayList<>();
        word.ifPresent(w -> {
            fields.fields().put("type", object("const", text(w)));
            required.add("type");
        });
        for (RecordComponent component : type.getRecordComponents()) {
            boolean optional = component.getType() == Optional.class;
            Type generic = component.getGenericType();
            fields.fields().put(component.getName(), of(optional ? RecordCodec.argument(generic) : generic));
            if (!optional) {
                required.add(component.getName());
            }
        }
        return object("type", text("object"), "properties", fields, "required", texts(required));
    }

    private static JsonTree least(long minimum) {
        return object("type", text("integer"), "minimum", JsonTree.of(BigInteger.valueOf(minimum)));
    }

    private static JsonTree text(String text) {
        return JsonTree.of(text);
    }

    private static JsonTree texts(List<String> texts) {
        return JsonTree.of(texts.stream().map(JsonTree::of).toList());
    }

    private static JsonTree object(Object... namesAndValues) {
        JsonTree object = JsonTree.object();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.fields().put((String) namesAndValues[i], (JsonTree) namesAndValues[i + 1]);
        }
        return object;
    }
}
