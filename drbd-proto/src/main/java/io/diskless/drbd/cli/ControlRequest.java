package io.diskless.drbd.cli;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One command to a running peer, as one line of words: the verb, then {@code name=value} in any order. Client and server
 * make it in the same way, so that both know what is allowed. Immutable.
 *
 * @param verb what to do
 * @param options what more is said
 */
record ControlRequest(String verb, Map<String, String> options) {
    /** Longer than any request. */
    static final int MAX_LINE = 1024;

    private static final Map<String, Set<String>> VERBS = Map.ofEntries(
            Map.entry("status", Set.of("json")),
            Map.entry("role", Set.of("to", "force")),
            Map.entry("connect", Set.of("discard-my-data")),
            Map.entry("disconnect", Set.of()),
            Map.entry("verify", Set.of("volume", "start", "stop", "json")),
            Map.entry("invalidate", Set.of("volume")),
            Map.entry("invalidate-remote", Set.of("volume")),
            Map.entry("pause-sync", Set.of("volume")),
            Map.entry("resume-sync", Set.of("volume")),
            Map.entry("detach", Set.of("volume")),
            Map.entry("attach", Set.of("volume")),
            Map.entry("new-current-uuid", Set.of("volume", "clear-bitmap")),
            Map.entry("resume-io", Set.of("volume")),
            Map.entry("resize", Set.of("volume", "size", "assume-clean")),
            Map.entry("adjust", Set.of()),
            Map.entry("events", Set.of("json")),
            Map.entry("down", Set.of()));

    ControlRequest {
        options = Map.copyOf(options);
        Set<String> known = VERBS.get(verb);
        if (known == null) {
            throw new IllegalArgumentException(
                    "no command \"" + verb + "\"; try " + String.join(", ", new java.util.TreeSet<>(VERBS.keySet())));
        }
        for (Map.Entry<String, String> option : options.entrySet()) {
            if (!known.contains(option.getKey())) {
                throw new IllegalArgumentException("the command " + verb + " does not know " + option.getKey());
            }
            if (!option.getValue().matches("[0-9A-Za-z]{1,20}")) {
                throw new IllegalArgumentException(option.getKey() + " cannot be \"" + option.getValue() + "\"");
            }
        }
        if (verb.equals("role") && !Set.of("primary", "secondary").contains(options.getOrDefault("to", ""))) {
            throw new IllegalArgumentException("a role is primary or secondary");
        }
        if (options.containsKey("force") && !"primary".equals(options.get("to"))) {
            throw new IllegalArgumentException("--force goes with role primary");
        }
        number(options, "volume", 0);
        number(options, "start", 0);
        number(options, "stop", 0);
        bytes(options);
    }

    static ControlRequest parse(String line) {
        String[] words = line.strip().split(" +", -1);
        Map<String, String> options = new TreeMap<>();
        for (int i = 1; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("name=value expected, got \"" + words[i] + "\"");
            }
            options.put(words[i].substring(0, equals), words[i].substring(equals + 1));
        }
        return new ControlRequest(words[0], options);
    }

    String line() {
        StringBuilder line = new StringBuilder(verb);
        new TreeMap<>(options)
                .forEach((name, value) ->
                        line.append(' ').append(name).append('=').append(value));
        return line.toString();
    }

    boolean has(String flag) {
        return options.containsKey(flag);
    }

    long number(String name, long otherwise) {
        return number(options, name, otherwise);
    }

    /** {@return the size, in bytes; 0 if there is none} */
    long bytes() {
        return bytes(options);
    }

    /** K, M, G, T are powers of 1024, s is a sector of 512 bytes. */
    private static long bytes(Map<String, String> options) {
        String text = options.get("size");
        if (text == null) {
            return 0;
        }
        int end = text.length() - 1;
        int unit = "sKMGT".indexOf(text.charAt(end));
        try {
            if (unit >= 0) {
                return Math.multiplyExact(Long.parseLong(text.substring(0, end)), 1L << Math.max(9, 10 * unit));
            }
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("no such size: " + text, e);
        }
        throw new IllegalArgumentException("a size has a unit: s (sectors), K, M, G or T; got " + text);
    }

    private static long number(Map<String, String> options, String name, long otherwise) {
        String text = options.get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is a number, not \"" + text + "\"", e);
        }
    }
}
