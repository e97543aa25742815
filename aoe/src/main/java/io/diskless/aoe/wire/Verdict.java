package io.diskless.aoe.wire;

/**
 * What {@link FrameValidator} says of a frame. Each rejection is its own constant, and {@link #replyError} is what the
 * protocol says to do about it when the frame is a request: an AoE error, or silence (spec §3.3, §3.4).
 *
 * <p>A rejected response is always dropped. A rejected request is answered with {@link #replyError} only by a target
 * that the frame addresses and that would answer its sender at all: an address that does not match, a sender outside of
 * a mask list or one whom access control hides the target from get silence whatever the verdict.
 *
 * <p>Immutable.
 */
public enum Verdict {
    /** Whole and consistent: every accessor of its command is safe. */
    ACCEPTED(true, 0),
    /**
     * A response with flag E: only {@link AoeHeader} may be read, since some targets send no more than that. Whether the
     * rest is there as well says {@link FrameValidator#body}.
     */
    ACCEPTED_ERROR(true, 0),

    /** Ends within the Ethernet header or its VLAN tag. */
    SHORT_ETHERNET(false, 0),
    /** The EtherType, behind at most one 802.1Q tag, is not AoE's. */
    NOT_AOE(false, 0),
    /** The source is a group address: an answer would go to everybody. */
    GROUP_SOURCE(false, 0),
    /** Ends within the AoE header. */
    SHORT_HEADER(false, 0),
    /** A request was wanted, and flag R is set. */
    NOT_REQUEST(false, 0),
    /** A response was wanted, and flag R is not set. */
    NOT_RESPONSE(false, 0),
    /** A version that we do not speak. */
    BAD_VERSION(false, AoeHeader.ERR_VERSION),
    /** A command that nobody has assigned, 4 to EF. */
    UNKNOWN_COMMAND(false, AoeHeader.ERR_UNKNOWN_COMMAND),
    /** A vendor's command, F0 to FF, for which there is no handler here. */
    VENDOR_COMMAND(false, AoeHeader.ERR_UNKNOWN_COMMAND),

    /** Ends within the fixed ATA fields. */
    SHORT_ATA(false, 0),
    /** A command with data for the target, and the frame holds less than the sector count says. */
    SHORT_WRITE_DATA(false, AoeHeader.ERR_BAD_ARGUMENT),
    /** IDENTIFY with a sector count other than 1. */
    IDENTIFY_COUNT(false, AoeHeader.ERR_BAD_ARGUMENT),
    /** A successful response that holds less data than was asked for. */
    SHORT_READ_DATA(false, 0),

    /** Ends within the fixed config fields. */
    SHORT_CONFIG(false, 0),
    /** A config string of more than 1024 bytes. */
    CONFIG_TOO_LONG(false, 0),
    /** A config string that ends behind the frame. */
    CONFIG_OVERRUN(false, 0),
    /** A config command above 4. */
    CONFIG_COMMAND(false, AoeHeader.ERR_BAD_ARGUMENT),

    /** Ends within the fixed mask fields. */
    SHORT_MASK(false, 0),
    /** A mask command above 1. */
    MASK_COMMAND(false, AoeHeader.ERR_BAD_ARGUMENT),
    /** A mask list that ends behind the frame. */
    MASK_OVERRUN(false, AoeHeader.ERR_BAD_ARGUMENT),

    /** Ends within the fixed reserve fields. */
    SHORT_RESERVE(false, 0),
    /** A reserve command above 2. */
    RESERVE_COMMAND(false, AoeHeader.ERR_BAD_ARGUMENT),
    /** A reserve list that ends behind the frame. */
    RESERVE_OVERRUN(false, AoeHeader.ERR_BAD_ARGUMENT);

    private final boolean accepted;
    private final int replyError;

    Verdict(boolean accepted, int replyError) {
        this.accepted = accepted;
        this.replyError = replyError;
    }

    /**
     * Whether the frame may be used.
     *
     * @return true for {@link #ACCEPTED} and {@link #ACCEPTED_ERROR}
     */
    public boolean isAccepted() {
        return accepted;
    }

    /**
     * The AoE error to answer a rejected request with.
     *
     * @return 0 for silence, else one of the ERR constants of {@link AoeHeader}
     */
    public int replyError() {
        return replyError;
    }

    /**
     * Whether the frame is to be left without an answer.
     *
     * @return true if it is rejected and the protocol says to be silent
     */
    public boolean isSilent() {
        return !accepted && replyError == 0;
    }
}
