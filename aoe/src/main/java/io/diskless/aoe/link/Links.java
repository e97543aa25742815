package io.diskless.aoe.link;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.internal.linux.NativeAccess;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Opens links to the network interfaces of the system. Thread-safe; network namespaces are those of the process. */
public final class Links {
    private Links() {}

    /**
     * Opens the best link that is possible.
     *
     * @param interfaceName as {@code ip link} shows it
     * @param options how
     * @return an open link; its interface may be down
     * @throws AoeException NO_PRIVILEGE, NO_INTERFACE or NOT_SUPPORTED, with the remedy
     */
    public static EthernetLink open(String interfaceName, LinkOptions options) throws AoeException {
        Objects.requireNonNull(interfaceName, "interfaceName");
        requireNative();
        return switch (options.preference()) {
            case RING -> ring(interfaceName, options);
            case SOCKET -> PacketSocket.open(interfaceName, options);
            case BEST -> {
                try {
                    yield ring(interfaceName, options);
                } catch (AoeException e) {
                    if (!socketMayHelp(e)) {
                        throw e;
                    }
                    try {
                        yield PacketSocket.open(interfaceName, options, List.of(noRing(e)));
                    } catch (AoeException second) {
                        second.addSuppressed(e);
                        throw second;
                    }
                }
            }
        };
    }

    /**
     * Opens several links over one interface, which share what arrives. Each may be polled by its own thread. Frames that
     * go to different links keep no order between them.
     *
     * @param interfaceName as {@code ip link} shows it
     * @param options how; needs rings
     * @param count 1 to 64
     * @return as many links
     * @throws AoeException as {@link #open}
     */
    public static List<EthernetLink> openFanout(String interfaceName, LinkOptions options, int count)
            throws AoeException {
        if (count < 1 || count > 64) {
            throw new IllegalArgumentException("a fanout has 1 to 64 links, got " + count);
        }
        requireNative();
        FanoutGroup group = new FanoutGroup(options.fanout());
        List<EthernetLink> links = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                links.add(PacketRing.open(interfaceName, options, group));
            }
            return List.copyOf(links);
        } catch (AoeException e) {
            for (EthernetLink link : links) {
                link.close();
            }
            throw e;
        }
    }

    /**
     * Finds out which link is possible, by opening it and closing it again.
     *
     * @param interfaceName as {@code ip link} shows it
     * @return what is possible and why not more; never fails
     */
    public static LinkProbe probe(String interfaceName) {
        Objects.requireNonNull(interfaceName, "interfaceName");
        NativeAccess.Obstacle obstacle = NativeAccess.obstacle();
        if (obstacle != null) {
            return new LinkProbe(interfaceName, Optional.empty(), obstacle.reason(), obstacle.remedy());
        }
        LinkOptions small = LinkOptions.builder()
                .receiveSlots(1)
                .sendSlots(1)
                .socketBuffer(64 << 10)
                .build();
        try (EthernetLink ring = ring(interfaceName, small)) {
            return new LinkProbe(interfaceName, Optional.of(ring.capabilities().kind()), "", "");
        } catch (AoeException e) {
            if (!socketMayHelp(e)) {
                return none(interfaceName, e);
            }
            try (EthernetLink socket = PacketSocket.open(interfaceName, small)) {
                return new LinkProbe(
                        interfaceName, Optional.of(socket.capabilities().kind()), reason(e), remedy(e));
            } catch (AoeException second) {
                return none(interfaceName, second);
            }
        }
    }

    private static EthernetLink ring(String interfaceName, LinkOptions options) throws AoeException {
        return PacketRing.open(interfaceName, options, null);
    }

    private static void requireNative() throws AoeException {
        NativeAccess.Obstacle obstacle = NativeAccess.obstacle();
        if (obstacle != null) {
            throw new AoeException(AoeException.Kind.NOT_SUPPORTED, obstacle.reason() + "; " + obstacle.remedy());
        }
    }

    private static boolean socketMayHelp(AoeException e) {
        return e.kind() == AoeException.Kind.NOT_SUPPORTED || e.kind() == AoeException.Kind.IO;
    }

    static String noRing(AoeException e) {
        return "no packet rings: " + e.getMessage();
    }

    private static LinkProbe none(String interfaceName, AoeException e) {
        return new LinkProbe(interfaceName, Optional.empty(), reason(e), remedy(e));
    }

    // Messages read "what failed; what to do".

    private static String reason(AoeException e) {
        String message = String.valueOf(e.getMessage());
        int at = message.indexOf("; ");
        return at < 0 ? message : message.substring(0, at);
    }

    private static String remedy(AoeException e) {
        String message = String.valueOf(e.getMessage());
        int at = message.indexOf("; ");
        return at < 0 ? "" : message.substring(at + 2);
    }
}
