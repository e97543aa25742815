package io.diskless.drbd.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/**
 * A sender's log and a receiver's epochs, joined by two sockets that keep their order each but not with one another, and
 * disks that finish in any order. Every acknowledgement fits; what depends on an earlier write never goes to the disk
 * before it is stable; nothing is left over.
 */
class EpochsProperties {
    @Property(tries = 2000)
    void whatTheReceiverCountsIsWhatTheSenderExpects(
            @ForAll Random random,
            @ForAll @IntRange(min = 1, max = 60) int writes,
            @ForAll @IntRange(min = 1, max = 9) int max) {
        Pair pair = new Pair(random, max, true);
        pair.run(writes);

        assertThat(pair.log.writes()).isZero();
        assertThat(pair.log.waitingEpochs()).isZero();
        assertThat(pair.epochs.unfinished()).isZero();
        assertThat(pair.released).isEqualTo(pair.sent);
    }

    @Property(tries = 500)
    void withoutOrderTheCountsFitAsWell(
            @ForAll Random random,
            @ForAll @IntRange(min = 1, max = 60) int writes,
            @ForAll @IntRange(min = 1, max = 9) int max) {
        Pair pair = new Pair(random, max, false);
        pair.run(writes);

        assertThat(pair.log.waitingEpochs()).isZero();
        assertThat(pair.released).isEqualTo(pair.sent);
    }

    @Property(tries = 500)
    void aLostConnectionGivesBackWhatIsNotStable(
            @ForAll Random random,
            @ForAll @IntRange(min = 1, max = 60) int writes,
            @ForAll @IntRange(min = 1, max = 9) int max) {
        Pair pair = new Pair(random, max, true);
        for (int i = 0; i < writes; i++) {
            pair.submit();
            pair.step();
        }
        int next = pair.sent - pair.released;
        List<TransferLog.Write> lost = new ArrayList<>();

        pair.log.drain(lost::add);

        assertThat(lost).hasSize(next).isSortedAccordingTo((a, b) -> ((Sent) a).order - ((Sent) b).order);
        assertThat(pair.log.writes()).isZero();
        assertThat(pair.log.waitingEpochs()).isZero();
        assertThat(pair.log.barrierDue()).isFalse();
        Set<Integer> used = new HashSet<>(pair.numbers);
        pair.log.add(new Sent(0));
        pair.log.close();
        assertThat(used.add(pair.log.takeBarrier()))
                .as("a number that was not used")
                .isTrue();
    }

    private static final class Sent extends TransferLog.Write {
        final int order;
        /** Writes that were complete when this one was sent: it may depend on them. */
        final List<Sent> before = new ArrayList<>();

        boolean stable;
        boolean onDisk;

        Sent(int order) {
            this.order = order;
        }
    }

    /** On the data socket: a write, or a barrier. */
    private record Packet(@Nullable Sent write, int barrier) {}

    /** On the meta socket: the ack of a write, or of a barrier. */
    private record Ack(@Nullable Sent write, int barrier, int count) {}

    /** A write at the receiver. */
    private record Received(Sent write, ReceiverEpochs.Epoch epoch) {}

    private static final class Pair {
        final Random random;
        final TransferLog log;
        final ReceiverEpochs epochs;
        final boolean ordered;
        final Deque<Packet> data = new ArrayDeque<>();
        final Deque<Ack> meta = new ArrayDeque<>();
        final List<Received> waiting = new ArrayList<>();
        final List<Received> disk = new ArrayList<>();
        final List<Sent> complete = new ArrayList<>();
        final List<Integer> numbers = new ArrayList<>();
        ReceiverEpochs.@Nullable Epoch flushing;
        /** What the disk holds but no flush has covered. */
        final List<Sent> volatileWrites = new ArrayList<>();

        int sent;
        int released;

        Pair(Random random, int max, boolean ordered) {
            this.random = random;
            this.ordered = ordered;
            this.log = new TransferLog(max, -2);
            this.epochs = new ReceiverEpochs(ordered);
        }

        void run(int writes) {
            while (sent < writes || !data.isEmpty() || !meta.isEmpty() || epochs.unfinished() > 0 || log.writes() > 0) {
                if (sent < writes && random.nextInt(3) == 0) {
                    submit();
                } else if (sent == writes && data.isEmpty() && random.nextInt(10) == 0) {
                    // After an idle time the last epoch is ended too.
                    log.close();
                    barrier();
                }
                step();
            }
        }

        void submit() {
            if (random.nextInt(10) == 0) {
                log.close();
            }
            barrier();
            Sent w = new Sent(sent++);
            w.before.addAll(complete);
            log.add(w);
            data.add(new Packet(w, 0));
        }

        private void barrier() {
            if (log.barrierDue()) {
                int number = log.takeBarrier();
                numbers.add(number);
                data.add(new Packet(null, number));
            }
        }

        void step() {
            switch (random.nextInt(4)) {
                case 0 -> receive();
                case 1 -> startAndFinish();
                case 2 -> flush();
                default -> acknowledge();
            }
        }

        private void receive() {
            Packet p = data.poll();
            if (p == null) {
                return;
            }
            if (p.write == null) {
                epochs.barrier(p.barrier);
                return;
            }
            Received r = new Received(p.write, epochs.receive());
            waiting.add(r);
        }

        private void startAndFinish() {
            waiting.removeIf(r -> {
                boolean start = epochs.mayStart(r.epoch);
                if (start) {
                    if (ordered) {
                        assertThat(r.write.before).allMatch(b -> b.stable);
                    }
                    disk.add(r);
                }
                return start;
            });
            if (!disk.isEmpty()) {
                Received r = disk.remove(random.nextInt(disk.size()));
                r.write.onDisk = true;
                volatileWrites.add(r.write);
                meta.add(new Ack(r.write, 0, 0));
                epochs.finished(r.epoch);
            }
        }

        private void flush() {
            if (flushing == null) {
                flushing = epochs.due();
                return;
            }
            ReceiverEpochs.Epoch done = flushing;
            flushing = null;
            volatileWrites.forEach(w -> w.stable = true);
            volatileWrites.clear();
            if (epochs.flushed(done)) {
                meta.add(new Ack(null, done.barrier(), done.count()));
            }
            epochs.forget(done);
        }

        private void acknowledge() {
            Ack ack = meta.poll();
            if (ack == null) {
                return;
            }
            if (ack.write == null) {
                TransferLog.Verdict verdict = log.onBarrierAck(ack.barrier, ack.count, w -> {
                    assertThat(((Sent) w).onDisk)
                            .as("released writes were acknowledged before")
                            .isTrue();
                    assertThat(w.isLogged()).isFalse();
                    released++;
                });
                assertThat(verdict).isEqualTo(TransferLog.Verdict.ACCEPTED);
            } else {
                complete.add(ack.write);
                log.completed(ack.write);
            }
        }
    }
}
