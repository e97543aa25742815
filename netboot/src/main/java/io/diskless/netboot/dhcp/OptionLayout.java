package io.diskless.netboot.dhcp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where each option of a message to send goes. Order: 53, 54, the others as given with the subnet mask before the
 * router (RFC 2132 §3.3), 82 last in the main area (RFC 3046 §2.1). Long options are split (RFC 3396), every part whole
 * in one area, and never a later part in an earlier area. Immutable.
 */
record OptionLayout(List<DhcpOption> main, List<DhcpOption> file, List<DhcpOption> sname) {
    /** Octets of option 52. */
    private static final int OVERLOAD_SIZE = 3;

    /** Room of the three areas, their end marks not counted; 0 where an area is not to be had. */
    record Room(int main, int file, int sname) {}

    /** All options in the room, or empty if they do not fit; the other areas are used only if the main one is full. */
    static Optional<OptionLayout> of(List<DhcpOption> options, Room room) {
        List<DhcpOption> ordered = order(options);
        OptionLayout plain = place(ordered, new Room(room.main, 0, 0));
        if (plain == null && room.file + room.sname > 0) {
            plain = place(ordered, new Room(room.main - OVERLOAD_SIZE, room.file, room.sname));
        }
        return Optional.ofNullable(plain);
    }

    private static @Nullable OptionLayout place(List<DhcpOption> ordered, Room room) {
        List<List<DhcpOption>> areas = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        int relay = ordered.stream()
                .filter(o -> o.code() == OptionCodes.RELAY_AGENT)
                .flatMap(o -> OptionArea.split(o).stream())
                .mapToInt(OptionArea::wireSize)
                .sum();
        int[] left = {room.main - relay, room.file, room.sname};
        if (left[0] < 0) {
            return null;
        }
        Map<Integer, Integer> earliest = new HashMap<>();
        for (DhcpOption option : ordered) {
            boolean last = option.code() == OptionCodes.RELAY_AGENT;
            for (DhcpOption part : OptionArea.split(option)) {
                int area = last ? 0 : earliest.getOrDefault(part.code(), 0);
                while (!last && area < left.length && left[area] < OptionArea.wireSize(part)) {
                    area++;
                }
                if (area == left.length) {
                    return null;
                }
                areas.get(area).add(part);
                left[area] -= last ? 0 : OptionArea.wireSize(part);
                earliest.put(part.code(), area);
            }
        }
        int overload = (areas.get(1).isEmpty() ? 0 : 1) | (areas.get(2).isEmpty() ? 0 : 2);
        if (overload != 0) {
            areas.get(0).add(overloadAt(areas.get(0)), DhcpOption.u8(OptionCodes.OVERLOAD, overload));
        }
        return new OptionLayout(areas.get(0), areas.get(1), areas.get(2));
    }

    /** Behind 53 and 54, which some clients expect first. */
    private static int overloadAt(List<DhcpOption> main) {
        int at = 0;
        while (at < main.size() && rank(main.get(at)) < 2) {
            at++;
        }
        return at;
    }

    private static int rank(DhcpOption option) {
        return switch (option.code()) {
            case OptionCodes.MESSAGE_TYPE -> 0;
            case OptionCodes.SERVER_ID -> 1;
            case OptionCodes.RELAY_AGENT -> 3;
            default -> 2;
        };
    }

    private static List<DhcpOption> order(List<DhcpOption> options) {
        List<DhcpOption> ordered = new ArrayList<>(options);
        ordered.sort((a, b) -> Integer.compare(rank(a), rank(b)));
        int router = indexOf(ordered, OptionCodes.ROUTER);
        int mask = indexOf(ordered, OptionCodes.SUBNET_MASK);
        if (router >= 0 && mask > router) {
            ordered.add(router, ordered.remove(mask));
        }
        return ordered;
    }

    private static int indexOf(List<DhcpOption> options, int code) {
        for (int i = 0; i < options.size(); i++) {
            if (options.get(i).code() == code) {
                return i;
            }
        }
        return -1;
    }

    /** A fixed field that holds options: its parts, an end mark, zeroes. */
    static Octets field(List<DhcpOption> parts, int length) {
        ByteBuffer field = ByteBuffer.allocate(length);
        parts.forEach(part -> OptionArea.put(part, field));
        field.put((byte) OptionCodes.END);
        return Octets.of(field.array());
    }
}
