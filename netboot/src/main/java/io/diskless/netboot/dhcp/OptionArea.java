package io.diskless.netboot.dhcp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One run of options as it is on the wire: filler kept, the same code several times where it came so, and as tail
 * whatever follows from the end mark on. Immutable.
 *
 * @param entries what was read, each of at most 255 octets
 * @param tail from the end mark, or from the option that reaches too far, to the end of the area
 * @param cut whether an option reaches past the area
 */
record OptionArea(List<DhcpOption> entries, Octets tail, boolean cut) {
    static final int MAX_PART = 255;

    static OptionArea parse(Octets area) {
        List<DhcpOption> entries = new ArrayList<>();
        int i = 0;
        boolean cut = false;
        while (i < area.size() && area.u8(i) != OptionCodes.END) {
            int code = area.u8(i);
            if (code == OptionCodes.PAD) {
                entries.add(DhcpOption.PAD);
                i++;
                continue;
            }
            if (i + 2 > area.size() || i + 2 + area.u8(i + 1) > area.size()) {
                cut = true;
                break;
            }
            int next = i + 2 + area.u8(i + 1);
            entries.add(new DhcpOption(code, area.slice(i + 2, next)));
            i = next;
        }
        return new OptionArea(List.copyOf(entries), area.slice(i, area.size()), cut);
    }

    static int wireSize(DhcpOption part) {
        return part.code() == OptionCodes.PAD ? 1 : 2 + part.data().size();
    }

    /** The parts of an option, in order; an empty option is one part. */
    static List<DhcpOption> split(DhcpOption option) {
        int size = option.data().size();
        if (size <= MAX_PART) {
            return List.of(option);
        }
        List<DhcpOption> parts = new ArrayList<>();
        for (int i = 0; i < size; i += MAX_PART) {
            parts.add(new DhcpOption(option.code(), option.data().slice(i, Math.min(size, i + MAX_PART))));
        }
        return parts;
    }

    /** Options one after the other, long ones split, without an end mark. */
    static Octets toOctets(List<DhcpOption> options) {
        List<DhcpOption> parts =
                options.stream().flatMap(o -> split(o).stream()).toList();
        ByteBuffer area = ByteBuffer.allocate(
                parts.stream().mapToInt(OptionArea::wireSize).sum());
        parts.forEach(part -> put(part, area));
        return Octets.of(area.array());
    }

    static void put(DhcpOption part, ByteBuffer target) {
        target.put((byte) part.code());
        if (part.code() != OptionCodes.PAD) {
            target.put((byte) part.data().size());
            part.data().putInto(target);
        }
    }
}
