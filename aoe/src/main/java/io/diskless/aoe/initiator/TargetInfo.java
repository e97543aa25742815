package io.diskless.aoe.initiator;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.List;

/**
 * What discovery knows of a target. Immutable.
 *
 * @param address shelf and slot
 * @param size bytes, or {@link #UNKNOWN_SIZE} while IDENTIFY is not answered
 * @param model model of IDENTIFY, may be empty
 * @param serial serial number of IDENTIFY, may be empty
 * @param revision firmware revision of IDENTIFY, may be empty
 * @param bufferCount requests that the target can queue
 * @param maxSectors most sectors per request that it announces
 * @param firmware firmware number of Query Config
 * @param config config string, one char (0 to 255) per byte
 * @param routes the ways to it, in the order in which they were found
 */
public record TargetInfo(
        AoeAddress address,
        long size,
        String model,
        String serial,
        String revision,
        int bufferCount,
        int maxSectors,
        int firmware,
        String config,
        List<Route> routes) {
    /** The size of a target that did not answer IDENTIFY. */
    public static final long UNKNOWN_SIZE = -1;

    /** Takes an unmodifiable copy of the routes. */
    public TargetInfo {
        routes = List.copyOf(routes);
    }

    /**
     * One way to a target. Immutable.
     *
     * @param interfaceName our port
     * @param remote the target's address on that Ethernet
     * @param mtu the MTU of our port
     * @param maxSectors most sectors per frame that MTU and target promise
     */
    public record Route(String interfaceName, MacAddress remote, int mtu, int maxSectors) {}
}
