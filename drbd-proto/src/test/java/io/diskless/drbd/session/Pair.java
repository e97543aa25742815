package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.state.ConnectionChart;
import io.diskless.drbd.wire.VolumeState;
import io.netty.channel.local.LocalAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Two resources in this process that are each other's peer. */
final class Pair implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(Integer.getInteger("diskless.patience", 60));
    private static final AtomicInteger NUMBER = new AtomicInteger();

    final DrbdTransport transport = DrbdTransport.inMemory();
    final MemoryDevice diskA;
    final MemoryDevice diskB;
    final Side a;
    final Side b;

    /** One of the two, and all that happened to it. */
    static final class Side {
        final DrbdResource resource;
        final List<DrbdEvent> events = new CopyOnWriteArrayList<>();
        /** Changes of the connection's state that the chart does not know. */
        final List<DrbdEvent> uncharted = new CopyOnWriteArrayList<>();

        private @Nullable Side other;

        Side(DrbdOptions options) {
            try {
                resource = DrbdResource.open(options);
            } catch (io.diskless.drbd.DrbdException e) {
                throw new IllegalStateException(e);
            }
            resource.onEvent(events::add);
            resource.onEvent(e -> {
                if (e instanceof DrbdEvent.StateChanged s
                        && !ConnectionChart.leads(
                                s.before().connection(), s.after().connection())) {
                    uncharted.add(s);
                }
            });
        }

        private String other() {
            Side o = other;
            return o == null ? "" : "\npeer at " + o.state() + " after " + o.events;
        }

        VolumeState state() {
            return resource.state(0);
        }

        void await(Predicate<VolumeState> wanted) {
            try {
                Awaitility.await().atMost(PATIENCE).pollDelay(Duration.ZERO).until(() -> wanted.test(state()));
            } catch (org.awaitility.core.ConditionTimeoutException e) {
                throw new AssertionError("stuck at " + state() + " after " + events + other(), e);
            }
        }

        void awaitState(String text) {
            await(s -> s.toString().startsWith(text));
        }
    }

    static NetOptions.Builder fast() {
        return NetOptions.builder()
                .ping(Duration.ofSeconds(10), Duration.ofSeconds(20))
                .connectInterval(Duration.ofMillis(300))
                .settle(Duration.ofMillis(20));
    }

    Pair(NetOptions net) {
        this(o -> o.net(net), o -> o.net(net), 1 << 20);
    }

    Pair(UnaryOperator<DrbdOptions.Builder> forA, UnaryOperator<DrbdOptions.Builder> forB, long size) {
        this(forA, forB, size, null);
    }

    /** With another volume on side a, if one is given. */
    Pair(
            UnaryOperator<DrbdOptions.Builder> forA,
            UnaryOperator<DrbdOptions.Builder> forB,
            long size,
            @Nullable VolumeOptions volumeA) {
        int n = NUMBER.incrementAndGet();
        LocalAddress addressA = new LocalAddress("a" + n);
        LocalAddress addressB = new LocalAddress("b" + n);
        diskA = MemoryDevice.create(size);
        diskB = MemoryDevice.create(size);
        a = new Side(forA.apply(DrbdOptions.builder("r1")
                        .addresses(addressA, addressB)
                        .transport(transport)
                        .volume(volumeA == null ? VolumeOptions.volatileMeta(0, diskA) : volumeA))
                .build());
        b = new Side(forB.apply(DrbdOptions.builder("r1")
                        .addresses(addressB, addressA)
                        .transport(transport)
                        .volume(VolumeOptions.volatileMeta(0, diskB)))
                .build());
        a.other = b;
        b.other = a;
    }

    void connect() {
        a.resource.connect();
        b.resource.connect();
    }

    @Override
    public void close() {
        // Whatever a test has left: not all of it has an orderly end.
        a.resource.abort();
        b.resource.abort();
        transport.close();
        assertThat(a.uncharted).isEmpty();
        assertThat(b.uncharted).isEmpty();
    }
}
