package io.diskless.netboot.tftp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What sends and what receives, with each other over a network that loses, doubles and reorders; time is virtual. */
class ReceptionProperties {
    private static final int BLOCK = 8;
    private static final long OACK = -1;
    private static final TftpServerOptions LIMITS = TftpServerOptions.builder()
            .listen(new InetSocketAddress(0))
            .maxRepeats(100)
            .maxUnprovenRepeats(100)
            .build();

    private record Flight(long at, long order, boolean toServer, long block) implements Comparable<Flight> {
        @Override
        public int compareTo(Flight other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    private static final class World {
        final Random random;
        final int loss;
        final int doubling;
        final long blocks;
        final PriorityQueue<Flight> air = new PriorityQueue<>();
        final Transfer sender;
        final Reception receiver;
        long now;
        long order;
        long answers;
        long stored;
        boolean sending;
        TftpOutcome sent = TftpOutcome.SERVER_CLOSED;
        TftpOutcome received = TftpOutcome.SERVER_CLOSED;

        World(long seed, int loss, int doubling, long blocks, int window, boolean withOack) {
            this.random = new Random(seed);
            this.loss = loss;
            this.doubling = doubling;
            this.blocks = blocks;
            Negotiation client = new Negotiation(BLOCK, window, OptionalInt.empty(), Map.of());
            Map<String, String> answer = withOack ? Map.of("windowsize", Integer.toString(window)) : Map.of();
            this.sender = new Transfer(new Sending(), client, LIMITS);
            this.receiver =
                    new Reception(new Keeping(), new Negotiation(BLOCK, window, OptionalInt.empty(), answer), LIMITS);
        }

        private final class Sending implements Transfer.Port {
            @Override
            public void oack() {
                throw new AssertionError("a client sends no OACK");
            }

            @Override
            public boolean data(long index) {
                fly(true, index);
                return index == blocks;
            }

            @Override
            public void flush() {
                // Nothing is held back here.
            }

            @Override
            public void ended(TftpOutcome outcome) {
                sent = outcome;
            }
        }

        private final class Keeping implements Reception.Port {
            @Override
            public void oack() {
                answers++;
                fly(false, OACK);
            }

            @Override
            public void acknowledge(long block) {
                answers++;
                fly(false, block);
            }

            @Override
            public boolean take(ByteBuffer payload, boolean last) {
                stored++;
                assertThat(payload.getInt(0)).as("the next block and no other").isEqualTo((int) stored);
                assertThat(last).isEqualTo(stored == blocks);
                return true;
            }

            @Override
            public void tooLong() {
                throw new AssertionError("no block was too long");
            }

            @Override
            public void ended(TftpOutcome outcome) {
                received = outcome;
            }
        }

        void fly(boolean toServer, long block) {
            if (random.nextInt(100) < loss) {
                return;
            }
            int copies = random.nextInt(100) < doubling ? 2 : 1;
            for (int i = 0; i < copies; i++) {
                air.add(new Flight(now + 1 + random.nextInt(50_000_000), order++, toServer, block));
            }
        }

        void arrive(Flight flight) {
            if (flight.toServer()) {
                ByteBuffer payload = ByteBuffer.allocate(flight.block() == blocks ? BLOCK - 1 : BLOCK);
                receiver.data((int) (flight.block() & 0xffff), payload.putInt(0, (int) flight.block()), now);
            } else if (!sending) {
                if (flight.block() <= 0) {
                    sending = true;
                    sender.start(now);
                }
            } else if (flight.block() > 0) {
                sender.acknowledged((int) (flight.block() & 0xffff), now);
            }
        }

        void run() {
            receiver.start(now);
            while (!(receiver.hasEnded() && sender.hasEnded())) {
                long alarm = Math.min(
                        receiver.hasEnded() ? Long.MAX_VALUE : receiver.deadline(),
                        !sending || sender.hasEnded() ? Long.MAX_VALUE : sender.deadline());
                Flight next = air.peek();
                if (next != null && next.at() <= alarm) {
                    now = air.remove().at();
                    arrive(next);
                } else {
                    now = Math.max(now, alarm);
                    receiver.tick(now);
                    if (sending) {
                        sender.tick(now);
                    }
                }
            }
        }
    }

    @Property
    void theFileArrivesWholeOverABadNetwork(
            @ForAll long seed,
            @ForAll @IntRange(max = 40) int loss,
            @ForAll @IntRange(max = 30) int doubling,
            @ForAll @IntRange(min = 1, max = 300) int blocks,
            @ForAll @IntRange(min = 1, max = 64) int window) {
        World world = new World(seed, loss, doubling, blocks, window, true);
        world.run();
        assertThat(world.received).isEqualTo(TftpOutcome.COMPLETED);
        assertThat(world.stored).isEqualTo(blocks);
        // The receiver is still there, so the sender hears the last acknowledgement at last.
        assertThat(world.sent).isEqualTo(TftpOutcome.COMPLETED);
    }

    @Property
    void withoutLossEveryWindowIsAcknowledgedOnce(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int blocks, @ForAll boolean withOack) {
        World world = new World(seed, 0, 0, blocks, 1, withOack);
        world.run();
        assertThat(world.received).isEqualTo(TftpOutcome.COMPLETED);
        assertThat(world.answers).isEqualTo(1 + blocks);
    }
}
