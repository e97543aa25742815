package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import java.net.Inet4Address;
import java.util.Objects;

/**
 * The newest fact about an address. Immutable.
 *
 * @param address the address
 * @param mac who has it, had it, or found it in use
 * @param expires seconds since 1970 until which it holds, {@link Long#MAX_VALUE} for ever
 * @param state what holds until then
 */
public record Lease(Inet4Address address, MacAddress mac, long expires, State state) {
    /** What a fact says. */
    public enum State {
        /** The machine has the address. */
        BOUND,
        /** The machine gave it back; it gets the same again if nobody else took it. */
        RELEASED,
        /** The machine found it in use by somebody else; nobody gets it for a while. */
        DECLINED
    }

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if the time is before 1970
     */
    public Lease {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(mac, "mac");
        Objects.requireNonNull(state, "state");
        if (expires < 0) {
            throw new IllegalArgumentException("expected seconds since 1970, got " + expires);
        }
    }

    /**
     * Whether it still holds.
     *
     * @param now seconds since 1970
     * @return false once it has expired, and of what was given back
     */
    public boolean holds(long now) {
        return state != State.RELEASED && now < expires;
    }
}
