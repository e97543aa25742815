package io.diskless.aoe.initiator;

import io.diskless.cluster.net.MacAddress;

/**
 * One change of a target's mask list. Immutable.
 *
 * @param add whether the address is added, else deleted
 * @param mac whose
 */
public record MaskEdit(boolean add, MacAddress mac) {
    /**
     * Adds an address.
     *
     * @param mac whose
     * @return the edit
     */
    public static MaskEdit add(MacAddress mac) {
        return new MaskEdit(true, mac);
    }

    /**
     * Deletes an address.
     *
     * @param mac whose
     * @return the edit
     */
    public static MaskEdit delete(MacAddress mac) {
        return new MaskEdit(false, mac);
    }
}
