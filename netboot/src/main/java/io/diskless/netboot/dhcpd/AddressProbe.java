package io.diskless.netboot.dhcpd;

import java.io.IOException;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Finds out whether somebody has an address that is about to be offered (RFC 2131 §3.1). It is asked on the server's event
 * loop and must not wait there. Implementations must be thread-safe.
 */
@FunctionalInterface
public interface AddressProbe {
    /**
     * Asks.
     *
     * @param address an address of a pool
     * @return whether somebody answers there; a failure counts as nobody
     */
    CompletionStage<Boolean> isInUse(Inet4Address address);

    /**
     * An ICMP echo request where the JVM may send one (root, CAP_NET_RAW), else an attempt to connect to TCP port 7, which
     * an address in use refuses. A machine that answers neither goes unnoticed.
     *
     * @param patience how long to wait for an answer, which every new client waits too: 1 s is usual
     * @param executor where the waiting is done; its threads bound how many addresses are asked at once
     * @return the probe
     */
    static AddressProbe ping(Duration patience, Executor executor) {
        return address -> CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return address.isReachable(Math.toIntExact(patience.toMillis()));
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                executor);
    }
}
