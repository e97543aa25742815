package io.diskless.cluster.conf.guest;

import java.util.Objects;

/**
 * A block disk of a libvirt domain. Immutable.
 *
 * @param device the device on the host
 * @param cache the cache mode as it is written; empty where none is
 * @param readOnly whether the guest may only read
 */
public record LibvirtDisk(String device, String cache, boolean readOnly) {
    /** Insists on all. */
    public LibvirtDisk {
        Objects.requireNonNull(device, "device");
        Objects.requireNonNull(cache, "cache");
    }
}
