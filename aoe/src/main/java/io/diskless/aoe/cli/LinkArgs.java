package io.diskless.aoe.cli;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.link.Links;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** Which interfaces, and how frames get through them. */
final class LinkArgs {
    /** What {@code --link} takes. */
    enum Kind {
        BEST,
        RING,
        SOCKET
    }

    @Option(
            names = {"-i", "--interface"},
            paramLabel = "IF",
            description = "Ethernet interface; may be given several times. Default: the only one there is.")
    private List<String> interfaces = new ArrayList<>();

    @Option(
            names = "--link",
            paramLabel = "KIND",
            description = "ring (memory-mapped), socket (plain raw socket) or best. Default: ${DEFAULT-VALUE}.")
    private Kind kind = Kind.BEST;

    /** Opens all links, or none. */
    List<EthernetLink> open(LinkOptions.Role role, List<String> more) throws AoeException {
        List<String> names = new ArrayList<>(interfaces);
        more.stream().filter(name -> !names.contains(name)).forEach(names::add);
        if (names.isEmpty()) {
            names.add(onlyInterface());
        }
        LinkOptions options = LinkOptions.builder()
                .role(role)
                .preference(LinkOptions.Preference.valueOf(kind.name()))
                .build();
        List<EthernetLink> links = new ArrayList<>();
        try {
            for (String name : names) {
                links.add(Links.open(name, options));
            }
            return links;
        } catch (AoeException e) {
            close(links, e);
            throw e;
        }
    }

    static void close(List<EthernetLink> links, Exception reason) {
        for (EthernetLink link : links) {
            try {
                link.close();
            } catch (AoeException e) {
                reason.addSuppressed(e);
            }
        }
    }

    /** Says on standard error what each link is, so that a person knows what he measures. */
    static void describe(List<EthernetLink> links, PrintWriter err) {
        for (EthernetLink link : links) {
            err.printf(
                    Locale.ROOT,
                    "%s: %s, %s, MTU %d%n",
                    link.name(),
                    link.capabilities().kind().name().toLowerCase(Locale.ROOT),
                    link.address(),
                    link.mtu());
            link.capabilities().notes().forEach(note -> err.println(link.name() + ": " + note));
        }
    }

    private static String onlyInterface() throws AoeException {
        List<String> candidates = new ArrayList<>();
        try {
            // Not NetworkInterface: it leaves out interfaces without an IP address, and a storage port needs none.
            for (String line : Files.readAllLines(Path.of("/proc/self/net/dev"))) {
                int colon = line.indexOf(':');
                String name = colon < 0 ? "" : line.substring(0, colon).strip();
                if (!name.isEmpty() && !name.equals("lo")) {
                    candidates.add(name);
                }
            }
        } catch (IOException e) {
            throw new AoeException(AoeException.Kind.IO, "cannot list interfaces: " + e.getMessage(), e);
        }
        if (candidates.size() == 1) {
            return candidates.get(0);
        }
        throw new AoeException(
                AoeException.Kind.NO_INTERFACE,
                candidates.isEmpty()
                        ? "there is no Ethernet interface in this network namespace"
                        : "there are several interfaces; name one with --interface: " + String.join(", ", candidates));
    }
}
