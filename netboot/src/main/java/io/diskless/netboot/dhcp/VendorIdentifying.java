package io.diskless.netboot.dhcp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Options 124 and 125 (RFC 3925): for each enterprise its number, a length and data. Immutable.
 *
 * @param entries in the order in which they came
 */
public record VendorIdentifying(List<Entry> entries) {
    /**
     * What one enterprise says.
     *
     * @param enterprise its number, 0 to 2^32 - 1
     * @param data at most 255 octets
     */
    public record Entry(long enterprise, Octets data) {
        /**
         * Checks both.
         *
         * @throws IllegalArgumentException if one does not fit its field
         */
        public Entry {
            if (enterprise < 0 || enterprise > 0xFFFF_FFFFL || data.size() > OptionArea.MAX_PART) {
                throw new IllegalArgumentException("expected an enterprise of 32 bits and at most 255 octets, got "
                        + enterprise + " and " + data.size());
            }
        }
    }

    /** Copies the list. */
    public VendorIdentifying {
        entries = List.copyOf(entries);
    }

    /**
     * Reads the joined data of the option.
     *
     * @param data its octets
     * @return the entries, or empty if a length does not fit
     */
    public static Optional<VendorIdentifying> parse(Octets data) {
        List<Entry> entries = new ArrayList<>();
        int i = 0;
        while (i < data.size()) {
            if (i + 5 > data.size() || i + 5 + data.u8(i + 4) > data.size()) {
                return Optional.empty();
            }
            int next = i + 5 + data.u8(i + 4);
            entries.add(new Entry(data.u32(i), data.slice(i + 5, next)));
            i = next;
        }
        return Optional.of(new VendorIdentifying(entries));
    }

    /**
     * The data of the option.
     *
     * @return its octets
     */
    public Octets toOctets() {
        ByteBuffer all = ByteBuffer.allocate(
                entries.stream().mapToInt(e -> 5 + e.data().size()).sum());
        for (Entry entry : entries) {
            all.putInt((int) entry.enterprise()).put((byte) entry.data().size());
            entry.data().putInto(all);
        }
        return Octets.of(all.array());
    }
}
