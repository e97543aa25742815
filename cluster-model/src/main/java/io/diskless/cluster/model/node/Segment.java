package io.diskless.cluster.model.node;

import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.SegmentId;
import java.util.Objects;

/**
 * An Ethernet broadcast domain; AoE addresses are unique within it. Immutable.
 *
 * @param id its name
 * @param vlan 1 to 4094, or 0 if it is untagged
 * @param mtu the longest payload its switches carry, 68 to 65535 bytes
 * @param speedMbps what one port of its switches carries, at least 1 Mb/s
 */
public record Segment(SegmentId id, int vlan, int mtu, int speedMbps) implements Entity {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a number is out of range
     */
    public Segment {
        Objects.requireNonNull(id, "id");
        // IEEE 802.1Q: 0 is "no VLAN", 4095 is reserved.
        if (vlan < 0 || vlan > 4094) {
            throw new IllegalArgumentException("a VLAN is 1 to 4094, or 0 for none, got " + vlan);
        }
        if (mtu < 68 || mtu > 65_535 || speedMbps < 1) {
            throw new IllegalArgumentException(
                    "a segment has an MTU of 68 to 65535 bytes and a speed, got " + mtu + " and " + speedMbps);
        }
    }

    /**
     * An untagged segment of 10 Gb/s with jumbo frames of 9000 bytes.
     *
     * @param name its name
     * @return the segment
     */
    public static Segment of(String name) {
        return new Segment(new SegmentId(name), 0, 9000, 10_000);
    }

    @Override
    public Kind kind() {
        return Kind.SEGMENT;
    }

    @Override
    public void describe(ClaimSink sink) {
        // A segment refers to nothing.
    }
}
