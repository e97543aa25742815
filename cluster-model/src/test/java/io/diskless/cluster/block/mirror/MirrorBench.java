package io.diskless.cluster.block.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A mirror over legs that fail when told to. Time and background move when the test says so. */
abstract class MirrorBench {
    static final long SIZE = 1 << 20;
    static final long REGION = 16 << 10;

    final ManualScheduler time = new ManualScheduler();
    final List<MirrorEvent> events = new ArrayList<>();
    final List<MemoryDevice> disks = new ArrayList<>();
    final List<FaultyDevice> legs = new ArrayList<>();

    MirrorOptions.Builder options() {
        return MirrorOptions.builder()
                .regionSize(REGION)
                .resyncChunk(4096)
                .initialSync(InitialSync.ASSUME_IDENTICAL)
                .scheduler(time)
                .clock(time)
                .listener(events::add)
                .closeLegs(false);
    }

    Mirror create(int count) throws BlockException {
        return create(count, options().build());
    }

    Mirror create(int count, MirrorOptions options) throws BlockException {
        for (int i = 0; i < count; i++) {
            disks.add(MemoryDevice.create(SIZE));
            legs.add(FaultyDevice.of(disks.get(i)));
        }
        Mirror mirror = Mirror.create(legs, options);
        time.settle();
        events.clear();
        return mirror;
    }

    static ByteBuffer bytes(int value) {
        byte[] bytes = new byte[4096];
        java.util.Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }

    int byteAt(Mirror mirror, long offset) {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        assertThat(time.run(done -> mirror.read(offset, buffer, done))).isNull();
        return buffer.get(0);
    }

    int byteOn(int leg, Mirror mirror, long offset) throws BlockException {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        disks.get(leg).read(SIZE - mirror.geometry().size() + offset, buffer);
        return buffer.get(0);
    }

    void write(Mirror mirror, long offset, int value) {
        assertThat(time.run(done -> mirror.write(offset, bytes(value), 0, done)))
                .isNull();
    }

    LegState state(Mirror mirror, int leg) {
        return mirror.snapshot().legs().get(leg).state();
    }

    void assertIdentical(Mirror mirror) throws BlockException {
        ByteBuffer a = ByteBuffer.allocate((int) mirror.geometry().size());
        ByteBuffer b = ByteBuffer.allocate((int) mirror.geometry().size());
        for (int i = 1; i < disks.size(); i++) {
            disks.get(0).read(SIZE - a.capacity(), a);
            disks.get(i).read(SIZE - b.capacity(), b);
            assertThat(b.mismatch(a))
                    .as("first byte in which leg %d differs from leg 0", i)
                    .isEqualTo(-1);
        }
    }

    BlockException close(Mirror mirror) {
        return time.run(mirror::close);
    }
}
