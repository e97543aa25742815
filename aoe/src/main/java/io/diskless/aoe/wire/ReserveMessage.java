package io.diskless.aoe.wire;

import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.net.Octets;
import java.util.List;
import java.util.Objects;

/**
 * A Reserve/Release request or response. The cold face of {@link ReserveFields}, where the picture is.
 *
 * <p>Immutable.
 *
 * @param envelope Ethernet and AoE header
 * @param command reserve command, 0 to 255
 * @param macs who holds the target, at most 255
 * @param trailing what follows: padding
 */
public record ReserveMessage(AoeEnvelope envelope, int command, List<MacAddress> macs, Octets trailing)
        implements AoeMessage {
    /** Checks all ranges. */
    public ReserveMessage {
        Objects.requireNonNull(envelope, "envelope");
        AoeEnvelope.check("reserve command", command, 0xFF);
        macs = List.copyOf(macs);
        AoeEnvelope.check("number of addresses", macs.size(), ReserveFields.MAX_ENTRIES);
        Objects.requireNonNull(trailing, "trailing");
    }

    /**
     * A request.
     *
     * @param envelope a request's
     * @param command one of the commands of {@link ReserveFields}
     * @param macs who shall hold the target; nobody releases it
     * @return the message
     */
    public static ReserveMessage request(AoeEnvelope envelope, int command, List<MacAddress> macs) {
        return new ReserveMessage(envelope, command, macs, Octets.EMPTY);
    }

    @Override
    public int aoeCommand() {
        return AoeHeader.CMD_RESERVE;
    }
}
