package io.diskless.netboot.dhcp;

import java.util.ArrayList;
import java.util.List;

/**
 * Option 77 (RFC 3004): a list of items, each behind its length. iPXE and others send bare text without a length; where
 * the lengths do not add up, the whole is one item. Immutable.
 *
 * @param items the classes, in order
 * @param bare whether they came without lengths
 */
public record UserClass(List<Octets> items, boolean bare) {
    /** Copies the list. */
    public UserClass {
        items = List.copyOf(items);
    }

    /**
     * Reads the data of the option.
     *
     * @param data its octets
     * @return the classes
     */
    public static UserClass parse(Octets data) {
        List<Octets> items = new ArrayList<>();
        int i = 0;
        while (i < data.size()) {
            int next = i + 1 + data.u8(i);
            if (next == i + 1 || next > data.size()) {
                return new UserClass(List.of(data), true);
            }
            items.add(data.slice(i + 1, next));
            i = next;
        }
        return new UserClass(items, false);
    }

    /**
     * Whether the client is of a class.
     *
     * @param text the class, compared exactly
     * @return whether it is listed
     */
    public boolean contains(String text) {
        return items.contains(Octets.ofText(text));
    }
}
