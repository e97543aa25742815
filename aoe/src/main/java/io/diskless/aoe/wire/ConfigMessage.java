package io.diskless.aoe.wire;

import io.diskless.cluster.net.Octets;
import java.util.Objects;

/**
 * A Query Config request or response. The cold face of {@link ConfigFields}, where the picture is.
 *
 * <p>Immutable.
 *
 * @param envelope Ethernet and AoE header
 * @param bufferCount requests that the target can queue; 0 in a request
 * @param firmware the target's firmware version; 0 in a request
 * @param sectorCount most sectors in one ATA request; 0 in a request, 0 means 2 in a response
 * @param aoeVersion highest AoE version of the target, 0 to 15; 0 in a request
 * @param command config command, 0 to 15
 * @param string config string, at most 1024 bytes
 * @param trailing what follows the string: padding
 */
public record ConfigMessage(
        AoeEnvelope envelope,
        int bufferCount,
        int firmware,
        int sectorCount,
        int aoeVersion,
        int command,
        Octets string,
        Octets trailing)
        implements AoeMessage {
    /** Checks all ranges. */
    public ConfigMessage {
        Objects.requireNonNull(envelope, "envelope");
        AoeEnvelope.check("buffer count", bufferCount, 0xFFFF);
        AoeEnvelope.check("firmware version", firmware, 0xFFFF);
        AoeEnvelope.check("sector count", sectorCount, 0xFF);
        AoeEnvelope.check("AoE version", aoeVersion, 0x0F);
        AoeEnvelope.check("config command", command, 0x0F);
        AoeEnvelope.check("bytes of a config string", string.size(), ConfigFields.MAX_STRING);
        Objects.requireNonNull(trailing, "trailing");
    }

    /**
     * A request.
     *
     * @param envelope a request's
     * @param command one of the commands of {@link ConfigFields}
     * @param string what to set or to compare with; empty to read
     * @return the message
     */
    public static ConfigMessage request(AoeEnvelope envelope, int command, Octets string) {
        return new ConfigMessage(envelope, 0, 0, 0, 0, command, string, Octets.EMPTY);
    }

    @Override
    public int aoeCommand() {
        return AoeHeader.CMD_CONFIG;
    }
}
