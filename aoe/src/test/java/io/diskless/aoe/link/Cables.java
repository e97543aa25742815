package io.diskless.aoe.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.testkit.peer.Netns;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Virtual cables with names of their own, and the few moves that the tests over them share. */
final class Cables {
    /** Where the tests' serial number lies: the tag of an AoE message. */
    static final int SERIAL = 20;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private Cables() {}

    static Netns.Wire lay(int mtu) {
        int n = NUMBER.incrementAndGet();
        return Netns.veth("dl" + n + "a", "dl" + n + "b", mtu);
    }

    /** Polls links until something holds. */
    static void await(String what, List<? extends EthernetLink> links, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        try (LinkWaiter waiter = LinkWaiter.of(links)) {
            while (!condition.getAsBoolean()) {
                for (EthernetLink link : links) {
                    link.receive(f -> {}, 1);
                }
                if (System.nanoTime() > end) {
                    fail("waited in vain until " + what + "; links " + links);
                }
                waiter.await(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    static <T extends EthernetLink> T awaitState(T link, LinkState state) {
        await(link.name() + " is " + state, List.of(link), () -> link.state() == state);
        return link;
    }

    static void put(EthernetLink from, long destination, int flags, int serial, int length) {
        Frame frame = from.claim();
        assertThat(frame).isNotNull();
        EthernetHeader.write(frame.bytes(), 0, destination, from.address().value());
        frame.bytes().putLong(14, 0).put(14, (byte) flags).putInt(SERIAL, serial);
        from.commit(length);
    }

    /** Sends until a frame of this serial number or a later one arrives. */
    static void awaitTraffic(EthernetLink from, EthernetLink to) {
        int[] arrived = {0};
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        try (LinkWaiter waiter = LinkWaiter.of(List.of(to))) {
            for (int serial = 1; arrived[0] == 0; serial++) {
                if (System.nanoTime() > end) {
                    fail("no traffic from " + from + " to " + to);
                }
                from.receive(f -> {}, 1);
                put(from, to.address().value(), 0x10, serial, 60);
                from.flush();
                to.receive(f -> arrived[0]++, 16);
                waiter.await(TimeUnit.MILLISECONDS.toNanos(10));
            }
        }
        to.receive(f -> {}, Integer.MAX_VALUE);
    }
}
