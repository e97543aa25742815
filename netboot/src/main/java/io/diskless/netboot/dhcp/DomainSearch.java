package io.diskless.netboot.dhcp;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Option 119, the search list (RFC 3397): names in DNS form, a repeated end replaced by a pointer to where it was
 * (RFC 1035 §4.1.4). Immutable.
 *
 * @param names dotted, without the last dot
 */
public record DomainSearch(List<String> names) {
    /** RFC 1035 §2.3.4: octets of a label, and of a whole name on the wire. */
    private static final int MAX_LABEL = 63;

    private static final int MAX_NAME = 255;
    private static final int POINTER = 0xC0;

    /** Copies the list. */
    public DomainSearch {
        names = List.copyOf(names);
    }

    /**
     * Reads the joined data of the option. A pointer leads only backwards, so that reading ends.
     *
     * @param data its octets
     * @return the names, or empty if a label or pointer is not as it must be
     */
    public static Optional<DomainSearch> parse(Octets data) {
        List<String> names = new ArrayList<>();
        int at = 0;
        while (at < data.size()) {
            StringBuilder name = new StringBuilder();
            int end = name(data, at, name);
            if (end < 0) {
                return Optional.empty();
            }
            names.add(name.toString());
            at = end;
        }
        return Optional.of(new DomainSearch(names));
    }

    /** Reads one name; index behind it, or -1. */
    private static int name(Octets data, int start, StringBuilder name) {
        int at = start;
        int floor = start;
        int end = -1;
        while (at < data.size()) {
            int length = data.u8(at);
            if (length == 0) {
                return end < 0 ? at + 1 : end;
            }
            if (length >= POINTER) {
                int target = at + 1 < data.size() ? (length & 0x3F) << 8 | data.u8(at + 1) : floor;
                if (target >= floor) {
                    return -1;
                }
                end = end < 0 ? at + 2 : end;
                floor = target;
                at = target;
                continue;
            }
            int next = at + 1 + length;
            if (length > MAX_LABEL
                    || next > data.size()
                    || name.length() + (name.length() == 0 ? 0 : 1) + length + 2 > MAX_NAME) {
                return -1;
            }
            if (!label(data, at + 1, next, name)) {
                return -1;
            }
            at = next;
        }
        return -1;
    }

    /** Appends a label; false where it holds a dot or anything but printable ASCII. */
    private static boolean label(Octets data, int from, int to, StringBuilder name) {
        name.append(name.length() == 0 ? "" : ".");
        for (int i = from; i < to; i++) {
            int c = data.u8(i);
            if (c <= ' ' || c >= 0x7F || c == '.') {
                return false;
            }
            name.append((char) c);
        }
        return true;
    }

    /**
     * The data of the option.
     *
     * @return its octets, compressed
     * @throws IllegalArgumentException if a name is not one of DNS
     */
    public Octets toOctets() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Map<String, Integer> known = new HashMap<>();
        for (String name : names) {
            write(name, out, known);
        }
        return Octets.of(out.toByteArray());
    }

    private static void write(String name, ByteArrayOutputStream out, Map<String, Integer> known) {
        if (name.length() + 2 > MAX_NAME) {
            throw new IllegalArgumentException("expected a name of at most 253 octets, got " + name.length());
        }
        String rest = name;
        while (!rest.isEmpty()) {
            Integer before = known.get(rest);
            if (before != null) {
                out.write(POINTER | before >> 8);
                out.write(before);
                return;
            }
            if (out.size() < 1 << 14) {
                known.put(rest, out.size());
            }
            int dot = rest.indexOf('.');
            String label = dot < 0 ? rest : rest.substring(0, dot);
            if (label.isEmpty()
                    || label.length() > MAX_LABEL
                    || dot == rest.length() - 1
                    || !label.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
                throw new IllegalArgumentException("expected labels of 1 to 63 printable octets, got " + name);
            }
            out.write(label.length());
            out.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
            rest = dot < 0 ? "" : rest.substring(dot + 1);
        }
        out.write(0);
    }
}
