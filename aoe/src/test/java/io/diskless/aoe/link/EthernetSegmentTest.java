package io.diskless.aoe.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The segment on its virtual clock: what each impairment does, to the frame. */
class EthernetSegmentTest {
    private static final int SERIAL = 20;
    private static final long MICRO = 1_000;
    private static final long MILLI = 1_000_000;

    private final EthernetSegment segment = EthernetSegment.virtual();
    private final SegmentPort a = segment.attach("a", MacAddress.parse("52:54:00:00:00:0a"), 1500);
    private final SegmentPort b = segment.attach("b", MacAddress.parse("52:54:00:00:00:0b"), 1500);
    private final SegmentPort c = segment.attach("c", MacAddress.parse("52:54:00:00:00:0c"), 9000);

    private static void send(EthernetLink from, MacAddress to, int serial, int length) {
        Frame frame = from.claim();
        assertThat(frame).isNotNull();
        EthernetHeader.write(frame.bytes(), 0, to.value(), from.address().value());
        frame.bytes().putInt(SERIAL, serial);
        from.commit(length);
        from.flush();
    }

    private static List<Integer> drain(EthernetLink link) {
        List<Integer> serials = new ArrayList<>();
        link.receive(f -> serials.add(f.bytes().getInt(SERIAL)), Integer.MAX_VALUE);
        return serials;
    }

    @Test
    void broadcastReachesAllOthersAndUnicastOne() {
        send(a, MacAddress.BROADCAST, 1, 60);
        send(a, c.address(), 2, 60);
        send(a, MacAddress.parse("52:54:00:00:00:0d"), 3, 60);
        assertThat(drain(b)).containsExactly(1);
        assertThat(drain(c)).containsExactly(1, 2);
        assertThat(drain(a)).isEmpty();
        assertThat(segment.counters().delivered()).isEqualTo(3);
        assertThat(segment.counters().unknown()).isEqualTo(1);
    }

    @Test
    void aDelayIsKeptToTheNanosecond() {
        a.outbound(Impairment.builder()
                .delay(Duration.ofNanos(100 * MICRO), Duration.ZERO)
                .build());
        send(a, b.address(), 1, 60);
        segment.advance(100 * MICRO - 1);
        assertThat(drain(b)).isEmpty();
        assertThat(segment.inTransit()).isEqualTo(1);
        segment.advance(1);
        assertThat(drain(b)).containsExactly(1);
        assertThat(segment.inTransit()).isZero();
    }

    @Test
    void theWaiterMovesTheTimeToTheNextDelivery() {
        b.inbound(
                Impairment.builder().delay(Duration.ofMillis(3), Duration.ZERO).build());
        send(a, b.address(), 1, 60);
        try (LinkWaiter waiter = LinkWaiter.of(List.of(b))) {
            // The departure signalled the waiter once.
            waiter.await(10 * MILLI);
            waiter.await(10 * MILLI);
            assertThat(segment.clock().getAsLong()).isEqualTo(3 * MILLI);
            assertThat(drain(b)).containsExactly(1);
            waiter.await(10 * MILLI);
            waiter.await(10 * MILLI);
            assertThat(segment.clock().getAsLong()).isEqualTo(23 * MILLI);
        }
    }

    @Test
    void chancesComeOutAsAsked() {
        a.outbound(Impairment.builder().loss(0.1).duplication(0.05).seed(42).build());
        int sent = 20_000;
        int got = 0;
        for (int i = 0; i < sent; i++) {
            send(a, b.address(), i, 60);
            got += drain(b).size();
        }
        SegmentCounters counters = segment.counters();
        // Five standard deviations of a binomial count.
        assertThat(counters.lost()).isBetween(2000L - 212, 2000L + 212);
        assertThat(counters.duplicated()).isBetween(900L - 150, 900L + 150);
        assertThat(got).isEqualTo(sent - (int) counters.lost() + (int) counters.duplicated());
    }

    @Test
    void theSameSeedGivesTheSameRunAndAnotherSeedAnother() {
        assertThat(run(7)).isEqualTo(run(7)).isNotEqualTo(run(8));
    }

    private static List<Integer> run(long seed) {
        EthernetSegment s = EthernetSegment.virtual();
        SegmentPort from = s.attach("x", MacAddress.parse("52:54:00:00:00:01"), 1500);
        SegmentPort to = s.attach("y", MacAddress.parse("52:54:00:00:00:02"), 1500);
        from.outbound(Impairment.builder()
                .loss(0.2)
                .duplication(0.2)
                .reorder(0.2, Duration.ofNanos(50))
                .delay(Duration.ofNanos(10), Duration.ofNanos(30))
                .truncation(0.1)
                .seed(seed)
                .build());
        List<Integer> seen = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            send(from, to.address(), i, 1000);
            s.advance(5);
            to.receive(f -> seen.add(f.bytes().getInt(SERIAL) * 10_000 + f.length()), Integer.MAX_VALUE);
        }
        return seen;
    }

    @Test
    void heldFramesAreOvertaken() {
        a.outbound(Impairment.builder().reorder(1, Duration.ofMillis(1)).build());
        send(a, b.address(), 1, 60);
        a.outbound(Impairment.NONE);
        send(a, b.address(), 2, 60);
        segment.advance(MILLI);
        assertThat(drain(b)).containsExactly(2, 1);
        assertThat(segment.counters().reordered()).isEqualTo(1);
    }

    @Test
    void truncatedFramesKeepTheirHeaderAndStart() {
        a.outbound(Impairment.builder().truncation(1).build());
        for (int i = 0; i < 100; i++) {
            send(a, b.address(), i, 1000);
            assertThat(b.receive(f -> assertThat(f.length()).isBetween(15, 999), 1))
                    .isEqualTo(1);
        }
        assertThat(segment.counters().truncated()).isEqualTo(100);
    }

    @Test
    void aSwitchWithoutJumboFramesLosesThemSilently() {
        SegmentPort d = segment.attach("d", MacAddress.parse("52:54:00:00:00:0d"), 9000);
        c.outbound(Impairment.builder().longest(1500).build());
        send(c, d.address(), 1, 9014);
        send(c, d.address(), 2, 1515);
        send(c, d.address(), 3, 1514);
        assertThat(drain(d)).containsExactly(3);
        assertThat(segment.counters().lost()).isEqualTo(2);
        assertThat(c.counters().sendDropped()).isZero();
    }

    @Test
    void aReceiverRefusesWhatItsMtuDoesNotAllow() {
        send(c, b.address(), 1, 9014);
        send(c, b.address(), 2, 1514);
        assertThat(drain(b)).containsExactly(2);
        assertThat(b.counters().refused()).isEqualTo(1);
    }

    @Test
    void aRateLimitSpacesFramesAndDropsWhatItsQueueDoesNotHold() {
        // 1000 bytes at 1 Gbit/s are 8 us.
        a.outbound(Impairment.builder()
                .rate(1_000_000_000L, Duration.ofNanos(16 * MICRO))
                .build());
        for (int i = 0; i < 5; i++) {
            send(a, b.address(), i, 1000);
        }
        assertThat(segment.counters().congested()).isEqualTo(2);
        for (int i = 0; i < 3; i++) {
            assertThat(segment.advanceToNext(MILLI)).isEqualTo(8 * MICRO);
            assertThat(drain(b)).containsExactly(i);
        }
    }

    @Test
    void partitionsCutBothWaysAndHeal() {
        segment.partition(a, b);
        send(a, b.address(), 1, 60);
        send(b, a.address(), 2, 60);
        send(a, MacAddress.BROADCAST, 3, 60);
        assertThat(drain(a)).isEmpty();
        assertThat(drain(b)).isEmpty();
        assertThat(drain(c)).containsExactly(3);
        segment.heal();
        segment.cut(a, b);
        send(a, b.address(), 4, 60);
        send(b, a.address(), 5, 60);
        assertThat(drain(a)).containsExactly(5);
        assertThat(drain(b)).isEmpty();
        assertThat(segment.counters().unreachable()).isEqualTo(4);
    }

    @Test
    void changesAreToldOnThePollingThreadAndTheLinkComesBack() {
        List<String> heard = new ArrayList<>();
        b.listener(new LinkListener() {
            @Override
            public void onState(EthernetLink link, LinkState state) {
                heard.add(state.name());
            }

            @Override
            public void onMtu(EthernetLink link, int mtu) {
                heard.add("mtu " + mtu);
            }
        });
        b.state(LinkState.DOWN);
        assertThat(heard).isEmpty();
        send(a, b.address(), 1, 60);
        send(b, a.address(), 2, 60);
        assertThat(drain(b)).isEmpty();
        assertThat(drain(a)).isEmpty();
        assertThat(b.counters().sendDropped()).isEqualTo(1);
        b.state(LinkState.GONE);
        drain(b);
        b.state(LinkState.UP);
        b.mtu(576);
        drain(b);
        b.mtu(9000);
        drain(b);
        assertThat(heard).containsExactly("DOWN", "GONE", "UP", "mtu 576", "mtu 1500");
        assertThat(b.counters().stateChanges()).isEqualTo(5);
        send(a, b.address(), 3, 60);
        assertThat(drain(b)).containsExactly(3);
    }

    @Test
    void framesOnTheirWayToAPortThatWentDownAreLost() {
        b.inbound(
                Impairment.builder().delay(Duration.ofMillis(1), Duration.ZERO).build());
        send(a, b.address(), 1, 60);
        b.state(LinkState.DOWN);
        segment.advance(MILLI);
        b.state(LinkState.UP);
        assertThat(drain(b)).isEmpty();
        assertThat(segment.counters().unreachable()).isEqualTo(1);
    }

    @Test
    void runUntilPollsBeforeItMovesTheTime() {
        a.outbound(
                Impairment.builder().delay(Duration.ofMillis(5), Duration.ZERO).build());
        send(a, b.address(), 1, 60);
        List<Integer> seen = new ArrayList<>();
        assertThat(segment.runUntil(
                        () -> !seen.isEmpty(),
                        () -> b.receive(f -> seen.add(f.bytes().getInt(SERIAL)), 10),
                        MILLI,
                        100 * MILLI))
                .isTrue();
        assertThat(segment.clock().getAsLong()).isEqualTo(5 * MILLI);
        assertThat(segment.runUntil(() -> false, () -> 0, MILLI, 10 * MILLI)).isFalse();
        assertThat(segment.clock().getAsLong()).isEqualTo(15 * MILLI);
    }

    @Test
    void addressesAreUniqueAmongOpenPortsAndFreeAgainAfterClose() {
        assertThatThrownBy(() -> segment.attach("again", a.address(), 1500)).hasMessageContaining("port a already");
        assertThatThrownBy(() -> segment.attach("all", MacAddress.BROADCAST, 1500))
                .hasMessageContaining("group address");
        a.close();
        assertThat(segment.attach("again", a.address(), 1500).state()).isEqualTo(LinkState.UP);
    }

    @Test
    void aRealTimeSegmentsClockIsNotMoved() {
        assertThatThrownBy(() -> EthernetSegment.realTime().advance(1)).isInstanceOf(IllegalStateException.class);
    }
}
