package io.diskless.cluster.conf.guest;

import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.internal.Reporter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One disk of a Xen guest. Immutable.
 *
 * @param target the device or image; the resource's name where the script is {@code block-drbd}
 * @param format {@code raw}, {@code qcow}, {@code qcow2}, {@code vhd} or {@code qed}
 * @param vdev the name that the guest sees
 * @param readOnly whether the guest may only read
 * @param script the hot-plug script, where one is named
 * @param backend the driver domain, where it is not domain 0
 */
public record XlDisk(
        String target,
        String format,
        String vdev,
        boolean readOnly,
        Optional<String> script,
        Optional<String> backend) {
    private static final Set<String> FORMATS = Set.of("raw", "qcow", "qcow2", "vhd", "qed", "");
    private static final Set<String> ACCESS = Set.of("r", "ro", "w", "rw", "");
    private static final Set<String> KEYS = Set.of(
            "format",
            "vdev",
            "access",
            "backend",
            "backendtype",
            "script",
            "devtype",
            "target",
            "colo-host",
            "colo-port",
            "colo-export",
            "active-disk",
            "hidden-disk");
    private static final Set<String> FLAGS =
            Set.of("discard", "no-discard", "direct-io-safe", "cdrom", "colo", "no-colo");
    private static final List<String> POSITIONS = List.of("target", "format", "vdev", "access");

    /**
     * Reads a specification: positions {@code target,format,vdev,access} first, then {@code key=value}; {@code target=}
     * takes the rest of the text.
     *
     * @param reporter takes what is wrong
     * @param text the specification
     * @param offset where it starts in the reporter's text
     * @return the disk, or nothing if an error was reported
     */
    static Optional<XlDisk> read(Reporter reporter, String text, int offset) {
        Map<String, String> values = new HashMap<>();
        boolean good = true;
        int position = 0;
        int at = prefix(text, values);
        boolean done = false;
        while (!done) {
            int comma = text.indexOf(',', at);
            int end = comma < 0 ? text.length() : comma;
            String field = text.substring(at, end);
            Span span = new Span(offset + at, offset + end);
            int equals = field.indexOf('=');
            String key = equals < 0 ? "" : field.substring(0, equals).strip().toLowerCase(Locale.ROOT);
            boolean keyed = !key.isEmpty() && key.chars().allMatch(c -> (c >= 'a' && c <= 'z') || c == '-');
            if (keyed && key.equals("target")) {
                String rest = text.substring(at + equals + 1);
                swallowed(reporter, rest, new Span(offset + at, offset + text.length()));
                values.put("target", rest);
                break;
            } else if (keyed) {
                good &= keyed(reporter, values, key, field.substring(equals + 1).strip(), span);
            } else if (FLAGS.contains(field.strip())) {
                values.put(field.strip(), "yes");
            } else {
                // "phy:TARGET,VDEV,ACCESS": with a prefix there is no format between target and vdev.
                boolean skipped = at > 0 && values.containsKey("prefix") && position == POSITIONS.indexOf("format");
                position += skipped ? 1 : 0;
                good &= positional(reporter, values, position++, field.strip(), span);
            }
            done = comma < 0;
            at = end + 1;
        }
        if (values.getOrDefault("vdev", "").isEmpty()) {
            reporter.error(
                    new Span(offset, offset + text.length()), "no-vdev", "the disk has no virtual device", "vdev=xvda");
            good = false;
        }
        return good ? Optional.of(disk(values)) : Optional.empty();
    }

    private static XlDisk disk(Map<String, String> values) {
        String access = values.getOrDefault("access", "");
        return new XlDisk(
                values.getOrDefault("target", ""),
                values.getOrDefault("format", "").isEmpty() ? "raw" : values.getOrDefault("format", "raw"),
                values.getOrDefault("vdev", ""),
                access.equals("r") || access.equals("ro"),
                Optional.ofNullable(values.get("script")),
                Optional.ofNullable(values.get("backend")));
    }

    /** The old prefixes; returns where the target starts. */
    private static int prefix(String text, Map<String, String> values) {
        for (String prefix :
                List.of("phy:", "file:", "drbd:", "tap:", "tap2:", "aio:", "raw:", "qcow:", "qcow2:", "vhd:")) {
            if (text.startsWith(prefix)) {
                values.put("prefix", prefix);
                if (prefix.equals("drbd:")) {
                    values.put("script", "block-drbd");
                }
                return prefix.length();
            }
        }
        return 0;
    }

    private static boolean positional(
            Reporter reporter, Map<String, String> values, int position, String value, Span span) {
        if (position >= POSITIONS.size()) {
            reporter.error(span, "extra-position", "a fifth position", "key=value, or the end");
            return false;
        }
        return value(reporter, values, POSITIONS.get(position), value, span);
    }

    private static boolean keyed(Reporter reporter, Map<String, String> values, String key, String value, Span span) {
        if (!KEYS.contains(key)) {
            reporter.error(
                    span,
                    "unknown-key",
                    "\"" + key + "\" is no key of a disk",
                    "one of " + String.join(", ", KEYS.stream().sorted().toList()));
            return false;
        }
        if (values.containsKey(key)) {
            reporter.warning(span, "duplicate-key", key + " stands twice; the last one counts", "one of them");
        }
        return value(reporter, values, key, value, span);
    }

    private static boolean value(Reporter reporter, Map<String, String> values, String key, String value, Span span) {
        values.put(key, value);
        if (key.equals("format") && !FORMATS.contains(value)) {
            reporter.error(span, "format", "there is no format \"" + value + "\"", "raw, qcow, qcow2, vhd or qed");
            return false;
        }
        if (key.equals("access") && !ACCESS.contains(value)) {
            reporter.error(
                    span,
                    "access",
                    "there is no access \"" + value + "\"",
                    value.equals("w!") ? "w; sharing is the cluster's business" : "r, ro, w or rw");
            return false;
        }
        return true;
    }

    /** Keys behind {@code target=} are part of the target. */
    private static void swallowed(Reporter reporter, String target, Span span) {
        for (String field : target.split(",", -1)) {
            int equals = field.indexOf('=');
            if (target.indexOf(',') >= 0
                    && equals > 0
                    && KEYS.contains(field.substring(0, equals).strip())) {
                reporter.warning(
                        span,
                        "target-swallows",
                        "target= takes the rest of the text, \"" + field.strip() + "\" too",
                        "target= last");
                return;
            }
        }
    }
}
