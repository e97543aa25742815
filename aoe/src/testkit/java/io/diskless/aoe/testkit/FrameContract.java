package io.diskless.aoe.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.link.LinkWaiter;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The first part of {@link EthernetLinkContract}: frames, slots, limits. */
abstract class FrameContract extends LinkBench {
    @Test
    void framesArriveWholeAndInOrder() throws Exception {
        EthernetLinkContract.Pair pair = pair(1500);
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
        EthernetLinkContract.Pair pair = pair(9000);
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
        EthernetLinkContract.Pair pair = pair(1500);
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
        EthernetLinkContract.Pair pair = pair(1500);
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
        EthernetLinkContract.Pair pair = pair(1500);
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
        EthernetLinkContract.Pair pair = pair(1500);
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
        EthernetLinkContract.Pair pair = pair(1500);
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
        EthernetLinkContract.Pair pair = pair(1500);
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
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
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
        EthernetLinkContract.Pair pair = pair(1500);
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
        EthernetLinkContract.Pair pair = pair(1500);
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
        EthernetLinkContract.Pair pair = pair(1500);
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
        EthernetLinkContract.Pair pair = pair(1500);
        for (int i = 0; i < 3; i++) {
            put(pair.a(), pair.b().address().value(), i, 60);
        }
        pair.a().flush();
        assertThat(serials(pair.b(), 1)).containsExactly(0);
        assertThatThrownBy(() -> {
                    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
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
        EthernetLinkContract.Pair pair = pair(9000);
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
}
