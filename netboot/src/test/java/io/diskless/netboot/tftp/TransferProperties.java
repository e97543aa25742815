package io.diskless.netboot.tftp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The state machine and a simulated client over a network that loses, doubles and reorders; time is virtual. */
class TransferProperties {
    private static final TftpServerOptions LIMITS = TftpServerOptions.builder()
            .listen(new InetSocketAddress(0))
            .maxRepeats(100)
            .maxUnprovenRepeats(100)
            .build();

    /** A packet that arrives at a time; {@code order} breaks ties, so a seed gives one run. */
    private record Flight(long at, long order, boolean toClient, long block) implements Comparable<Flight> {
        @Override
        public int compareTo(Flight other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    /** Both ends and the network. The client speaks RFC 7440: it takes blocks in order and acknowledges gaps. */
    private static final class World implements Transfer.Port {
        private static final long OACK = -1;

        final Random random;
        final int loss;
        final int doubling;
        final long blocks;
        final int window;
        final PriorityQueue<Flight> air = new PriorityQueue<>();
        final Transfer transfer;
        long now;
        long order;
        long sent;
        long delivered;
        int inWindow;
        TftpOutcome outcome = TftpOutcome.SERVER_CLOSED;

        World(long seed, int loss, int doubling, long blocks, int window, boolean withOack) {
            this.random = new Random(seed);
            this.loss = loss;
            this.doubling = doubling;
            this.blocks = blocks;
            this.window = window;
            Map<String, String> answer = withOack ? Map.of("windowsize", Integer.toString(window)) : Map.of();
            transfer = new Transfer(this, new Negotiation(512, window, OptionalInt.empty(), answer), LIMITS);
        }

        void fly(boolean toClient, long block) {
            if (random.nextInt(100) < loss) {
                return;
            }
            int copies = random.nextInt(100) < doubling ? 2 : 1;
            for (int i = 0; i < copies; i++) {
                // Up to 50 ms, so packets overtake each other.
                air.add(new Flight(now + 1 + random.nextInt(50_000_000), order++, toClient, block));
            }
        }

        @Override
        public void oack() {
            sent++;
            fly(true, OACK);
        }

        @Override
        public boolean data(long index) {
            assertThat(index).as("never beyond the last block").isBetween(1L, blocks);
            sent++;
            fly(true, index);
            return index == blocks;
        }

        @Override
        public void flush() {
            // Nothing is held back here.
        }

        @Override
        public void ended(TftpOutcome how) {
            outcome = how;
        }

        void client(long block) {
            if (block == OACK) {
                if (delivered == 0) {
                    fly(false, 0);
                }
                return;
            }
            if (block == delivered + 1) {
                delivered++;
                inWindow++;
                if (inWindow >= window || delivered == blocks) {
                    inWindow = 0;
                    fly(false, delivered);
                }
            } else {
                inWindow = 0;
                fly(false, delivered);
            }
        }

        void run() {
            transfer.start(now);
            while (!transfer.hasEnded()) {
                Flight next = air.peek();
                if (next == null || next.at() > transfer.deadline()) {
                    now = Math.max(now, transfer.deadline());
                    transfer.tick(now);
                } else {
                    now = air.remove().at();
                    if (next.toClient()) {
                        client(next.block());
                    } else {
                        transfer.acknowledged((int) (next.block() & 0xffff), now);
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
        // With a hundred repeats a lost transfer would need a hundred losses in a row.
        assertThat(world.outcome).isEqualTo(TftpOutcome.COMPLETED);
        assertThat(world.delivered).isEqualTo(blocks);
    }

    @Property
    void inLockStepDuplicatesAndReorderingAddNoPacket(
            @ForAll long seed,
            @ForAll @IntRange(max = 100) int doubling,
            @ForAll @IntRange(min = 1, max = 300) int blocks,
            @ForAll boolean withOack) {
        World world = new World(seed, 0, doubling, blocks, 1, withOack);
        world.run();
        assertThat(world.outcome).isEqualTo(TftpOutcome.COMPLETED);
        assertThat(world.sent).isEqualTo(blocks + (withOack ? 1 : 0));
    }

    @Property
    void whatIsSentIsBoundedByProgressAndTimeouts(
            @ForAll long seed,
            @ForAll @IntRange(max = 30) int loss,
            @ForAll @IntRange(max = 100) int doubling,
            @ForAll @IntRange(min = 1, max = 300) int blocks,
            @ForAll @IntRange(min = 2, max = 16) int window) {
        World world = new World(seed, loss, doubling, blocks, window, true);
        world.run();
        // A position sends at most its window, once more when its first block is missed, and once for each timeout.
        assertThat(world.sent).isLessThanOrEqualTo(1 + window * (2L * blocks + 2 + world.transfer.repeats()));
    }
}
