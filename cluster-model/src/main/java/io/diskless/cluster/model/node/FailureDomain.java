package io.diskless.cluster.model.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What fails together with a machine. An empty text says that it is not known, and is never shared. Immutable.
 *
 * @param rack where it stands
 * @param power which feed it hangs on
 * @param networkSwitch what it is plugged into
 */
public record FailureDomain(String rack, String power, String networkSwitch) {
    /** Nothing is known. */
    public static final FailureDomain UNKNOWN = new FailureDomain("", "", "");

    /** Insists on texts. */
    public FailureDomain {
        Objects.requireNonNull(rack, "rack");
        Objects.requireNonNull(power, "power");
        Objects.requireNonNull(networkSwitch, "networkSwitch");
    }

    /**
     * What would fail together with another machine.
     *
     * @param other the other's domain
     * @return such as {@code rack a1}; empty if nothing known is shared
     */
    public List<String> sharedWith(FailureDomain other) {
        List<String> shared = new ArrayList<>();
        if (!rack.isEmpty() && rack.equals(other.rack)) {
            shared.add("rack " + rack);
        }
        if (!power.isEmpty() && power.equals(other.power)) {
            shared.add("power " + power);
        }
        if (!networkSwitch.isEmpty() && networkSwitch.equals(other.networkSwitch)) {
            shared.add("switch " + networkSwitch);
        }
        return shared;
    }
}
