package io.diskless.aoe.target;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Who may do what: a pattern of source address, interface and export, and what it grants. Immutable.
 *
 * @param source the peer, or empty for any
 * @param interfaceName the port the request came in by, or empty for any
 * @param address the export, or empty for any
 * @param access to the data
 * @param operations the commands that are allowed at all; those that change data also need {@link Access#READ_WRITE}
 */
public record AccessRule(
        Optional<MacAddress> source,
        Optional<String> interfaceName,
        Optional<AoeAddress> address,
        Access access,
        Set<Operation> operations) {
    /** Copies the set. */
    public AccessRule {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(interfaceName, "interfaceName");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(access, "access");
        operations = Set.copyOf(operations);
    }

    /**
     * A rule for one peer, on every interface and export. Since it is named it is no stranger: all operations are allowed.
     *
     * @param source the peer
     * @param access to the data
     * @return the rule
     */
    public static AccessRule of(MacAddress source, Access access) {
        return new AccessRule(Optional.of(source), Optional.empty(), Optional.empty(), access, Operation.ALL);
    }

    /**
     * A rule for one peer and one export, on every interface; all operations are allowed.
     *
     * @param source the peer
     * @param address the export
     * @param access to the data
     * @return the rule
     */
    public static AccessRule of(MacAddress source, AoeAddress address, Access access) {
        return new AccessRule(Optional.of(source), Optional.empty(), Optional.of(address), access, Operation.ALL);
    }

    /**
     * A rule for everybody who has none, for one export; operations as for strangers.
     *
     * @param address the export
     * @param access to the data
     * @return the rule
     */
    public static AccessRule ofAnyone(AoeAddress address, Access access) {
        return new AccessRule(
                Optional.empty(), Optional.empty(), Optional.of(address), access, Operation.FOR_STRANGERS);
    }

    /**
     * The same rule for requests that come in by one interface only.
     *
     * @param name name of the link
     * @return the narrower rule
     */
    public AccessRule on(String name) {
        return new AccessRule(source, Optional.of(name), address, access, operations);
    }

    /**
     * The same rule with another list of allowed operations.
     *
     * @param allowed the operations
     * @return the rule
     */
    public AccessRule allowing(Set<Operation> allowed) {
        return new AccessRule(source, interfaceName, address, access, allowed);
    }

    boolean samePattern(AccessRule other) {
        return source.equals(other.source)
                && interfaceName.equals(other.interfaceName)
                && address.equals(other.address);
    }

    int grant() {
        return grant(access, operations);
    }

    static int grant(Access access, Set<Operation> operations) {
        int bits = access.bits();
        for (Operation operation :
                operations.isEmpty() ? EnumSet.noneOf(Operation.class) : EnumSet.copyOf(operations)) {
            bits |= operation.bit();
        }
        return bits;
    }
}
