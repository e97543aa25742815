package io.diskless.netboot.timeline;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootStage;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The last boot of each machine, of at most so many machines, and whose an address is. The machine that was silent longest gives
 * way, with its addresses; one that was given no address before all that were, or a flood of made up machines would push out the
 * real ones. Not thread-safe.
 */
final class Boots {
    /** A machine has one on each network, and another now and then. */
    private static final int MOST_ADDRESSES = 8;

    private final int most;
    private final Map<MacAddress, Boot> boots = new LinkedHashMap<>(16, 0.75f, true);
    /** Those that were given no address, the one that was silent longest first. */
    private final Set<MacAddress> unsettled = new LinkedHashSet<>();

    private final Map<InetAddress, MacAddress> given = new HashMap<>();
    private final Map<InetAddress, MacAddress> claimed = new HashMap<>();

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
        /** Whether it was ever given an address by a server that reports here. */
        boolean settled;

        boolean discovered;
        int transaction;
        /** The server that made it its last offer here. */
        @Nullable
        Inet4Address offeredBy;

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
        if (!boot.settled) {
            unsettled.remove(mac);
            unsettled.add(mac);
        }
        if (boots.size() > most) {
            forget(unsettled.stream()
                    .filter(other -> !other.equals(mac))
                    .findFirst()
                    .orElseGet(() -> boots.keySet().iterator().next()));
        }
        return boot;
    }

    private void forget(MacAddress mac) {
        Boot gone = Objects.requireNonNull(boots.remove(mac));
        unsettled.remove(mac);
        lose(mac, gone.addresses);
    }

    private void lose(MacAddress mac, Set<InetAddress> addresses) {
        addresses.forEach(address -> {
            given.remove(address, mac);
            claimed.remove(address, mac);
        });
    }

    /** Another boot of a machine; its addresses and what it is remain. */
    Boot begin(MacAddress mac) {
        Boot before = of(mac);
        Boot boot = new Boot();
        boot.addresses.addAll(before.addresses);
        boot.facts = before.facts;
        boot.settled = before.settled;
        boots.put(mac, boot);
        return boot;
    }

    /** A machine was given an address by a server that reports here. */
    void has(MacAddress mac, InetAddress address) {
        remember(mac, address).settled = true;
        unsettled.remove(mac);
        given.put(address, mac);
        claimed.remove(address);
    }

    /** A machine says that it takes an address of another server: it is its own unless it was given to somebody. */
    void claims(MacAddress mac, InetAddress address) {
        remember(mac, address);
        claimed.put(address, mac);
    }

    private Boot remember(MacAddress mac, InetAddress address) {
        Boot boot = of(mac);
        Set<InetAddress> own = boot.addresses;
        if (own.size() >= MOST_ADDRESSES && !own.contains(address)) {
            lose(mac, own);
            own.clear();
        }
        own.add(address);
        return boot;
    }

    Optional<MacAddress> owner(InetAddress address) {
        return Optional.ofNullable(given.get(address));
    }

    Optional<MacAddress> claimant(InetAddress address) {
        return Optional.ofNullable(claimed.get(address));
    }

    List<MacAddress> machines() {
        return List.copyOf(boots.keySet());
    }
}
