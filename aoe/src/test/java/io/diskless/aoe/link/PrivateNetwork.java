package io.diskless.aoe.link;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Virtual cables in the network namespace of this JVM, which must be a private one: the build starts it so and says so with
 * {@code -Ddiskless.netns=true}.
 */
final class PrivateNetwork {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private PrivateNetwork() {}

    /** Skips where the namespace is not ours to play in, with the reason; fails in CI. */
    static void require() {
        if (!Boolean.getBoolean("diskless.netns")) {
            String reason = "this JVM does not run in a private network namespace (-Ddiskless.netns=true under"
                    + " `unshare --net` or `unshare --user --map-root-user --net`)";
            if ("true".equals(System.getenv("CI"))) {
                fail(reason);
            }
            abort(reason);
        }
    }

    /** A cable with two ends in this namespace. */
    record Cable(String a, String b) implements AutoCloseable {
        void delete() {
            ip("link", "del", a);
        }

        @Override
        public void close() {
            run(false, "ip", "link", "del", a);
        }
    }

    static Cable cable(int mtu) {
        int n = NUMBER.incrementAndGet();
        Cable cable = new Cable("dl" + n + "a", "dl" + n + "b");
        create(cable, mtu);
        return cable;
    }

    static void create(Cable cable, int mtu) {
        ip("link", "add", cable.a(), "mtu", "" + mtu, "type", "veth", "peer", "name", cable.b(), "mtu", "" + mtu);
        // Nothing but our frames on the cable: no IPv6 solicitations.
        ip("link", "set", cable.a(), "addrgenmode", "none", "up");
        ip("link", "set", cable.b(), "addrgenmode", "none", "up");
    }

    static void ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(Arrays.asList(arguments));
        run(true, command.toArray(String[]::new));
    }

    private static void run(boolean mustWork, String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int exit = process.waitFor();
            if (mustWork && exit != 0) {
                fail(String.join(" ", command) + " exited with " + exit + ": " + output);
            }
        } catch (IOException e) {
            throw new AssertionError(String.join(" ", command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Polls a link until it is in a state. */
    static <T extends EthernetLink> T awaitState(T link, LinkState state) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        try (LinkWaiter waiter = LinkWaiter.of(List.of(link))) {
            while (link.state() != state) {
                link.receive(f -> {}, 1);
                if (System.nanoTime() > end) {
                    fail(link + " did not become " + state);
                }
                waiter.await(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
        return link;
    }
}
