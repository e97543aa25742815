package io.diskless.cluster.json;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Position;
import io.diskless.cluster.conf.Severity;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.net.MacAddress;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Records to JSON and back by their components, so that no field can be forgotten: a record is an object; of a sealed
 * interface the object has a {@code type}, the record's name; an absent Optional has no field; names of entities and addresses
 * are strings. Thread-safe.
 */
final class RecordCodec {
    /** Values that are strings, with what reads them. */
    static final Map<Class<?>, Function<String, Object>> TEXTS = Map.of(
            MacAddress.class, MacAddress::parse,
            Ipv4Address.class, Ipv4Address::parse,
            AoeAddress.class, AoeAddress::parse,
            EntityId.class, EntityId::parse,
            Instant.class, Instant::parse,
            String.class, text -> text);

    private static final ClassValue<Shape> SHAPES = new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
            return new Shape(type);
        }
    };

    /** A record's components and constructor. */
    private static final class Shape {
        final RecordComponent[] components;
        final Constructor<?> constructor;

        Shape(Class<?> type) {
            components = type.getRecordComponents();
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            try {
                constructor = type.getDeclaredConstructor(types);
            } catch (NoSuchMethodException impossible) {
                throw new IllegalStateException("a record has its canonical constructor: " + type, impossible);
            }
        }
    }

    private final String file;
    private final BiConsumer<String, JsonTree> unknown;

    /**
     * A codec for one file.
     *
     * @param file what positions call it
     * @param unknown sees each field that is no component, with its place
     */
    RecordCodec(String file, BiConsumer<String, JsonTree> unknown) {
        this.file = file;
        this.unknown = unknown;
    }

    /** {@code ConfigNode} is {@code config-node}, {@code RAID1} is {@code raid1}. */
    static String word(Class<?> type) {
        return type.getSimpleName().replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The records of a sealed interface by their words. */
    static Map<String, Class<?>> records(Class<?> sealed) {
        Map<String, Class<?>> found = new LinkedHashMap<>();
        for (Class<?> permitted : sealed.getPermittedSubclasses()) {
            if (permitted.isRecord()) {
                found.put(word(permitted), permitted);
            } else {
                found.putAll(records(permitted));
            }
        }
        return found;
    }

    static Type argument(Type type) {
        return ((ParameterizedType) type).getActualTypeArguments()[0];
    }

    static Class<?> raw(Type type) {
        return (Class<?>) (type instanceof ParameterizedType p ? p.getRawType() : type);
    }

    static JsonTree encode(Type type, Object value) {
        Class<?> raw = raw(type);
        if (raw == List.class) {
            List<JsonTree> items = new ArrayList<>();
            for (Object item : (List<?>) value) {
                items.add(encode(argument(type), item));
            }
            return JsonTree.of(items);
        }
        if (TEXTS.containsKey(raw)) {
            return JsonTree.of(value.toString());
        }
        if (value instanceof EntityId id) {
            return JsonTree.of(id.name());
        }
        if (value instanceof Enum<?> constant) {
            return JsonTree.of(word(constant));
        }
        if (value instanceof Integer || value instanceof Long) {
            return JsonTree.of(BigInteger.valueOf(((Number) value).longValue()));
        }
        return value instanceof Boolean ? JsonTree.of(value) : encodeRecord(raw, value);
    }

    private static JsonTree encodeRecord(Class<?> declared, Object value) {
        JsonTree object = JsonTree.object();
        if (declared.isSealed()) {
            object.fields().put("type", JsonTree.of(word(value.getClass())));
        }
        for (RecordComponent component : SHAPES.get(value.getClass()).components) {
            Type type = component.getGenericType();
            Object field = get(component, value);
            if (field instanceof Optional<?> optional) {
                optional.ifPresent(some -> object.fields().put(component.getName(), encode(argument(type), some)));
            } else {
                object.fields().put(component.getName(), encode(type, field));
            }
        }
        return object;
    }

    private static Object get(RecordComponent component, Object record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (IllegalAccessException | InvocationTargetException impossible) {
            throw new IllegalStateException("an accessor of a public record does not fail: " + component, impossible);
        }
    }

    Object decode(Type type, JsonTree tree, String path) {
        Class<?> raw = raw(type);
        if (raw == List.class) {
            require(tree.isArray(), tree, path, "an array");
            List<Object> items = new ArrayList<>();
            for (JsonTree item : tree.items()) {
                items.add(decode(argument(type), item, path + "/" + items.size()));
            }
            return items;
        }
        if (raw == int.class || raw == long.class) {
            return number(raw, tree, path);
        }
        if (raw == boolean.class) {
            require(tree.value() instanceof Boolean, tree, path, "true or false");
            return tree.value();
        }
        if (TEXTS.containsKey(raw) || raw.isEnum() || (EntityId.class.isAssignableFrom(raw) && raw.isRecord())) {
            return text(raw, tree, path);
        }
        require(tree.isObject(), tree, path, "an object");
        return decodeRecord(raw, tree, path);
    }

    private Object number(Class<?> raw, JsonTree tree, String path) {
        long least = raw == int.class ? Integer.MIN_VALUE : Long.MIN_VALUE;
        long most = raw == int.class ? Integer.MAX_VALUE : Long.MAX_VALUE;
        boolean good = tree.value() instanceof BigInteger number
                && number.compareTo(BigInteger.valueOf(least)) >= 0
                && number.compareTo(BigInteger.valueOf(most)) <= 0;
        require(good, tree, path, "a whole number from " + least + " to " + most);
        long value = ((BigInteger) tree.value()).longValueExact();
        if (raw == int.class) {
            return Math.toIntExact(value);
        }
        return value;
    }

    private Object text(Class<?> raw, JsonTree tree, String path) {
        require(tree.value() instanceof String, tree, path, "a string");
        String text = (String) tree.value();
        if (raw.isEnum()) {
            List<String> words = new ArrayList<>();
            for (Object constant : raw.getEnumConstants()) {
                if (word((Enum<?>) constant).equals(text)) {
                    return constant;
                }
                words.add(word((Enum<?>) constant));
            }
            throw wrong(tree, path, "\"" + text + "\" is not known", "one of " + String.join(", ", words));
        }
        try {
            Function<String, Object> parser = TEXTS.get(raw);
            return parser != null ? parser.apply(text) : make(raw, new Object[] {text}, tree, path);
        } catch (IllegalArgumentException | DateTimeException malformed) {
            throw wrong(tree, path, String.valueOf(malformed.getMessage()), "");
        }
    }

    private Object decodeRecord(Class<?> declared, JsonTree tree, String path) {
        Class<?> type = declared;
        if (declared.isSealed()) {
            Map<String, Class<?>> records = records(declared);
            JsonTree name = tree.fields().get("type");
            Class<?> found = name == null ? null : records.get(String.valueOf(name.value()));
            if (found == null) {
                String expected = "one of " + String.join(", ", records.keySet());
                throw name == null
                        ? wrong(tree, path, "has no type", expected)
                        : wrong(name, path + "/type", "\"" + name.value() + "\" is not known", expected);
            }
            type = found;
        }
        RecordComponent[] components = SHAPES.get(type).components;
        Object[] values = new Object[components.length];
        List<String> known = new ArrayList<>(declared.isSealed() ? List.of("type") : List.of());
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            String name = component.getName();
            known.add(name);
            JsonTree field = tree.fields().get(name);
            boolean optional = component.getType() == Optional.class;
            if (field == null && !optional) {
                throw wrong(tree, path, "has no field \"" + name + "\"", "");
            }
            Type generic = component.getGenericType();
            if (optional) {
                values[i] = field == null
                        ? Optional.empty()
                        : Optional.of(decode(argument(generic), field, path + "/" + name));
            } else if (field != null) {
                values[i] = decode(generic, field, path + "/" + name);
            }
        }
        tree.fields().forEach((name, field) -> {
            if (!known.contains(name)) {
                unknown.accept(path + "/" + name, field);
            }
        });
        return make(type, values, tree, path);
    }

    private Object make(Class<?> type, Object[] values, JsonTree tree, String path) {
        try {
            return SHAPES.get(type).constructor.newInstance(values);
        } catch (InvocationTargetException refused) {
            if (refused.getCause() instanceof IllegalArgumentException why) {
                throw wrong(tree, path, String.valueOf(why.getMessage()), "");
            }
            throw new IllegalStateException("a record's constructor failed: " + type, refused);
        } catch (InstantiationException | IllegalAccessException impossible) {
            throw new IllegalStateException("a public record can be made: " + type, impossible);
        }
    }

    /** {@return the same that keeps no unknown fields} */
    RecordCodec ignoring() {
        return new RecordCodec(file, (place, field) -> {});
    }

    void keep(String path, JsonTree field) {
        unknown.accept(path, field);
    }

    private void require(boolean good, JsonTree tree, String path, String expected) {
        if (!good) {
            throw wrong(tree, path, "is something else", expected);
        }
    }

    ConfigException wrong(JsonTree tree, String path, String message, String expected) {
        return wrong(file, tree.line(), tree.column(), path + ": " + message, expected);
    }

    static ConfigException wrong(String file, int line, int column, String message, String expected) {
        return new ConfigException(List.of(new Diagnostic(
                Severity.ERROR,
                "model.unreadable",
                new Position(file, Math.max(1, line), Math.max(1, column)),
                new Span(0, 0),
                message,
                expected,
                List.of())));
    }
}
