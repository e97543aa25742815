package io.diskless.cluster.model.compute;

import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.net.MacAddress;
import java.util.Objects;

/**
 * A network port of a guest. Immutable.
 *
 * @param mac its Ethernet address
 * @param segment what it is plugged into
 */
public record GuestNic(MacAddress mac, SegmentId segment) {
    /** Insists on both. */
    public GuestNic {
        Objects.requireNonNull(mac, "mac");
        Objects.requireNonNull(segment, "segment");
    }
}
