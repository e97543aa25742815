package io.diskless.aoe.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.link.LinkState;
import io.diskless.aoe.link.LinkWaiter;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.MacAddress;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link EthernetLink} keeps. A subclass joins two links; frames sent by one must reach the other without loss
 * while its slots have room.
 */
@Timeout(60)
public abstract class EthernetLinkContract {
    /** Where the tests' serial number lies: the tag of an AoE message. */
    protected static final int SERIAL = 20;

    private final List<AutoCloseable> toClose = new ArrayList<>();

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

    /**
     * Opens two joined links; the contract closes them.
     *
     * @param mtu of both
     * @return the ends
     * @throws Exception if it cannot be done
     */
    protected abstract Pair open(int mtu) throws Exception;

    /** For subclasses. */
    protected EthernetLinkContract() {}

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable c : toClose) {
            c.close();
        }
    }

    /**
     * Closes something after the test.
     *
     * @param <T> its type
     * @param c what to close
     * @return the same
     */
    protected final <T extends AutoCloseable> T closeLater(T c) {
        toClose.add(0, c);
        return c;
    }

    private Pair pair(int mtu) throws Exception {
        Pair pair = open(mtu);
        closeLater(pair.a());
        closeLater(pair.b());
        return pair;
    }

    /**
     * Claims, fills and commits one frame whose bytes follow from its serial number.
     *
     * @param from sender
     * @param destination 48 bits
     * @param serial goes into the tag
     * @param length of the frame
     */
    protected static void put(EthernetLink from, long destination, int serial, int length) {
        Frame frame = from.claim();
        assertThat(frame).as("claimed slot of " + from.name()).isNotNull();
        fill(frame.bytes(), destination, from.address().value(), serial, length);
        from.commit(length);
    }

    private static void fill(ByteBuffer b, long destination, long source, int serial, int length) {
        EthernetHeader.write(b, 0, destination, source);
        b.put(14, (byte) 0x10);
        for (int i = 15; i < length; i++) {
            b.put(i, (byte) (serial * 31 + i));
        }
        b.putInt(SERIAL, serial);
    }

    private static void check(Frame frame, int serial, int length) {
        ByteBuffer b = frame.bytes();
        assertThat(frame.length()).as("length of frame " + serial).isEqualTo(length);
        assertThat(b.getInt(SERIAL)).as("serial").isEqualTo(serial);
        for (int i = 24; i < length; i++) {
            if (b.get(i) != (byte) (serial * 31 + i)) {
                assertThat(b.get(i)).as("byte " + i + " of frame " + serial).isEqualTo((byte) (serial * 31 + i));
            }
        }
    }

    /**
     * Receives until a number of frames has come.
     *
     * @param link receiver
     * @param count how many
     * @return their serial numbers, in order
     */
    protected static List<Integer> serials(EthernetLink link, int count) {
        List<Integer> serials = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        try (LinkWaiter waiter = LinkWaiter.of(List.of(link))) {
            while (serials.size() < count) {
                link.receive(f -> serials.add(f.bytes().getInt(SERIAL)), count - serials.size());
                if (System.nanoTime() > end) {
                    throw new AssertionError("expected " + count + " frames on " + link.name() + ", got " + serials
                            + "; counters " + link.counters());
                }
                if (serials.size() < count) {
                    waiter.await(TimeUnit.MILLISECONDS.toNanos(50));
                }
            }
        }
        return serials;
    }

    @Test
    void framesArriveWholeAndInOrder() throws Exception {
        Pair pair = pair(1500);
        int[] lengths = {60, 61, 1060, 1514, 24};
        for (int i = 0; i < lengths.length; i++) {
            put(pair.a(), pair.b().address().value(), i, lengths[i]);
        }
        pair.a().flush();
        int[] next = {0};
        try (LinkWaiter waiter = LinkWaiter.of(List.of(pair.b()))) {
            while (next[0] < lengths.length) {
                pair.b()
                        .receive(
                                f -> {
                                    // Cards pad to 60: the length may be more, never less.
                                    int wanted = lengths[next[0]];
                                    assertThat(f.length()).isIn(wanted, Math.max(wanted, 60));
                                    f.length(wanted);
                                    check(f, next[0]++, wanted);
                                    assertThat(EthernetHeader.source(f.bytes(), 0))
                                            .isEqualTo(pair.a().address().value());
                                },
                                8);
                waiter.await(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
        assertThat(pair.a().counters().sent()).isEqualTo(lengths.length);
        assertThat(pair.b().counters().received()).isEqualTo(lengths.length);
    }

    @Test
    void jumboFramesArriveWhole() throws Exception {
        Pair pair = pair(9000);
        put(pair.a(), pair.b().address().value(), 7, 9014);
        pair.a().flush();
        boolean[] seen = {false};
        try (LinkWaiter waiter = LinkWaiter.of(List.of(pair.b()))) {
            while (!seen[0]) {
                pair.b()
                        .receive(
                                f -> {
                                    check(f, 7, 9014);
                                    seen[0] = true;
                                },
                                1);
                waiter.await(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    @Test
    void manyBatchesKeepTheirOrderAcrossTheEndOfTheRing() throws Exception {
        Pair pair = pair(1500);
        int total = 3 * pair.b().receiveCapacity() + 5;
        List<Integer> expected = new ArrayList<>();
        List<Integer> got = new ArrayList<>();
        int batch = Math.min(17, Math.min(pair.a().sendCapacity(), pair.b().receiveCapacity()));
        for (int sent = 0; sent < total; ) {
            int n = Math.min(batch, total - sent);
            for (int i = 0; i < n; i++) {
                put(pair.a(), pair.b().address().value(), sent, 60 + sent % 900);
                expected.add(sent++);
            }
            pair.a().flush();
            got.addAll(serials(pair.b(), n));
        }
        assertThat(got).isEqualTo(expected);
    }

    @Test
    void broadcastArrivesAndForeignUnicastDoesNot() throws Exception {
        Pair pair = pair(1500);
        put(pair.a(), 0x5254_00FF_FF01L, 1, 60);
        put(pair.a(), MacAddress.BROADCAST.value(), 2, 60);
        put(pair.a(), 0x0180_C200_000EL, 3, 60); // a group that is not everybody
        put(pair.a(), pair.b().address().value(), 4, 60);
        pair.a().flush();
        assertThat(serials(pair.b(), 2)).containsExactly(2, 4);
        assertThat(pair.b().receive(f -> {}, 10)).isZero();
        assertThat(pair.a().receive(f -> {}, 10))
                .as("own frames do not come back")
                .isZero();
    }

    @Test
    void otherEtherTypesAreNotHandedOn() throws Exception {
        Pair pair = pair(1500);
        Frame frame = pair.a().claim();
        assertThat(frame).isNotNull();
        fill(frame.bytes(), pair.b().address().value(), pair.a().address().value(), 1, 60);
        frame.bytes().putShort(12, (short) 0x88B5); // for local experiments
        pair.a().commit(60);
        put(pair.a(), pair.b().address().value(), 2, 60);
        pair.a().flush();
        assertThat(serials(pair.b(), 1)).containsExactly(2);
    }

    @Test
    void claimingTwiceIsClaimingOnce() throws Exception {
        Pair pair = pair(1500);
        int before = pair.a().sendCapacity();
        Frame first = pair.a().claim();
        assertThat(pair.a().claim()).isSameAs(first);
        assertThat(pair.a().sendCapacity()).isEqualTo(before);
        pair.a().flush();
        put(pair.a(), pair.b().address().value(), 5, 60);
        pair.a().flush();
        assertThat(serials(pair.b(), 1)).containsExactly(5);
        assertThatThrownBy(() -> pair.a().commit(60)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void sendCapacityIsKept() throws Exception {
        Pair pair = pair(1500);
        int capacity = pair.a().sendCapacity();
        assertThat(capacity).isPositive();
        for (int i = 0; i < capacity; i++) {
            put(pair.a(), pair.b().address().value(), i, 60);
        }
        assertThat(pair.a().sendCapacity()).isZero();
        assertThat(pair.a().claim()).isNull();
        pair.a().flush();
        int arrived = Math.min(capacity, pair.b().receiveCapacity());
        List<Integer> got = serials(pair.b(), arrived);
        for (int i = 0; i < arrived; i++) {
            assertThat(got.get(i)).isEqualTo(i);
        }
    }

    @Test
    void receiveCapacityIsKeptWithFullFramesAndOverflowIsCounted() throws Exception {
        Pair pair = pair(1500);
        int capacity = pair.b().receiveCapacity();
        int sent = 0;
        // Some links hold more than they promise.
        while (sent < capacity || (sent < 100 * capacity && pair.b().counters().receiveDropped() == 0)) {
            if (awaitSendCapacity(pair.a()) == 0) {
                throw new AssertionError("nothing leaves " + pair.a());
            }
            put(pair.a(), pair.b().address().value(), sent++, 1514);
            pair.a().flush();
        }
        List<Integer> got = serials(pair.b(), capacity);
        for (int i = 0; i < capacity; i++) {
            assertThat(got.get(i)).isEqualTo(i);
        }
        // What was dropped was dropped whole; whatever did fit beyond the promise is in order too.
        int[] last = {capacity - 1};
        int more = pair.b()
                .receive(
                        f -> {
                            assertThat(f.bytes().getInt(SERIAL)).isGreaterThan(last[0]);
                            last[0] = f.bytes().getInt(SERIAL);
                        },
                        sent);
        assertThat(pair.b().counters().receiveDropped()).isPositive().isEqualTo(sent - capacity - more);
        put(pair.a(), pair.b().address().value(), sent, 60);
        pair.a().flush();
        assertThat(serials(pair.b(), 1)).containsExactly(sent);
    }

    /** A driver may keep slots for a while after the flush. */
    private static int awaitSendCapacity(EthernetLink link) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        try (LinkWaiter waiter = LinkWaiter.of(List.of(link))) {
            while (link.sendCapacity() == 0 && System.nanoTime() < end) {
                link.flush();
                waiter.await(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
        return link.sendCapacity();
    }

    @Test
    void tooLongAndTooShortFramesAreDroppedAndCounted() throws Exception {
        Pair pair = pair(1500);
        put(pair.a(), pair.b().address().value(), 1, 60);
        put(pair.a(), pair.b().address().value(), 2, 1515);
        assertThat(pair.a().claim()).isNotNull();
        pair.a().commit(13);
        put(pair.a(), pair.b().address().value(), 3, 1514);
        pair.a().flush();
        assertThat(serials(pair.b(), 2)).containsExactly(1, 3);
        assertThat(pair.a().counters().sendDropped()).isEqualTo(2);
        assertThat(pair.a().counters().sent()).isEqualTo(2);
    }

    @Test
    void theLimitIsKept() throws Exception {
        Pair pair = pair(1500);
        for (int i = 0; i < 5; i++) {
            put(pair.a(), pair.b().address().value(), i, 60);
        }
        pair.a().flush();
        assertThat(serials(pair.b(), 1)).containsExactly(0);
        assertThat(serials(pair.b(), 2)).containsExactly(1, 2);
        assertThat(serials(pair.b(), 2)).containsExactly(3, 4);
    }

    @Test
    void aReplyMayBeWrittenWhileTheRequestIsHandled() throws Exception {
        Pair pair = pair(1500);
        put(pair.a(), pair.b().address().value(), 9, 100);
        pair.a().flush();
        int[] answered = {0};
        try (LinkWaiter waiter = LinkWaiter.of(List.of(pair.b()))) {
            while (answered[0] == 0) {
                pair.b()
                        .receive(
                                request -> {
                                    Frame reply = pair.b().claim();
                                    assertThat(reply).isNotNull();
                                    reply.bytes().put(0, request.bytes(), 0, request.length());
                                    EthernetHeader.write(
                                            reply.bytes(),
                                            0,
                                            EthernetHeader.source(request.bytes(), 0),
                                            pair.b().address().value());
                                    reply.bytes().putInt(SERIAL, 10);
                                    pair.b().commit(request.length());
                                    request.bytes().putInt(SERIAL, -1); // may be changed in place
                                    answered[0]++;
                                },
                                16);
                waiter.await(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
        pair.b().flush();
        assertThat(serials(pair.a(), 1)).containsExactly(10);
    }

    @Test
    void aHandlerThatThrowsLosesOnlyItsFrame() throws Exception {
        Pair pair = pair(1500);
        for (int i = 0; i < 3; i++) {
            put(pair.a(), pair.b().address().value(), i, 60);
        }
        pair.a().flush();
        assertThat(serials(pair.b(), 1)).containsExactly(0);
        assertThatThrownBy(() -> {
                    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
                    while (System.nanoTime() < end) {
                        pair.b()
                                .receive(
                                        f -> {
                                            throw new IllegalArgumentException("no");
                                        },
                                        1);
                    }
                })
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no");
        assertThat(serials(pair.b(), 1)).containsExactly(2);
    }

    @Test
    void alignmentIsAsPromised() throws Exception {
        Pair pair = pair(9000);
        int send = pair.a().capabilities().sendAlignment();
        int receive = pair.b().capabilities().receiveAlignment();
        for (int i = 0;
                i < Math.min(20, Math.min(pair.a().sendCapacity(), pair.b().receiveCapacity()));
                i++) {
            Frame frame = pair.a().claim();
            assertThat(frame).isNotNull();
            assertThat(frame.data().alignmentOffset(0, send)).isZero();
            put(pair.a(), pair.b().address().value(), i, 36 + 8192);
            pair.a().flush();
            int[] seen = {0};
            try (LinkWaiter waiter = LinkWaiter.of(List.of(pair.b()))) {
                while (seen[0] == 0) {
                    pair.b()
                            .receive(
                                    f -> {
                                        assertThat(f.data().alignmentOffset(0, receive))
                                                .isZero();
                                        assertThat(f.data().get(0))
                                                .isEqualTo(f.bytes().get(36));
                                        seen[0]++;
                                    },
                                    1);
                    waiter.await(TimeUnit.MILLISECONDS.toNanos(20));
                }
            }
        }
    }

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
