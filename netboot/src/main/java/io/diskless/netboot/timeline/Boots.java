package io.diskless.netboot.timeline;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootStage;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The last boot of each machine, of at most so many machines, and whose an address is. The machine that was silent longest gives
 * way, with its addresses. Not thread-safe.
 */
final class Boots {
    /** A machine has one on each network, and another now and then. */
    private static final int MOST_ADDRESSES = 8;

    private final int most;
    private final Map<MacAddress, Boot> boots = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<InetAddress, MacAddress> byAddress = new HashMap<>();

    Boots(int most) {
        this.most = most;
    }

    /** One machine's last boot. */
    static final class Boot {
        final List<BootEvent> events = new ArrayList<>();
        /** Whole files, in their order; no more than there are events. */
        final List<String> fetched = new ArrayList<>();
        /** Also those of earlier boots: all that must be forgotten with the machine. */
        private final Set<InetAddress> addresses = new HashSet<>();

        BootStage stage = BootStage.PXE_FIRMWARE;
        boolean discovered;
        int transaction;

        @Nullable
        Instant acknowledged;
        /** Whether a file was asked for since. */
        boolean wentOn;
        /** What its boot programs said last. */
        @Nullable
        BootFacts facts;

        /** Whether a DISCOVER of a program is the first of another boot, unless it repeats the last one. */
        boolean begins(BootStage next) {
            int step = Integer.compare(rank(next), rank(stage));
            return discovered && (step < 0 || (step == 0 && acknowledged != null));
        }
    }

    static int rank(BootStage stage) {
        return switch (stage) {
            case PXE_FIRMWARE, HTTP_FIRMWARE -> 0;
            case IPXE -> 1;
            case SYSTEM -> 2;
        };
    }

    Optional<Boot> find(MacAddress mac) {
        return Optional.ofNullable(boots.get(mac));
    }

    Boot of(MacAddress mac) {
        Boot boot = boots.computeIfAbsent(mac, m -> new Boot());
        if (boots.size() > most) {
            MacAddress oldest = boots.keySet().iterator().next();
            Boot gone = Objects.requireNonNull(boots.remove(oldest));
            gone.addresses.forEach(address -> byAddress.remove(address, oldest));
        }
        return boot;
    }

    /** Another boot of a machine; its addresses and what it is remain. */
    Boot begin(MacAddress mac) {
        Boot before = of(mac);
        Boot boot = new Boot();
        boot.addresses.addAll(before.addresses);
        boot.facts = before.facts;
        boots.put(mac, boot);
        return boot;
    }

    void has(MacAddress mac, InetAddress address) {
        Set<InetAddress> own = of(mac).addresses;
        if (own.size() >= MOST_ADDRESSES && !own.contains(address)) {
            own.forEach(old -> byAddress.remove(old, mac));
            own.clear();
        }
        own.add(address);
        byAddress.put(address, mac);
    }

    Optional<MacAddress> owner(InetAddress address) {
        return Optional.ofNullable(byAddress.get(address));
    }

    List<MacAddress> machines() {
        return List.copyOf(boots.keySet());
    }
}
