package io.diskless.netboot.dhcp;

/** What the door says of a datagram; a server counts them by this. Immutable. */
public enum DhcpVerdict {
    /** Every field and every option is within its bounds. */
    ACCEPTED,
    /** The fixed part is good; an option's length reaches past its area, so that what follows it is unreadable. */
    OPTIONS_CUT,
    /** Shorter than the fixed part with the magic number (240 octets). */
    TRUNCATED,
    /** Longer than an IPv4 datagram can carry (65507 octets). */
    TOO_LONG,
    /** Neither a request nor a reply, or a reply where a request was expected. */
    WRONG_OP,
    /** The hardware address is longer than its field, or on Ethernet not of 6 octets. */
    WRONG_HARDWARE_LENGTH,
    /** Not the magic number of RFC 2131 §3: some other use of BOOTP's vendor area. */
    WRONG_MAGIC;

    /**
     * Whether the fixed part may be read, and the options as far as they go.
     *
     * @return true for {@link #ACCEPTED} and {@link #OPTIONS_CUT}
     */
    public boolean isReadable() {
        return this == ACCEPTED || this == OPTIONS_CUT;
    }
}
