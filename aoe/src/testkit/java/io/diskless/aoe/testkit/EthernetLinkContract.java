package io.diskless.aoe.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.link.LinkState;
import io.diskless.aoe.link.LinkWaiter;
import io.diskless.aoe.wire.EthernetHeader;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link EthernetLink} keeps. A subclass joins two links; frames sent by one must reach the other without loss
 * while its slots have room.
 */
@Timeout(300)
public abstract class EthernetLinkContract extends FrameContract {
    /** The two ends under test. Immutable. */
    public static final class Pair {
        private final EthernetLink a;
        private final EthernetLink b;

        /**
         * Two joined links.
         *
         * @param a one
         * @param b the other
         */
        public Pair(EthernetLink a, EthernetLink b) {
            this.a = a;
            this.b = b;
        }

        /** {@return one end} */
        public EthernetLink a() {
            return a;
        }

        /** {@return the other end} */
        public EthernetLink b() {
            return b;
        }
    }

    /** For subclasses. */
    protected EthernetLinkContract() {}

    @Test
    void wakeupIsRememberedOnce() throws Exception {
        Pair pair = pair(1500);
        try (LinkWaiter waiter = LinkWaiter.of(List.of(pair.a()))) {
            waiter.wakeup();
            waiter.wakeup();
            waiter.await(TimeUnit.DAYS.toNanos(1)); // returns: the test's time-out is the assertion
            waiter.await(0);
        }
    }

    @Test
    void anotherThreadsWakeupEndsTheWait() throws Exception {
        Pair pair = pair(1500);
        try (LinkWaiter waiter = LinkWaiter.of(List.of(pair.a()))) {
            for (int i = 0; i < 50; i++) {
                CountDownLatch started = new CountDownLatch(1);
                Thread thread = new Thread(() -> {
                    started.countDown();
                    waiter.await(TimeUnit.DAYS.toNanos(1));
                });
                thread.start();
                started.await();
                waiter.wakeup();
                thread.join();
            }
        }
    }

    @Test
    void aFrameEndsTheWait() throws Exception {
        Pair pair = pair(1500);
        int rounds = 200;
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread echo = new Thread(() -> {
            int[] seen = {0};
            try (LinkWaiter waiter = LinkWaiter.of(List.of(pair.b()))) {
                while (seen[0] < rounds) {
                    waiter.await(TimeUnit.DAYS.toNanos(1));
                    pair.b()
                            .receive(
                                    f -> {
                                        put(
                                                pair.b(),
                                                pair.a().address().value(),
                                                f.bytes().getInt(SERIAL),
                                                60);
                                        seen[0]++;
                                    },
                                    4);
                    pair.b().flush();
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        echo.start();
        try (LinkWaiter waiter = LinkWaiter.of(List.of(pair.a()))) {
            for (int i = 0; i < rounds; i++) {
                put(pair.a(), pair.b().address().value(), i, 60);
                pair.a().flush();
                int[] seen = {0};
                int round = i;
                while (seen[0] == 0) {
                    waiter.await(TimeUnit.DAYS.toNanos(1));
                    pair.a()
                            .receive(
                                    f -> {
                                        assertThat(f.bytes().getInt(SERIAL)).isEqualTo(round);
                                        seen[0]++;
                                    },
                                    4);
                }
            }
        }
        echo.join();
        assertThat(failure.get()).isNull();
    }

    @Test
    void closeIsForGoodAndIdempotent() throws Exception {
        Pair pair = pair(1500);
        put(pair.a(), pair.b().address().value(), 1, 60);
        pair.a().flush();
        assertThat(pair.b().state()).isEqualTo(LinkState.UP);
        pair.b().close();
        pair.b().close();
        assertThat(pair.b().state()).isEqualTo(LinkState.CLOSED);
        assertThat(pair.b().receive(f -> {}, 10)).isZero();
        assertThat(pair.b().claim()).isNull();
        assertThat(pair.b().sendCapacity()).isZero();
        pair.b().flush();
        assertThat(pair.b().counters()).isNotNull();
        assertThat(pair.b().name()).isNotEmpty();
        assertThat(pair.b().mtu()).isEqualTo(1500);
    }

    @Test
    void theHandlerMayCloseItsLink() throws Exception {
        Pair pair = pair(1500);
        for (int i = 0; i < 5; i++) {
            put(pair.a(), pair.b().address().value(), i, 60);
        }
        pair.a().flush();
        List<Integer> seen = new ArrayList<>();
        try (LinkWaiter waiter = LinkWaiter.of(List.of(pair.b()))) {
            while (seen.isEmpty()) {
                waiter.await(TimeUnit.MILLISECONDS.toNanos(20));
                pair.b()
                        .receive(
                                f -> {
                                    try {
                                        pair.b().close();
                                    } catch (Exception e) {
                                        throw new AssertionError(e);
                                    }
                                    // The slot is still ours.
                                    seen.add(f.bytes().getInt(SERIAL));
                                },
                                5);
            }
        }
        assertThat(seen).containsExactly(0);
        assertThat(pair.b().receive(f -> {}, 5)).isZero();
    }

    @Test
    void closeWhileAnotherThreadPolls() throws Exception {
        for (int round = 0; round < 20; round++) {
            Pair pair = open(1500);
            CountDownLatch polling = new CountDownLatch(1);
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            Thread poller = new Thread(() -> {
                try (LinkWaiter waiter = LinkWaiter.of(List.of(pair.b()))) {
                    while (pair.b().state() != LinkState.CLOSED) {
                        pair.b().receive(f -> f.bytes().putLong(24, f.bytes().getLong(32)), 64);
                        Frame frame = pair.b().claim();
                        if (frame != null) {
                            fill(
                                    frame.bytes(),
                                    pair.a().address().value(),
                                    pair.b().address().value(),
                                    1,
                                    1514);
                            pair.b().commit(1514);
                        }
                        pair.b().flush();
                        waiter.await(1000);
                        polling.countDown();
                    }
                } catch (Throwable e) {
                    failure.set(e);
                } finally {
                    polling.countDown();
                }
            });
            poller.start();
            polling.await();
            for (int i = 0; i < 50; i++) {
                if (pair.a().sendCapacity() > 0) {
                    put(pair.a(), pair.b().address().value(), i, 1514);
                }
                pair.a().flush();
            }
            pair.b().close();
            poller.join();
            pair.a().close();
            assertThat(failure.get()).isNull();
        }
    }

    @Test
    void aSteadyExchangeAllocatesNothing() throws Exception {
        Pair pair = pair(9000);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int[] echoes = {0};
        exchange(pair, echoes, 5_000);
        echoes[0] = 0;
        long self = Thread.currentThread().getId();
        threads.getThreadAllocatedBytes(self);
        long before = threads.getThreadAllocatedBytes(self);
        int rounds = 20_000;
        exchange(pair, echoes, rounds);
        long bytes = threads.getThreadAllocatedBytes(self) - before;
        assertThat(echoes[0]).isEqualTo(rounds);
        assertThat(bytes).as("bytes allocated by " + rounds + " exchanges").isLessThan(rounds);
    }

    private static void exchange(Pair pair, int[] echoes, int rounds) {
        EthernetLink a = pair.a();
        EthernetLink b = pair.b();
        long aAddress = a.address().value();
        long bAddress = b.address().value();
        int[] requests = {0};
        io.diskless.aoe.link.FrameHandler server = request -> {
            Frame reply = b.claim();
            if (reply != null) {
                EthernetHeader.write(reply.bytes(), 0, aAddress, bAddress);
                reply.data().limit(8192).position(0);
                request.data().limit(8192).position(0);
                reply.data().put(request.data());
                b.commit(36 + 8192);
                requests[0]++;
            }
        };
        io.diskless.aoe.link.FrameHandler client = f -> echoes[0]++;
        try (LinkWaiter aWaiter = LinkWaiter.of(List.of(a));
                LinkWaiter bWaiter = LinkWaiter.of(List.of(b))) {
            for (int i = 0; i < rounds; i++) {
                Frame frame = a.claim();
                if (frame == null) {
                    throw new AssertionError("no slot");
                }
                EthernetHeader.write(frame.bytes(), 0, bAddress, aAddress);
                a.commit(36 + 8192);
                a.flush();
                int wanted = requests[0] + 1;
                while (requests[0] < wanted) {
                    if (b.receive(server, 16) == 0) {
                        bWaiter.await(1_000_000);
                    }
                }
                b.flush();
                int answers = echoes[0] + 1;
                while (echoes[0] < answers) {
                    if (a.receive(client, 16) == 0) {
                        aWaiter.await(1_000_000);
                    }
                }
            }
        }
    }
}
