package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import java.net.Inet4Address;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks whether an address is in use before it is offered for the first time. Meanwhile the address is held for the client,
 * which hears nothing and asks again; the answer comes back to the event loop. Confined to the server's event loop.
 */
final class Probes {
    private static final Logger LOG = LoggerFactory.getLogger(DhcpServer.class);
    /** Clients whose addresses are being asked for at the same time; others wait, for they ask again. */
    private static final int AT_ONCE = 256;
    /** Clients whose address was asked for lately. */
    private static final int REMEMBERED = 16_384;

    private final Optional<AddressProbe> probe;
    private final Executor loop;
    private final Map<MacAddress, Inet4Address> underWay = new HashMap<>();
    private final Map<MacAddress, Inet4Address> clear = new LinkedHashMap<>();

    Probes(Optional<AddressProbe> probe, Executor loop) {
        this.probe = probe;
        this.loop = loop;
    }

    /** Whether an offer must wait for an answer. */
    boolean wants(MacAddress mac, Step step) {
        return probe.isPresent()
                && step.doubtful()
                && step.offered().isPresent()
                && !step.offered().get().equals(clear.get(mac));
    }

    /** Whether one more can be asked for now. */
    boolean begins(MacAddress mac) {
        return underWay.size() < AT_ONCE && !underWay.containsKey(mac);
    }

    /** Asks, and tells on the event loop whether the address is in use. */
    void ask(MacAddress mac, Inet4Address address, Found found) {
        underWay.put(mac, address);
        asked(address)
                .whenComplete((used, failure) -> loop.execute(() -> {
                    underWay.remove(mac);
                    if (failure != null) {
                        LOG.warn(
                                "DHCP: whether {} is in use could not be found out", address.getHostAddress(), failure);
                    }
                    boolean taken = failure == null && used;
                    if (!taken) {
                        clear.remove(mac);
                        clear.put(mac, address);
                        if (clear.size() > REMEMBERED) {
                            clear.remove(clear.keySet().iterator().next());
                        }
                    }
                    found.isInUse(taken);
                }));
    }

    /** What a probe throws is its answer: the client must not wait for one that never comes. */
    private CompletionStage<Boolean> asked(Inet4Address address) {
        try {
            return probe.orElseThrow().isInUse(address);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Hears the answer. */
    @FunctionalInterface
    interface Found {
        void isInUse(boolean taken);
    }
}
