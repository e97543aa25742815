package io.diskless.aoe.target;

import static io.diskless.aoe.target.Bench.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.link.SegmentPort;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Write-through on a device whose forced writes are slow: many writes share a flush, and none is answered before it. */
class GatheredWritesTest {
    /** A clock that forced writes and flushes move on: a disk whose flush takes a millisecond. */
    private static final class SlowFlush implements BlockDevice {
        private final MemoryDevice memory = MemoryDevice.create(64 * 512);
        private final AtomicLong clock;
        private final AtomicInteger flushes = new AtomicInteger();
        private final AtomicInteger forced = new AtomicInteger();
        private final AtomicInteger unflushed = new AtomicInteger();
        private volatile boolean failing;
        private volatile boolean throwing;
        private volatile boolean exhausted;
        private volatile boolean holding;
        private volatile long forcedTakes = 1_000_000;
        private volatile long flushTakes = 1_000_000;
        private final ConcurrentLinkedQueue<Completion> held = new ConcurrentLinkedQueue<>();

        SlowFlush(AtomicLong clock) {
            this.clock = clock;
        }

        @Override
        public BlockGeometry geometry() {
            return memory.geometry();
        }

        @Override
        public boolean completesInline() {
            return true;
        }

        @Override
        public void read(long offset, ByteBuffer dst, Completion done) {
            memory.read(offset, dst, done);
        }

        @Override
        public void write(long offset, ByteBuffer src, int flags, Completion done) {
            if ((flags & FUA) != 0) {
                forced.getAndIncrement();
                clock.addAndGet(forcedTakes);
            } else {
                unflushed.getAndIncrement();
            }
            if (exhausted) {
                throw new StackOverflowError("made by a test");
            }
            memory.write(offset, src, 0, done);
        }

        @Override
        public void flush(Completion done) {
            flushes.getAndIncrement();
            unflushed.set(0);
            clock.addAndGet(flushTakes);
            if (throwing) {
                throw new IllegalStateException("made by a test");
            } else if (holding) {
                held.add(done);
            } else if (failing) {
                done.failed(new BlockException(BlockException.Kind.MEDIUM, BlockException.NO_OFFSET, "flush"));
            } else {
                done.completed();
            }
        }

        @Override
        public void discard(long offset, long length, Completion done) {
            memory.discard(offset, length, done);
        }

        @Override
        public void writeZeroes(long offset, long length, Completion done) {
            memory.writeZeroes(offset, length, done);
        }

        @Override
        public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
            return memory.onGeometryChange(listener);
        }

        @Override
        public void close() throws BlockException {
            memory.close();
        }
    }

    private final AtomicLong clock = new AtomicLong();
    private final EthernetSegment segment = EthernetSegment.virtual();
    private final SegmentPort client = segment.attach("c", Bench.CLIENT, 1500);
    private final SlowFlush device = new SlowFlush(clock);
    private final AoeTarget target =
            AoeTarget.create(TargetOptions.builder().clock(clock::get).build());

    private List<byte[]> run() {
        List<byte[]> got = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            target.poll();
            client.receive(
                    frame -> {
                        byte[] copy = new byte[frame.length()];
                        frame.bytes().get(0, copy);
                        got.add(copy);
                    },
                    64);
        }
        return got;
    }

    private void slowWrites(int count) {
        for (int i = 0; i < count; i++) {
            Bench.send(client, Bench.write(1000 + i, i, Bench.sectors(1, i)));
            assertThat(run()).hasSize(1);
        }
    }

    @Test
    void aPauseOfTheMachineDoesNotMakeWritesGather() throws Exception {
        target.attach(segment.attach("t", Bench.TARGET, 1500));
        target.export(Bench.E1_2, device, ExportOptions.defaults());
        run();
        for (int i = 0; i < 200; i++) {
            device.forcedTakes = i % 40 == 20 ? 10_000_000 : 2_000;
            Bench.send(client, Bench.write(10 + i, i % 32, Bench.sectors(1, i)));
            assertThat(run()).hasSize(1);
        }
        assertThat(device.forced.get()).isEqualTo(200);
        assertThat(device.flushes.get()).isZero();
        target.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 6, 7})
    void noWriteOvertakesAGroupWhenTheDeviceHasBecomeQuick(int slow) throws Exception {
        target.attach(segment.attach("t", Bench.TARGET, 1500));
        target.export(Bench.E1_2, device, ExportOptions.defaults());
        run();
        slowWrites(slow);
        device.forcedTakes = 2_000;
        device.flushTakes = 2_000;
        List<Integer> sent = new ArrayList<>();
        List<Integer> answered = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            // The first is being flushed while the second comes, and the third comes while the second waits.
            device.holding = true;
            for (int k = 0; k < 3; k++) {
                int tag = 10 + 3 * i + k;
                sent.add(tag);
                Bench.send(client, Bench.write(tag, tag % 32, Bench.sectors(1, tag)));
                run().forEach(a -> answered.add(tag(a)));
            }
            device.holding = false;
            while (!device.held.isEmpty()) {
                device.held.remove().completed();
                run().forEach(a -> answered.add(tag(a)));
            }
        }
        assertThat(answered).isEqualTo(sent);
        assertThat(device.forced.get()).as("forced again once that was quick").isGreaterThan(100);
        assertThat(device.unflushed.get()).isZero();
        target.close();
    }

    private static int tag(byte[] answer) {
        return ByteBuffer.wrap(answer).getInt(20);
    }

    @Test
    void manyWritesShareAFlush() throws Exception {
        target.attach(segment.attach("t", Bench.TARGET, 1500));
        target.export(Bench.E1_2, device, ExportOptions.defaults());
        run();
        slowWrites(3);
        assertThat(device.forced.get()).isEqualTo(3);
        // They took a millisecond each: from here on writes gather.
        for (int i = 0; i < 32; i++) {
            Bench.send(client, Bench.write(10 + i, i, Bench.sectors(1, i)));
        }
        List<byte[]> answers = run();
        assertThat(answers).hasSize(32).allMatch(a -> Bench.status(a) == 0x40);
        assertThat(device.forced.get()).isEqualTo(3);
        assertThat(device.flushes.get()).isEqualTo(1);
        assertThat(device.unflushed.get()).isZero();
        device.failing = true;
        Bench.send(client, Bench.write(99, 7, Bench.sectors(1, 99)));
        answers = run();
        assertThat(answers).hasSize(1);
        assertThat(Bench.status(answers.get(0))).isEqualTo(0x41);
        assertThat(Bench.error(answers.get(0))).isEqualTo(0x40);
        device.failing = false;
        // A failed write may be repeated with its tag.
        Bench.send(client, Bench.write(99, 7, Bench.sectors(1, 99)));
        assertThat(run()).hasSize(1).allMatch(a -> Bench.status(a) == 0x40);
        target.close();
    }

    @Test
    void writesThatGatheredWhenTheLinkWasClosedAreFlushedAllTheSame() throws Exception {
        SegmentPort port = segment.attach("t", Bench.TARGET, 1500);
        target.attach(port);
        Export export = target.export(Bench.E1_2, device, ExportOptions.defaults());
        run();
        slowWrites(3);
        device.holding = true;
        Bench.send(client, Bench.write(2, 1, Bench.sectors(1, 2)));
        run();
        assertThat(device.flushes.get()).isEqualTo(1);
        // Comes during the flush, and gathers for the next.
        Bench.send(client, Bench.write(3, 2, Bench.sectors(1, 3)));
        run();
        assertThat(device.held).hasSize(1);
        port.close();
        device.held.remove().completed();
        run();
        assertThat(device.flushes.get()).isEqualTo(2);
        device.held.remove().completed();
        assertThat(export.underWay()).isZero();
        device.holding = false;
        target.close();
    }

    @Test
    void aFlushThatThrowsFailsItsGroupAndNoOther() throws Exception {
        target.attach(segment.attach("t", Bench.TARGET, 1500));
        Export export = target.export(Bench.E1_2, device, ExportOptions.defaults());
        run();
        slowWrites(3);
        device.throwing = true;
        Bench.send(client, Bench.write(2, 1, Bench.sectors(1, 2)));
        assertThat(run()).hasSize(1).allMatch(a -> Bench.status(a) == 0x41);
        assertThat(export.underWay()).isZero();
        device.throwing = false;
        Bench.send(client, Bench.write(3, 1, Bench.sectors(1, 3)));
        assertThat(run()).hasSize(1).allMatch(a -> Bench.status(a) == 0x40);
        target.close();
    }

    @Test
    void anErrorInAGatheredWriteLosesNoRequest() throws Exception {
        target.attach(segment.attach("t", Bench.TARGET, 1500));
        Export export = target.export(Bench.E1_2, device, ExportOptions.defaults());
        run();
        slowWrites(3);
        device.exhausted = true;
        int more = 2 * TargetOptions.defaults().requestsPerPort();
        for (int i = 0; i < more; i++) {
            Bench.send(client, Bench.write(10 + i, 1, Bench.sectors(1, i)));
            assertThatThrownBy(target::poll).isInstanceOf(StackOverflowError.class);
        }
        device.exhausted = false;
        assertThat(export.underWay()).isZero();
        assertThat(export.lock().held()).isZero();
        Bench.send(client, Bench.write(3, 1, Bench.sectors(1, 3)));
        assertThat(run()).hasSize(1).allMatch(a -> Bench.status(a) == 0x40);
        target.close();
    }

    /** A port with a thread, a group whose flush is under way, and a second group that gathered meanwhile. */
    private Export twoGroups(SegmentPort port, SegmentPort sender) throws Exception {
        target.attach(port);
        Export export = target.export(Bench.E1_2, device, ExportOptions.defaults());
        target.start();
        for (int i = 1; i <= 3; i++) {
            int slow = i;
            Bench.send(sender, Bench.write(1000 + i, 0, Bench.sectors(1, i)));
            await().until(() -> device.forced.get() == slow && export.underWay() == 0);
        }
        device.holding = true;
        Bench.send(sender, Bench.write(2, 1, Bench.sectors(1, 2)));
        await().until(() -> device.held.size() == 1);
        Bench.send(sender, Bench.write(3, 2, Bench.sectors(1, 3)));
        await().until(() -> export.underWay() == 2);
        return export;
    }

    private void endsCleanly(Export export) throws Exception {
        device.held.remove().completed();
        await().until(() -> device.held.size() == 1);
        device.held.remove().completed();
        await().until(() -> export.underWay() == 0);
        device.holding = false;
        target.close();
    }

    @Test
    void aSecondGroupIsFlushedThoughTheLinkWasClosedDuringTheFirst() throws Exception {
        EthernetSegment real = EthernetSegment.realTime();
        SegmentPort port = real.attach("closing", Bench.TARGET, 1500);
        Export export = twoGroups(port, real.attach("c", Bench.CLIENT, 1500));
        port.close();
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(t -> t.getName().equals("aoe-target-closing")));
        endsCleanly(export);
    }

    @Test
    void aSecondGroupIsFlushedThoughTheLinkWasDetachedDuringTheFirst() throws Exception {
        EthernetSegment real = EthernetSegment.realTime();
        SegmentPort port = real.attach("t", Bench.TARGET, 1500);
        Export export = twoGroups(port, real.attach("c", Bench.CLIENT, 1500));
        target.detach(port);
        endsCleanly(export);
    }

    @Test
    void aPolledPortThatIsDetachedLeavesNoGroupBehind() throws Exception {
        SegmentPort port = segment.attach("t", Bench.TARGET, 1500);
        target.attach(port);
        Export export = target.export(Bench.E1_2, device, ExportOptions.defaults());
        run();
        slowWrites(3);
        device.holding = true;
        Bench.send(client, Bench.write(2, 1, Bench.sectors(1, 2)));
        run();
        Bench.send(client, Bench.write(3, 2, Bench.sectors(1, 3)));
        run();
        assertThat(device.held).hasSize(1);
        target.detach(port);
        endsCleanly(export);
    }
}
