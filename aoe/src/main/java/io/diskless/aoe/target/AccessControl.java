package io.diskless.aoe.target;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The rules of a target, changed at run time. The most specific rule that fits a request decides: a source address counts
 * more than an export, an export more than an interface; where none fits, the target's default does.
 *
 * <p>A change takes effect with the next request that a port looks at, and does not call back requests that a device is
 * already working on. Thread-safe: changes copy the table, requests read it without a lock.
 */
public final class AccessControl {
    private volatile RuleTable table;

    AccessControl(Access strangers, Set<Operation> operations) {
        table = new RuleTable(List.of(), AccessRule.grant(strangers, operations));
    }

    /**
     * Adds a rule; one with the same source, interface and export is replaced.
     *
     * @param rule the rule
     */
    public void put(AccessRule rule) {
        Objects.requireNonNull(rule, "rule");
        change(rules -> {
            rules.removeIf(rule::samePattern);
            rules.add(rule);
            return rules;
        });
    }

    /**
     * Removes the rule that has the source, interface and export of this one, whatever it grants.
     *
     * @param rule the pattern
     * @return whether there was one
     */
    public boolean remove(AccessRule rule) {
        Objects.requireNonNull(rule, "rule");
        synchronized (this) {
            List<AccessRule> rules = new ArrayList<>(table.rules());
            boolean found = rules.removeIf(rule::samePattern);
            if (found) {
                table = new RuleTable(rules, table.fallback());
            }
            return found;
        }
    }

    /**
     * Replaces all rules at once.
     *
     * @param rules the new ones; of two with the same pattern the later counts
     */
    public void replaceAll(List<AccessRule> rules) {
        List<AccessRule> distinct = new ArrayList<>();
        for (AccessRule rule : rules) {
            distinct.removeIf(rule::samePattern);
            distinct.add(rule);
        }
        change(old -> distinct);
    }

    /**
     * What counts where no rule fits.
     *
     * @param access to the data
     * @param operations the commands that are allowed at all
     */
    public void setDefault(Access access, Set<Operation> operations) {
        Objects.requireNonNull(access, "access");
        synchronized (this) {
            table = new RuleTable(table.rules(), AccessRule.grant(access, operations));
        }
    }

    /**
     * The rules as they are now.
     *
     * @return an immutable copy
     */
    public List<AccessRule> rules() {
        return table.rules();
    }

    /**
     * What a request of this kind would be granted.
     *
     * @param source the peer
     * @param interfaceName the port
     * @param address the export
     * @return access to the data
     */
    public Access access(MacAddress source, String interfaceName, AoeAddress address) {
        return access(grant(source.value(), interfaceName, key(address)));
    }

    /**
     * Whether a peer may send a kind of request.
     *
     * @param source the peer
     * @param interfaceName the port
     * @param address the export
     * @param operation the kind of request
     * @return whether the rules allow it
     */
    public boolean allows(MacAddress source, String interfaceName, AoeAddress address, Operation operation) {
        int grant = grant(source.value(), interfaceName, key(address));
        return access(grant) != Access.NONE && allows(grant, operation);
    }

    private synchronized void change(UnaryOperator<List<AccessRule>> edit) {
        RuleTable now = table;
        table = new RuleTable(edit.apply(new ArrayList<>(now.rules())), now.fallback());
    }

    /** The grant for a request, as bits; no allocation. */
    int grant(long source, String interfaceName, int addressKey) {
        return table.grant(source, interfaceName, addressKey);
    }

    /** The sources that rules name, for announcements to those who are not strangers. */
    List<MacAddress> namedSources() {
        List<MacAddress> sources = new ArrayList<>();
        for (AccessRule rule : table.rules()) {
            rule.source().filter(mac -> !sources.contains(mac)).ifPresent(sources::add);
        }
        return sources;
    }

    /** What a source that no rule names is granted. */
    int strangerGrant(String interfaceName, int addressKey) {
        return table.grant(RuleTable.ANY_SOURCE, interfaceName, addressKey);
    }

    static int key(AoeAddress address) {
        return address.shelf() << 8 | address.slot();
    }

    static Access access(int grant) {
        return Access.ofBits(grant);
    }

    static boolean allows(int grant, Operation operation) {
        return (grant & operation.bit()) != 0;
    }
}
