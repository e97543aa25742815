package io.diskless.drbd.session;

import java.util.Arrays;
import java.util.Optional;

/** When a write is complete (spec drbd-wire 8.3). */
public enum ReplicationProtocol {
    /** When the local disk has it and it was handed to the network. */
    A(1),
    /** When the local disk has it and the peer has received it. */
    B(2),
    /** When both disks have it. */
    C(3);

    private final int code;

    ReplicationProtocol(int code) {
        this.code = code;
    }

    /**
     * The protocol of a number on the wire.
     *
     * @param code 1 to 3
     * @return the protocol; empty for any other number
     */
    public static Optional<ReplicationProtocol> ofCode(int code) {
        return Arrays.stream(values()).filter(p -> p.code == code).findFirst();
    }

    /** {@return the number on the wire, 1 to 3} */
    public int code() {
        return code;
    }
}
