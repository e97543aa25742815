package io.diskless.benchmarks.lab.site;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One line between the director and a node: a verb and fields.
 *
 * <pre>
 *   verb SP name=value SP name=value LF        names and values percent-encoded (application/x-www-form-urlencoded)
 * </pre>
 *
 * A node answers each line by one line, {@code ok …} or {@code error text=…}. Immutable.
 *
 * @param verb what to do, or {@code ok} or {@code error}
 * @param fields in the order in which they were added
 */
public record Message(String verb, Map<String, String> fields) {
    /** The verb of a good answer. */
    public static final String OK = "ok";

    /** The verb of a refusal; its field {@code text} says why. */
    public static final String ERROR = "error";

    /** Copies the fields. */
    public Message {
        if (verb.isEmpty() || verb.chars().anyMatch(c -> c <= ' ' || c == '=')) {
            throw new IllegalArgumentException("expected a verb of one word, got \"" + verb + "\"");
        }
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /**
     * A message without fields.
     *
     * @param verb one word
     * @return the message
     */
    public static Message of(String verb) {
        return new Message(verb, Map.of());
    }

    /**
     * A good answer without fields.
     *
     * @return the message
     */
    public static Message ok() {
        return of(OK);
    }

    /**
     * A refusal.
     *
     * @param text why
     * @return the message
     */
    public static Message error(String text) {
        return of(ERROR).with("text", text);
    }

    /**
     * The same message with one more field, or another value for it.
     *
     * @param name the field
     * @param value its value, by {@link String#valueOf(Object)}
     * @return a new message
     */
    public Message with(String name, Object value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(name, String.valueOf(value));
        return new Message(verb, more);
    }

    /**
     * Whether a field is there.
     *
     * @param name the field
     * @return true if it is
     */
    public boolean has(String name) {
        return fields.containsKey(name);
    }

    /**
     * A field as text.
     *
     * @param name the field
     * @return its value
     * @throws IllegalArgumentException if it is missing
     */
    public String text(String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("\"" + verb + "\" lacks the field \"" + name + "\"");
        }
        return value;
    }

    /**
     * A field as a whole number.
     *
     * @param name the field
     * @return its value
     * @throws IllegalArgumentException if it is missing or no number
     */
    public long number(String name) {
        String value = text(name);
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "\"" + verb + "\" has no number in the field \"" + name + "\": \"" + value + "\"", e);
        }
    }

    /**
     * Reads a line.
     *
     * @param line without its end
     * @return the message
     * @throws IllegalArgumentException if it is not one
     */
    public static Message parse(String line) {
        String[] words = line.split(" ", -1);
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 1; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("expected name=value, got \"" + words[i] + "\"");
            }
            fields.put(decode(words[i].substring(0, equals)), decode(words[i].substring(equals + 1)));
        }
        return new Message(words[0], fields);
    }

    /** {@return the line, without its end} */
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder(verb);
        fields.forEach((name, value) ->
                line.append(' ').append(encode(name)).append('=').append(encode(value)));
        return line.toString();
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
