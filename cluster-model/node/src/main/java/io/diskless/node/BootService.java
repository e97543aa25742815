package io.diskless.node;

import io.diskless.netboot.NetbootException;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.dhcpd.LeaseStore;
import io.diskless.netboot.tftp.TftpContent;

/**
 * Opens the boot servers of a ConfigNode whenever it takes over: on sockets by
 * {@link io.diskless.netboot.NetbootServer#builder}, in memory by the responders of the netboot artifact. Implementations are
 * thread-safe.
 */
@FunctionalInterface
public interface BootService {
    /**
     * Opens the servers.
     *
     * @param policy decides every answer; it refuses to, from the moment that the lease is not held
     * @param leases where addresses are kept; it refuses to keep more from that moment on
     * @param files what is handed out beside; nothing from that moment on
     * @return ends them
     * @throws NetbootException if an address cannot be bound
     */
    AutoCloseable open(BootPolicy policy, LeaseStore leases, TftpContent files) throws NetbootException;
}
