package io.diskless.aoe.wire;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Everything of a message before its argument but the command: Ethernet header and AoE header, as they were on the wire,
 * reserved bits included. The cold face of {@link EthernetHeader} and {@link AoeHeader}, where the picture is.
 *
 * <p>Immutable.
 *
 * @param destination destination address
 * @param source source address
 * @param tagControl priority and VLAN of an 802.1Q tag, 16 bits, if the frame bears one
 * @param version protocol version, 0 to 15
 * @param flags the four bits behind it: R, E and two reserved ones
 * @param error error code, 0 to 255; means something with flag E only
 * @param shelf 0 to 0xFFFF; 0xFFFF is all
 * @param slot 0 to 0xFF; 0xFF is all
 * @param tag 32 bits, chosen by the initiator
 */
public record AoeEnvelope(
        MacAddress destination,
        MacAddress source,
        OptionalInt tagControl,
        int version,
        int flags,
        int error,
        int shelf,
        int slot,
        int tag) {
    /** Checks all ranges. */
    public AoeEnvelope {
        Objects.requireNonNull(destination, "destination");
        Objects.requireNonNull(source, "source");
        if (tagControl.isPresent()) {
            check("VLAN tag control", tagControl.getAsInt(), 0xFFFF);
        }
        check("version", version, 0x0F);
        check("flags", flags, 0x0F);
        check("error", error, 0xFF);
        check("shelf", shelf, 0xFFFF);
        check("slot", slot, 0xFF);
    }

    static void check(String what, long value, long max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException(what + " is 0 to " + max + ", got " + value);
        }
    }

    /**
     * A request to one target.
     *
     * @param destination the target's port, or {@link MacAddress#BROADCAST} while it is not known
     * @param source our port
     * @param target which target
     * @param tag comes back in the response
     * @return an untagged envelope of version 1
     */
    public static AoeEnvelope request(MacAddress destination, MacAddress source, AoeAddress target, int tag) {
        return new AoeEnvelope(
                destination, source, OptionalInt.empty(), AoeHeader.VERSION, 0, 0, target.shelf(), target.slot(), tag);
    }

    /**
     * A request to all targets.
     *
     * @param source our port
     * @param tag comes back in the responses
     * @return an untagged envelope of version 1
     */
    public static AoeEnvelope broadcast(MacAddress source, int tag) {
        return new AoeEnvelope(
                MacAddress.BROADCAST,
                source,
                OptionalInt.empty(),
                AoeHeader.VERSION,
                0,
                0,
                AoeAddress.ALL_SHELVES,
                AoeAddress.ALL_SLOTS,
                tag);
    }

    /**
     * The envelope of a response to this: same tags, fresh flags (spec §3.2).
     *
     * @param port address of the port that answers
     * @param target its own shelf and slot, since the request may have meant all
     * @return an envelope with flag R
     */
    public AoeEnvelope reply(MacAddress port, AoeAddress target) {
        return new AoeEnvelope(
                source,
                port,
                tagControl,
                AoeHeader.VERSION,
                AoeHeader.FLAG_RESPONSE,
                0,
                target.shelf(),
                target.slot(),
                tag);
    }

    /**
     * The same, with an error.
     *
     * @param code one of the ERR constants of {@link AoeHeader}
     * @return an envelope with flag E
     */
    public AoeEnvelope withError(int code) {
        int failed = flags | AoeHeader.FLAG_ERROR;
        return new AoeEnvelope(destination, source, tagControl, version, failed, code, shelf, slot, tag);
    }

    /**
     * Whether flag R is set.
     *
     * @return true for a response
     */
    public boolean isResponse() {
        return (flags & AoeHeader.FLAG_RESPONSE) != 0;
    }

    /**
     * Whether flag E is set.
     *
     * @return true if {@link #error} means something
     */
    public boolean isError() {
        return (flags & AoeHeader.FLAG_ERROR) != 0;
    }

    /**
     * The target that is meant or that speaks.
     *
     * @return empty if shelf or slot means all
     */
    public Optional<AoeAddress> address() {
        return shelf == AoeAddress.ALL_SHELVES || slot == AoeAddress.ALL_SLOTS
                ? Optional.empty()
                : Optional.of(new AoeAddress(shelf, slot));
    }

    int length() {
        int ethernet = tagControl.isPresent() ? EthernetHeader.TAGGED_LENGTH : EthernetHeader.LENGTH;
        return ethernet + AoeHeader.LENGTH;
    }
}
