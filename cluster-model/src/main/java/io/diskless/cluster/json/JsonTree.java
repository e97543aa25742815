package io.diskless.cluster.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value that knows where it stood. The value is a map by name (sorted), a list, a String, a BigInteger, a BigDecimal, a
 * Boolean, or {@link #NULL}. Immutable by convention once it is read.
 *
 * @param value see above
 * @param line from 1; 0 for a value that was not read
 * @param column from 1; 0 for a value that was not read
 */
record JsonTree(Object value, int line, int column) {
    static final Object NULL = new Object() {
        @Override
        public String toString() {
            return "null";
        }
    };

    static JsonTree of(Object value) {
        return new JsonTree(value, 0, 0);
    }

    static JsonTree object() {
        return of(new TreeMap<String, JsonTree>());
    }

    @SuppressWarnings("unchecked") // What read() and object() store.
    Map<String, JsonTree> fields() {
        return (Map<String, JsonTree>) value;
    }

    @SuppressWarnings("unchecked") // What read() and of() store.
    List<JsonTree> items() {
        return (List<JsonTree>) value;
    }

    boolean isObject() {
        return value instanceof Map;
    }

    boolean isArray() {
        return value instanceof List;
    }

    /** The value of a field, or the item of an index; null if there is none. */
    @Nullable
    JsonTree child(String step) {
        if (isObject()) {
            return fields().get(step);
        }
        boolean index = isArray() && step.matches("[0-9]{1,9}");
        return index && Integer.parseInt(step) < items().size() ? items().get(Integer.parseInt(step)) : null;
    }

    /** The value that starts at the parser's current token. */
    static JsonTree read(JsonParser in) throws IOException {
        JsonLocation at = in.currentTokenLocation();
        return new JsonTree(readValue(in), at.getLineNr(), at.getColumnNr());
    }

    private static Object readValue(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case START_OBJECT -> readFields(in);
            case START_ARRAY -> readItems(in);
            case VALUE_STRING -> in.getText();
            case VALUE_NUMBER_INT -> in.getBigIntegerValue();
            case VALUE_NUMBER_FLOAT -> in.getDecimalValue();
            case VALUE_TRUE, VALUE_FALSE -> in.getBooleanValue();
            default -> NULL;
        };
    }

    private static Map<String, JsonTree> readFields(JsonParser in) throws IOException {
        Map<String, JsonTree> fields = new TreeMap<>();
        while (in.nextToken() != JsonToken.END_OBJECT) {
            String name = in.currentName();
            in.nextToken();
            fields.put(name, read(in));
        }
        return fields;
    }

    private static List<JsonTree> readItems(JsonParser in) throws IOException {
        List<JsonTree> items = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            items.add(read(in));
        }
        return items;
    }

    void write(JsonGenerator out) throws IOException {
        if (isObject()) {
            out.writeStartObject();
            for (Map.Entry<String, JsonTree> field : fields().entrySet()) {
                out.writeFieldName(field.getKey());
                field.getValue().write(out);
            }
            out.writeEndObject();
        } else if (isArray()) {
            out.writeStartArray();
            for (JsonTree item : items()) {
                item.write(out);
            }
            out.writeEndArray();
        } else if (value instanceof String text) {
            out.writeString(text);
        } else if (value instanceof BigInteger number) {
            out.writeNumber(number);
        } else if (value instanceof BigDecimal number) {
            out.writeNumber(number);
        } else if (value instanceof Boolean truth) {
            out.writeBoolean(truth);
        } else {
            out.writeNull();
        }
    }
}
