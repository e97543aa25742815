package io.diskless.aoe.wire;

import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.net.Octets;
import java.util.List;
import java.util.Objects;

/**
 * A MAC Mask List request or response. The cold face of {@link MaskFields}, where the picture is.
 *
 * <p>Immutable.
 *
 * @param envelope Ethernet and AoE header
 * @param reserved the first byte of the argument; 0 in a well-formed message
 * @param command mask command, 0 to 255
 * @param error mask error, 0 to 255; 0 in a request
 * @param count number of directives; in a response with an error how many were done, and none follow
 * @param directives what to do, or the list's entries
 * @param trailing what follows: padding
 */
public record MaskMessage(
        AoeEnvelope envelope,
        int reserved,
        int command,
        int error,
        int count,
        List<Directive> directives,
        Octets trailing)
        implements AoeMessage {
    /**
     * One edit of the list, or one entry of it.
     *
     * @param reserved the first byte; 0 in a well-formed message
     * @param command what to do, 0 to 255; 0 in a response
     * @param mac whom it is about
     */
    public record Directive(int reserved, int command, MacAddress mac) {
        /** Checks all ranges. */
        public Directive {
            AoeEnvelope.check("reserved byte of a mask directive", reserved, 0xFF);
            AoeEnvelope.check("command of a mask directive", command, 0xFF);
            Objects.requireNonNull(mac, "mac");
        }
    }

    /** Checks all ranges, and that the count is true where a list follows. */
    public MaskMessage {
        Objects.requireNonNull(envelope, "envelope");
        AoeEnvelope.check("reserved byte", reserved, 0xFF);
        AoeEnvelope.check("mask command", command, 0xFF);
        AoeEnvelope.check("mask error", error, 0xFF);
        AoeEnvelope.check("mask count", count, MaskFields.MAX_ENTRIES);
        directives = List.copyOf(directives);
        int follow = hasList(envelope.isResponse(), error) ? count : 0;
        if (directives.size() != follow) {
            throw new IllegalArgumentException(
                    "expected " + follow + " mask directives, got " + directives.size() + ": " + directives);
        }
        Objects.requireNonNull(trailing, "trailing");
    }

    static boolean hasList(boolean response, int error) {
        return !response || error == 0;
    }

    /**
     * A request.
     *
     * @param envelope a request's
     * @param command {@link MaskFields#READ} or {@link MaskFields#EDIT}
     * @param directives what to do, in this order
     * @return the message
     */
    public static MaskMessage request(AoeEnvelope envelope, int command, List<Directive> directives) {
        return new MaskMessage(envelope, 0, command, 0, directives.size(), directives, Octets.EMPTY);
    }

    @Override
    public int aoeCommand() {
        return AoeHeader.CMD_MASK;
    }
}
