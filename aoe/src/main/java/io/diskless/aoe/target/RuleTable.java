package io.diskless.aoe.target;

import java.util.List;

/**
 * Access rules compiled for lookup: an open hash table over (source, interface, export), where each part may be a
 * wildcard. A lookup tries the eight combinations from the most specific down, skipping those that no rule uses.
 * Immutable; lookups allocate nothing.
 */
final class RuleTable {
    static final long ANY_SOURCE = -1;
    private static final int ANY_ADDRESS = -1;
    private static final String ANY_INTERFACE = "";

    private static final int SOURCE = 4;
    private static final int ADDRESS = 2;
    private static final int INTERFACE = 1;

    private final List<AccessRule> rules;
    private final int fallback;
    private final int mask;
    private final long[] sources;
    private final String[] interfaces;
    private final int[] addresses;
    private final int[] grants;
    private final boolean[] used = new boolean[8];

    RuleTable(List<AccessRule> rules, int fallback) {
        this.rules = List.copyOf(rules);
        this.fallback = fallback;
        int size = Integer.highestOneBit(Math.max(4, rules.size() * 4));
        mask = size - 1;
        sources = new long[size];
        interfaces = new String[size];
        addresses = new int[size];
        grants = new int[size];
        for (AccessRule rule : this.rules) {
            insert(rule);
        }
    }

    private void insert(AccessRule rule) {
        long source = rule.source().isPresent() ? rule.source().get().value() : ANY_SOURCE;
        String name = rule.interfaceName().orElse(ANY_INTERFACE);
        int address =
                rule.address().isPresent() ? AccessControl.key(rule.address().get()) : ANY_ADDRESS;
        int i = slot(source, name, address);
        while (grants[i] != 0) {
            i = (i + 1) & mask;
        }
        sources[i] = source;
        interfaces[i] = name;
        addresses[i] = address;
        grants[i] = rule.grant() | PRESENT;
        used[
                (rule.source().isPresent() ? SOURCE : 0)
                        | (rule.address().isPresent() ? ADDRESS : 0)
                        | (rule.interfaceName().isPresent() ? INTERFACE : 0)] = true;
    }

    /** Marks a slot that is taken, even by a rule that grants nothing. */
    private static final int PRESENT = 1 << 31;

    int grant(long source, String interfaceName, int address) {
        for (int shape = 7; shape >= 0; shape--) {
            if (!used[shape]) {
                continue;
            }
            int found = find(
                    (shape & SOURCE) != 0 ? source : ANY_SOURCE,
                    (shape & INTERFACE) != 0 ? interfaceName : ANY_INTERFACE,
                    (shape & ADDRESS) != 0 ? address : ANY_ADDRESS);
            if (found != 0) {
                return found & ~PRESENT;
            }
        }
        return fallback;
    }

    private int find(long source, String name, int address) {
        int i = slot(source, name, address);
        while (grants[i] != 0) {
            if (sources[i] == source && addresses[i] == address && interfaces[i].equals(name)) {
                return grants[i];
            }
            i = (i + 1) & mask;
        }
        return 0;
    }

    private int slot(long source, String name, int address) {
        // String caches its hash; the multipliers are the usual 64-bit mixing constants.
        long h = (source ^ (long) address << 32) * 0x9E3779B97F4A7C15L + name.hashCode();
        h = (h ^ h >>> 32) * 0xD6E8FEB86659FD93L;
        return (int) (h >>> 32) & mask;
    }

    List<AccessRule> rules() {
        return rules;
    }

    int fallback() {
        return fallback;
    }
}
