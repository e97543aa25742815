package io.diskless.aoe.wire;

import io.diskless.cluster.net.Octets;
import java.util.Objects;

/**
 * A message whose argument is not taken apart: a vendor's or an unknown command, a response with flag E that brings no
 * argument, or an argument that does not hold what it claims.
 *
 * <p>Immutable.
 *
 * @param envelope Ethernet and AoE header
 * @param aoeCommand command of the AoE header, 0 to 255
 * @param verdict why not: {@link Verdict#VENDOR_COMMAND}, {@link Verdict#UNKNOWN_COMMAND}, or what is wrong
 * @param argument everything behind the AoE header
 */
public record OpaqueMessage(AoeEnvelope envelope, int aoeCommand, Verdict verdict, Octets argument)
        implements AoeMessage {
    /** Checks all ranges. */
    public OpaqueMessage {
        Objects.requireNonNull(envelope, "envelope");
        AoeEnvelope.check("AoE command", aoeCommand, 0xFF);
        if (verdict.isAccepted()) {
            throw new IllegalArgumentException("expected why the argument is not taken apart, got " + verdict);
        }
        Objects.requireNonNull(argument, "argument");
    }

    /**
     * A vendor's or an unknown command.
     *
     * @param envelope Ethernet and AoE header
     * @param aoeCommand 4 to 255
     * @param argument any bytes
     * @return the message
     */
    public static OpaqueMessage of(AoeEnvelope envelope, int aoeCommand, Octets argument) {
        Verdict verdict = aoeCommand >= AoeHeader.CMD_VENDOR_FIRST ? Verdict.VENDOR_COMMAND : Verdict.UNKNOWN_COMMAND;
        if (aoeCommand <= AoeHeader.CMD_RESERVE) {
            throw new IllegalArgumentException("expected a command from 4 on, got " + aoeCommand);
        }
        return new OpaqueMessage(envelope, aoeCommand, verdict, argument);
    }
}
