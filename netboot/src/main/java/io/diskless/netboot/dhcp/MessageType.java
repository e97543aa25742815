package io.diskless.netboot.dhcp;

import java.util.Arrays;
import java.util.Optional;

/** The message types of RFC 2131 (option 53); other values stay numbers. Immutable. */
public enum MessageType {
    /** Who has an address for me? */
    DISCOVER(1),
    /** This one, if it pleases. */
    OFFER(2),
    /** I take it, or I keep it. */
    REQUEST(3),
    /** It is in use by somebody else. */
    DECLINE(4),
    /** It is yours. */
    ACK(5),
    /** It is not yours. */
    NAK(6),
    /** I give it back. */
    RELEASE(7),
    /** I have an address; tell me the rest. */
    INFORM(8);

    private final int code;

    MessageType(int code) {
        this.code = code;
    }

    /**
     * The value on the wire.
     *
     * @return 1 to 8
     */
    public int code() {
        return code;
    }

    /**
     * The type of a value.
     *
     * @param code what option 53 holds
     * @return the type, or empty for values that this server has no use for (FORCERENEW, lease queries)
     */
    public static Optional<MessageType> of(int code) {
        return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
    }
}
