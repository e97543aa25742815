package io.diskless.aoe.initiator;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** One path, one target: what goes over the wire and what comes out. */
class AoeDiskTest {
    @Test
    void readsAndWritesAnySizeInPiecesOfTwoSectors() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 4096, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            assertThat(disk.geometry().size()).isEqualTo(4096 * 512);
            byte[] data = Bench.pattern(513 * 512, 7);
            bench.write(disk, 5 * 512, data);
            assertThat(Arrays.copyOfRange(target.disk, 5 * 512, 518 * 512)).isEqualTo(data);
            assertThat(bench.read(disk, 5 * 512, data.length)).isEqualTo(data);
            assertThat(target.seen.stream()
                            .filter(ScriptedTarget.Seen::isWrite)
                            .mapToInt(ScriptedTarget.Seen::count)
                            .max())
                    .hasValue(2);
            assertThat(target.seen).allMatch(s -> s.tag() < 0, "bit 31 of the tag");
            DiskSnapshot snapshot = disk.snapshot();
            assertThat(snapshot.reads()).isEqualTo(1);
            assertThat(snapshot.bytesWritten()).isEqualTo(data.length);
            assertThat(snapshot.paths().get(0).retransmissions()).isZero();
            assertThat(snapshot.underWay()).isZero();
        }
    }

    @Test
    void leavesPositionAndLimitAlone() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 64, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            ByteBuffer buffer = ByteBuffer.allocateDirect(4096).position(1024).limit(3072);
            bench.join(disk.writeAsync(512, buffer, 0));
            assertThat(buffer.position()).isEqualTo(1024);
            assertThat(buffer.limit()).isEqualTo(3072);
            bench.join(disk.readAsync(512, buffer));
            assertThat(buffer.position()).isEqualTo(1024);
            assertThat(target.executedWrites).isEqualTo(2);
        }
    }

    @Test
    void sendsAgainWhatWasLost() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 1024, 1);
            int[] count = new int[1];
            target.lose = s -> s.opcode() != AtaCommand.IDENTIFY && s.opcode() >= 0 && ++count[0] % 5 == 0;
            target.loseAnswer = s -> s.opcode() != AtaCommand.IDENTIFY && s.opcode() >= 0 && count[0] % 7 == 0;
            AoeDisk disk = bench.open(DiskOptions.defaults());
            byte[] data = Bench.pattern(1024 * 512, 3);
            bench.write(disk, 0, data);
            assertThat(bench.read(disk, 0, data.length)).isEqualTo(data);
            PathSnapshot path = disk.snapshot().paths().get(0);
            assertThat(path.retransmissions()).isPositive();
            assertThat(path.overtaken()).as("fast retransmissions").isPositive();
            List<ScriptedTarget.Seen> ata =
                    target.seen.stream().filter(s -> s.opcode() >= 0).toList();
            assertThat(ata.stream().map(ScriptedTarget.Seen::tag))
                    .as("each copy has its own tag")
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void failsAtTheDeadlineAndWorksWhenTheTargetIsBack() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 1024, 1);
            AoeDisk disk = bench.open(
                    DiskOptions.builder().deadline(Duration.ofSeconds(3)).build());
            byte[] data = Bench.pattern(8 * 512, 1);
            bench.write(disk, 0, data);
            target.lose = s -> true;
            long before = bench.segment.clock().getAsLong();
            BlockException e = bench.failure(disk.readAsync(4 * 512, ByteBuffer.allocate(4096)));
            assertThat(e.kind()).isEqualTo(BlockException.Kind.TIMEOUT);
            assertThat(e.offset()).isEqualTo(4 * 512);
            assertThat(e).hasMessageContaining("e1.2").hasMessageContaining("3000 ms");
            assertThat(bench.segment.clock().getAsLong() - before).isBetween(3 * Bench.SECOND, 3100 * Bench.MILLI);
            target.lose = s -> false;
            before = bench.segment.clock().getAsLong();
            assertThat(bench.read(disk, 0, data.length)).isEqualTo(data);
            assertThat(bench.segment.clock().getAsLong() - before).isLessThan(1100 * Bench.MILLI);
        }
    }

    @Test
    void aRequestUnderWayOutlivesARestartOfTheTarget() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 1024, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            target.lose = s -> true;
            byte[] data = Bench.pattern(1024 * 512, 9);
            CompletableFuture<Void> write = disk.writeAsync(0, ByteBuffer.wrap(data), 0);
            bench.pass(5 * Bench.SECOND);
            assertThat(write).isNotDone();
            target.lose = s -> false;
            target.announce();
            long before = bench.segment.clock().getAsLong();
            bench.join(write);
            assertThat(bench.segment.clock().getAsLong() - before)
                    .as("an announcement makes it look at once")
                    .isLessThan(200 * Bench.MILLI);
            assertThat(target.disk).isEqualTo(data);
        }
    }

    @Test
    void tellsAtaErrorsWithTheFirstFailingOffset() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 1024, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            target.ataError = s -> s.isRead() && s.lba() >= 6 ? AtaStatus.ERR_UNCORRECTABLE : 0;
            BlockException e = bench.failure(disk.readAsync(0, ByteBuffer.allocate(64 * 512)));
            assertThat(e.kind()).isEqualTo(BlockException.Kind.MEDIUM);
            assertThat(e.offset()).isEqualTo(6 * 512);
            target.ataError = s -> s.isWrite() ? AtaStatus.ERR_ABORTED : 0;
            e = bench.failure(disk.writeAsync(512, ByteBuffer.allocate(512), 0));
            assertThat(e.kind()).isEqualTo(BlockException.Kind.READ_ONLY);
            target.ataError = s -> s.isWrite() ? AtaStatus.ERR_NOT_FOUND : 0;
            e = bench.failure(disk.writeAsync(512, ByteBuffer.allocate(512), 0));
            assertThat(e.kind()).isEqualTo(BlockException.Kind.OUT_OF_RANGE);
            target.ataError = s -> 0;
            bench.read(disk, 0, 512);
            assertThat(disk.snapshot().underWay()).isZero();
        }
    }

    @Test
    void failsAtOnceWhenReservedAndTriesAgainWhenUnavailable() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 1024, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            target.aoeError = s -> s.isRead() ? AoeHeader.ERR_RESERVED : 0;
            long before = bench.segment.clock().getAsLong();
            BlockException e = bench.failure(disk.readAsync(0, ByteBuffer.allocate(512)));
            assertThat(e.kind()).isEqualTo(BlockException.Kind.STALE);
            assertThat(bench.segment.clock().getAsLong() - before).isLessThan(5 * Bench.MILLI);
            int[] refusals = {3};
            target.aoeError = s -> s.isRead() && refusals[0]-- > 0 ? AoeHeader.ERR_UNAVAILABLE : 0;
            bench.read(disk, 0, 512);
            assertThat(bench.segment.clock().getAsLong() - before).isBetween(300 * Bench.MILLI, 400 * Bench.MILLI);
        }
    }

    @Test
    void flushesByTheCommandThatTheTargetTakes() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 1024, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            assertThat(disk.durability()).isEqualTo(Durability.FLUSH_EXT);
            bench.join(disk.flushAsync());
            bench.join(disk.writeAsync(0, ByteBuffer.allocate(2048), BlockDevice.FUA));
            List<Integer> order = target.seen.stream()
                    .map(ScriptedTarget.Seen::opcode)
                    .filter(o -> o > 0 && o != AtaCommand.IDENTIFY)
                    .toList();
            assertThat(order)
                    .containsExactly(
                            AtaCommand.FLUSH_EXT, AtaCommand.WRITE_EXT, AtaCommand.WRITE_EXT, AtaCommand.FLUSH_EXT);
            target.ataError = s -> s.opcode() == AtaCommand.FLUSH_EXT ? AtaStatus.ERR_ABORTED : 0;
            bench.join(disk.flushAsync());
            assertThat(disk.durability()).isEqualTo(Durability.FLUSH);
            target.ataError = s -> s.opcode() == AtaCommand.FLUSH ? AtaStatus.ERR_ABORTED : 0;
            BlockException e = bench.failure(disk.flushAsync());
            assertThat(e.kind()).isEqualTo(BlockException.Kind.NOT_SUPPORTED);
            assertThat(disk.durability()).isEqualTo(Durability.NONE);
            e = bench.failure(disk.writeAsync(0, ByteBuffer.allocate(512), BlockDevice.FUA));
            assertThat(e).hasMessageContaining("assumeDurable");
        }
    }

    @Test
    void aSlowFlushDoesNotMakeThePathSuspect() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 1024, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            bench.read(disk, 0, 4096);
            ScriptedTarget.Seen[] flush = new ScriptedTarget.Seen[1];
            target.lose = s -> {
                boolean is = s.opcode() == AtaCommand.FLUSH_EXT;
                flush[0] = is ? s : flush[0];
                return is;
            };
            CompletableFuture<Void> done = disk.flushAsync();
            bench.pass(4 * Bench.SECOND);
            assertThat(done).isNotDone();
            assertThat(disk.snapshot().paths().get(0).state()).isEqualTo(PathState.UP);
            assertThat(disk.snapshot().paths().get(0).demotions()).isZero();
            target.answer(flush[0], true);
            flush[0].link().flush();
            bench.join(done);
        }
    }

    @Test
    void dropsForgedAndLateAnswersAndCountsThem() {
        try (Bench bench = new Bench(1500, 2, InitiatorOptions.builder())) {
            ScriptedTarget target = bench.target(1500, 1024, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            ScriptedTarget.Seen[] held = new ScriptedTarget.Seen[1];
            target.lose = s -> {
                boolean first = s.isRead() && held[0] == null;
                held[0] = first ? s : held[0];
                return first;
            };
            ByteBuffer into = ByteBuffer.allocate(1024);
            CompletableFuture<Void> read = disk.readAsync(0, into);
            bench.until(() -> held[0] != null, Bench.SECOND);
            InitiatorSnapshot before = bench.initiator.snapshot();
            Forger forger = new Forger(bench, held[0]);
            forger.send(forger.otherSource(), 1024, f -> {});
            forger.send(target.links.get(0), 1024, f -> f.put(23, (byte) (f.get(23) ^ 1)));
            forger.send(target.links.get(0), 512, f -> {});
            forger.send(target.links.get(0), 1024, f -> f.put(14, (byte) 0x10));
            forger.send(target.links.get(0), 1024, f -> f.put(18, (byte) 9));
            forger.send(target.links.get(0), 1024, f -> f.put(19, (byte) 2));
            bench.pass(Bench.MILLI);
            assertThat(read).isNotDone();
            InitiatorSnapshot after = bench.initiator.snapshot();
            assertThat(after.wrongSource() - before.wrongSource())
                    .as("source, slot, command")
                    .isEqualTo(3);
            assertThat(after.unknownTag() - before.unknownTag()).isEqualTo(1);
            assertThat(after.wrongLength() - before.wrongLength()).isEqualTo(1);
            assertThat(after.verdicts()).containsKey(io.diskless.aoe.wire.Verdict.NOT_RESPONSE);
            bench.join(read);
            assertThat(into.array()).as("nothing forged got in").containsOnly(0);
            // The first copy's own answer comes late: good, and of no use any more.
            target.answer(held[0], true);
            target.links.get(0).flush();
            bench.pass(Bench.MILLI);
            assertThat(bench.initiator.snapshot().late()).isEqualTo(1);
            target.answer(held[0], true);
            target.links.get(0).flush();
            bench.pass(Bench.MILLI);
            assertThat(bench.initiator.snapshot().unknownTag()).isEqualTo(after.unknownTag() + 1);
        }
    }

    /** Answers a request with what no honest target sends. */
    private static final class Forger {
        private final Bench bench;
        private final ScriptedTarget.Seen request;
        private io.diskless.aoe.link.EthernetLink other;

        Forger(Bench bench, ScriptedTarget.Seen request) {
            this.bench = bench;
            this.request = request;
        }

        io.diskless.aoe.link.EthernetLink otherSource() {
            if (other == null) {
                other = bench.segment.attach("mallory", io.diskless.cluster.net.MacAddress.of(0x0200_0000_0099L), 1500);
            }
            return other;
        }

        void send(io.diskless.aoe.link.EthernetLink from, int data, java.util.function.Consumer<ByteBuffer> change) {
            ByteBuffer f = from.claim().bytes();
            io.diskless.aoe.wire.EthernetHeader.write(
                    f, 0, request.source(), from.address().value());
            AoeHeader.write(f, 14, AoeHeader.FLAG_RESPONSE, 0, 1, 2, 0, request.tag());
            io.diskless.aoe.wire.AtaFields.write(f, 14, 0x40, 0, 0, 0x40, 0);
            for (int i = 0; i < data; i++) {
                f.put(36 + i, (byte) 0x66);
            }
            change.accept(f);
            from.commit(36 + data);
            from.flush();
        }
    }

    @Test
    void refusesWhatTheGeometryForbids() {
        try (Bench bench = new Bench(1500)) {
            bench.target(1500, 1024, 1);
            AoeDisk disk = bench.open(DiskOptions.builder().readOnly(true).build());
            assertThat(bench.failure(disk.readAsync(1023 * 512, ByteBuffer.allocate(1024)))
                            .kind())
                    .isEqualTo(BlockException.Kind.OUT_OF_RANGE);
            assertThat(bench.failure(disk.readAsync(1, ByteBuffer.allocate(512)))
                            .kind())
                    .isEqualTo(BlockException.Kind.MISALIGNED);
            assertThat(bench.failure(disk.writeAsync(0, ByteBuffer.allocate(512), 0))
                            .kind())
                    .isEqualTo(BlockException.Kind.READ_ONLY);
            Bench.Count discard = new Bench.Count();
            disk.discard(0, 512, discard);
            bench.until(() -> discard.ended() == 1, Bench.SECOND);
            assertThat(discard.failures).hasSize(1);
        }
    }

    @Test
    void endsWhatIsUnderWayWhenClosed() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 1024, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            target.lose = s -> true;
            Bench.Count count = new Bench.Count();
            for (int i = 0; i < 100; i++) {
                disk.read(0, ByteBuffer.allocate(4096), count);
            }
            bench.pass(Bench.MILLI);
            disk.close();
            disk.read(0, ByteBuffer.allocate(512), count);
            assertThat(count.failures).hasSize(101);
            assertThat(count.failures).allMatch(e -> e.kind() == BlockException.Kind.CLOSED);
            target.lose = s -> false;
            AoeDisk again = bench.open(DiskOptions.defaults());
            bench.read(again, 0, 512);
        }
    }
}
