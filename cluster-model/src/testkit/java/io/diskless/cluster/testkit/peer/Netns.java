package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Interfaces in the network namespace that this JVM was started in. Every change is refused with an
 * {@link IllegalStateException} where the JVM has no namespace of its own, so a test can never touch the machine's
 * interfaces. Thread-safe.
 */
public final class Netns {

    private static final Pattern MAC = Pattern.compile("link/ether ([0-9a-f:]{17})");

    private Netns() {}

    /** Why this JVM has no network namespace of its own, or nothing if it has. */
    public static Optional<String> whyNot() {
        return whyNot(
                System.getProperty("diskless.netns"), System.getProperty("diskless.netns.reason", "no reason given"));
    }

    static Optional<String> whyNot(String netns, String reason) {
        if (netns == null) {
            return Optional.of("the JVM was not started in a network namespace of its own;"
                    + " remedy: .ci/test, or start it with .ci/netns/bin/java");
        }
        return netns.equals("true") || netns.equals("user")
                ? Optional.empty()
                : Optional.of("no network namespace could be made: " + reason);
    }

    /** Makes a pair of joined Ethernet interfaces, both up. Closing it removes both. */
    public static Wire veth(String left, String right, int mtu) {
        ip("link", "add", left, "mtu", mtu, "type", "veth", "peer", "name", right, "mtu", mtu);
        up(left);
        up(right);
        return new Wire(left, right);
    }

    /** Makes a bridge without delays or snooping, up, with these interfaces as ports. Closing it removes the bridge. */
    public static Wire bridge(String name, int mtu, String... ports) {
        ip("link", "add", name, "mtu", mtu, "type", "bridge", "stp_state", 0, "forward_delay", 0, "mcast_snooping", 0);
        up(name);
        for (String port : ports) {
            ip("link", "set", port, "master", name);
        }
        return new Wire(name, name);
    }

    /** Makes a tap interface for an emulator. It has a carrier only while the emulator holds it. */
    public static Wire tap(String name, int mtu) {
        ip("tuntap", "add", "dev", name, "mode", "tap");
        mtu(name, mtu);
        up(name);
        return new Wire(name, name);
    }

    /** Sets the largest payload of one interface. */
    public static void mtu(String name, int mtu) {
        ip("link", "set", name, "mtu", mtu);
    }

    /** Gives an interface another hardware address, while it is in use. */
    public static void address(String name, String mac) {
        ip("link", "set", "dev", name, "address", mac);
    }

    /** Takes an interface up; without IPv6, whose own traffic would be in every capture. */
    public static void up(String name) {
        Path ipv6 = Path.of("/proc/sys/net/ipv6/conf", name, "disable_ipv6");
        if (Files.isWritable(ipv6)) {
            try {
                Files.writeString(ipv6, "1");
            } catch (IOException e) {
                throw new UncheckedIOException("cannot switch off IPv6 on " + name, e);
            }
        }
        ip("link", "set", name, "up");
    }

    /** Takes an interface down. */
    public static void down(String name) {
        ip("link", "set", name, "down");
    }

    /** The interface's hardware address, six bytes. */
    public static byte[] mac(String name) {
        Matcher address = MAC.matcher(show(name));
        if (!address.find()) {
            throw new IllegalStateException(name + " has no Ethernet address: " + show(name));
        }
        return HexFormat.ofDelimiter(":").parseHex(address.group(1));
    }

    /** What {@code ip} says about one interface, on one line. */
    public static String show(String name) {
        return Processes.run(Peers.program("ip").toString(), "-o", "link", "show", "dev", name)
                .orThrow()
                .output();
    }

    /**
     * The names of all interfaces here. (Java's own list leaves out what has no IP address, and the machine's
     * {@code /sys} shows another namespace.)
     */
    public static Set<String> names() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/net/dev"))) {
            return lines.skip(2)
                    .map(line -> line.substring(0, line.indexOf(':')).strip())
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the interfaces", e);
        }
    }

    /** Runs {@code ip} with these words. */
    public static void ip(Object... words) {
        whyNot().ifPresent(why -> {
            throw new IllegalStateException("will not run ip " + Arrays.toString(words) + ": " + why);
        });
        List<String> command = Stream.concat(Stream.of(Peers.program("ip")), Stream.of(words))
                .map(String::valueOf)
                .toList();
        Processes.run(command).orThrow();
    }

    /** One or two interfaces that vanish together. Thread-safe. */
    public static final class Wire implements AutoCloseable {
        private final String left;
        private final String right;

        private Wire(String left, String right) {
            this.left = left;
            this.right = right;
        }

        /** The one end. */
        public String left() {
            return left;
        }

        /** The other end; the same as {@link #left()} where there is but one. */
        public String right() {
            return right;
        }

        /** Removes the interface, and with one end of a pair the other; nothing if it is gone already. */
        @Override
        public void close() {
            if (names().contains(left)) {
                ip("link", "del", left);
            }
        }
    }
}
