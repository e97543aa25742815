package io.diskless.aoe.initiator;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.link.Impairment;
import io.diskless.aoe.link.LinkState;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Several ways to one target: spreading, failover, return; and how large frames may be on each. */
class PathsTest {
    /** Two ports of ours, two of the target, each pair on an Ethernet of its own. */
    private static ScriptedTarget twoPaths(Bench bench, int mtu) {
        ScriptedTarget target = bench.target(mtu, 4096, 2);
        bench.segment.partition(bench.ports.get(0), target.links.get(1));
        bench.segment.partition(bench.ports.get(1), target.links.get(0));
        return target;
    }

    private static Bench twoPorts(int mtu) {
        return new Bench(mtu, 2, InitiatorOptions.builder());
    }

    @Test
    void spreadsOverAllPaths() {
        try (Bench bench = twoPorts(1500)) {
            twoPaths(bench, 1500);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            bench.pass(Bench.MILLI);
            bench.write(disk, 0, Bench.pattern(4096 * 512, 1));
            List<PathSnapshot> paths = disk.snapshot().paths();
            assertThat(paths).hasSize(2);
            assertThat(paths).allSatisfy(p -> assertThat(p.bytesWritten()).isGreaterThan(4096 * 512 / 4));
        }
    }

    @Test
    void aCutPathCostsTensOfMillisecondsAndIsTakenBack() {
        try (Bench bench = twoPorts(1500)) {
            ScriptedTarget target = twoPaths(bench, 1500);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            bench.write(disk, 0, Bench.pattern(256 * 512, 1));
            bench.segment.partition(bench.ports.get(0), target.links.get(0));
            long cut = bench.segment.clock().getAsLong();
            byte[] data = Bench.pattern(1024 * 512, 2);
            bench.write(disk, 256 * 512, data);
            assertThat(bench.segment.clock().getAsLong() - cut)
                    .as("failover in well under a second")
                    .isLessThan(50 * Bench.MILLI);
            PathSnapshot gone = path(disk, "our0");
            assertThat(gone.state()).isEqualTo(PathState.SUSPECT);
            assertThat(gone.demotions()).isOne();
            assertThat(bench.read(disk, 256 * 512, data.length)).isEqualTo(data);
            bench.segment.heal();
            bench.segment.partition(bench.ports.get(0), target.links.get(1));
            bench.segment.partition(bench.ports.get(1), target.links.get(0));
            long healed = bench.segment.clock().getAsLong();
            assertThat(bench.until(() -> path(disk, "our0").state() == PathState.UP, 5 * Bench.SECOND))
                    .isTrue();
            assertThat(bench.segment.clock().getAsLong() - healed).isLessThan(1100 * Bench.MILLI);
            long before = path(disk, "our0").bytesWritten();
            bench.write(disk, 2048 * 512, data);
            assertThat(path(disk, "our0").bytesWritten()).isGreaterThan(before);
        }
    }

    @Test
    void aPortThatGoesDownUnderLoadIsLeftAtOnce() {
        try (Bench bench = twoPorts(1500)) {
            twoPaths(bench, 1500);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            List<String> events = new ArrayList<>();
            bench.initiator.onTarget(new TargetListener() {
                @Override
                public void pathChanged(TargetInfo target, PathSnapshot path) {
                    events.add(path.interfaceName() + " " + path.state());
                }
            });
            bench.pass(Bench.MILLI);
            CompletableFuture<Void> write = disk.writeAsync(0, ByteBuffer.wrap(Bench.pattern(2048 * 512, 1)), 0);
            bench.initiator.poll();
            assertThat(path(disk, "our0").inFlight()).isPositive();
            bench.ports.get(0).state(LinkState.GONE);
            long down = bench.segment.clock().getAsLong();
            bench.join(write);
            assertThat(bench.segment.clock().getAsLong() - down).isLessThan(5 * Bench.MILLI);
            assertThat(path(disk, "our0").state()).isEqualTo(PathState.DOWN);
            bench.ports.get(0).state(LinkState.UP);
            bench.until(() -> path(disk, "our0").state() == PathState.UP, Bench.SECOND);
            assertThat(events).containsExactly("our0 DOWN", "our0 SUSPECT", "our0 UP");
        }
    }

    @Test
    void aPortThatComesBackWithAnotherAddressGoesOn() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 4096, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            bench.write(disk, 0, Bench.pattern(16 * 512, 1));
            MacAddress other = MacAddress.parse("02:00:00:00:00:77");
            bench.ports.get(0).address(other);
            bench.initiator.poll();
            target.seen.clear();
            byte[] data = Bench.pattern(16 * 512, 2);
            bench.write(disk, 0, data);
            assertThat(bench.read(disk, 0, data.length)).isEqualTo(data);
            assertThat(target.seen).isNotEmpty().allMatch(seen -> seen.source() == other.value());
        }
    }

    private static ScriptedTarget second(Bench bench, int sectors, String serial) {
        ScriptedTarget other = new ScriptedTarget(
                Bench.E1_2, sectors, bench.segment.attach("other", MacAddress.of(0x0200_0000_0099L), 1500));
        for (int i = 0; i < serial.length(); i += 2) {
            other.word(10 + i / 2, serial.charAt(i) << 8 | serial.charAt(i + 1));
        }
        bench.others.add(other::poll);
        return other;
    }

    @Test
    void aForgedAnnouncementDivertsNothing() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 4096, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            ScriptedTarget stranger = second(bench, 4096, "");
            stranger.lose = seen -> true;
            stranger.bufferCount = 1;
            stranger.announce();
            bench.initiator.poll();
            byte[] data = Bench.pattern(1024 * 512, 3);
            bench.write(disk, 0, data);
            assertThat(java.util.Arrays.copyOf(target.disk, data.length)).isEqualTo(data);
            assertThat(stranger.seen).noneMatch(ScriptedTarget.Seen::isWrite);
            bench.pass(5 * Bench.SECOND);
            assertThat(disk.snapshot().paths()).hasSize(1);
            assertThat(bench.initiator.targets().get(0).bufferCount()).isEqualTo(16);
        }
    }

    @Test
    void anotherDiskOfTheSameAddressIsNoPath() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 4096, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            List<String> conflicts = new ArrayList<>();
            bench.initiator.onTarget(new TargetListener() {
                @Override
                public void conflict(TargetInfo used, TargetInfo other) {
                    conflicts.add(used.address() + " of " + used.routes().get(0).remote() + " and of "
                            + other.routes().get(0).remote() + " with serial " + other.serial());
                    throw new AssertionError("what a listener throws harms nobody");
                }
            });
            ScriptedTarget impostor = second(bench, 4096, "IMPOSTOR");
            impostor.announce();
            bench.pass(Bench.SECOND);
            assertThat(conflicts)
                    .as("told once, however often it answers")
                    .containsExactly("e1.2 of 02:00:00:00:00:11 and of 02:00:00:00:00:99 with serial IMPOSTOR");
            byte[] data = Bench.pattern(1024 * 512, 4);
            bench.write(disk, 0, data);
            assertThat(java.util.Arrays.copyOf(target.disk, data.length)).isEqualTo(data);
            assertThat(impostor.seen).isNotEmpty().noneMatch(seen -> seen.isWrite() || seen.isRead());
            assertThat(bench.initiator.targets().get(0).routes()).hasSize(1);
        }
    }

    @Test
    void aDiskThatMovedToAStandbyMachineIsTaken() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 4096, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            target.lose = seen -> true;
            byte[] data = Bench.pattern(64 * 512, 5);
            CompletableFuture<Void> write = disk.writeAsync(0, ByteBuffer.wrap(data), 0);
            bench.pass(Bench.SECOND);
            ScriptedTarget standby = second(bench, 4096, "STANDBY1");
            standby.announce();
            bench.join(write);
            assertThat(java.util.Arrays.copyOf(standby.disk, data.length)).isEqualTo(data);
        }
    }

    @Test
    void theOnlyPortDownForAWhileIsAPauseAndNoError() {
        try (Bench bench = new Bench(1500)) {
            bench.target(1500, 4096, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            bench.ports.get(0).state(LinkState.DOWN);
            CompletableFuture<Void> write = disk.writeAsync(0, ByteBuffer.allocate(1 << 20), 0);
            bench.pass(10 * Bench.SECOND);
            assertThat(write).isNotDone();
            bench.ports.get(0).state(LinkState.UP);
            long up = bench.segment.clock().getAsLong();
            bench.join(write);
            assertThat(bench.segment.clock().getAsLong() - up).isLessThan(100 * Bench.MILLI);
        }
    }

    @Test
    void largeFramesAreUsedWhenTheyPass() {
        try (Bench bench = new Bench(9000)) {
            ScriptedTarget target = bench.target(9000, 4096, 1);
            target.sectorCount = 17;
            AoeDisk disk = bench.open(DiskOptions.defaults());
            bench.pass(Bench.MILLI);
            assertThat(disk.snapshot().paths().get(0).sectorsPerFrame()).isEqualTo(16);
            target.seen.clear();
            bench.write(disk, 3 * 512, Bench.pattern(64 * 512, 1));
            assertThat(target.seen.stream().map(s -> s.lba() + "+" + s.count()))
                    .as("frames end at pages")
                    .containsExactly("3+13", "16+16", "32+16", "48+16", "64+3");
        }
    }

    @Test
    void largeFramesAreNotUsedWhereASwitchSwallowsThem() {
        try (Bench bench = new Bench(9000)) {
            ScriptedTarget target = bench.target(9000, 4096, 1);
            target.sectorCount = 17;
            bench.ports.get(0).inbound(Impairment.builder().longest(1500).build());
            AoeDisk disk = bench.open(DiskOptions.defaults());
            byte[] data = Bench.pattern(128 * 512, 1);
            bench.write(disk, 0, data);
            assertThat(bench.read(disk, 0, data.length)).isEqualTo(data);
            bench.pass(10 * Bench.SECOND);
            PathSnapshot path = disk.snapshot().paths().get(0);
            assertThat(path.sectorsPerFrame()).isEqualTo(2);
            assertThat(path.retransmissions())
                    .as("no data was ever risked on an unproved size")
                    .isZero();
        }
    }

    @Test
    void largeFramesAreGivenUpWhenTheyStopPassingAndUsedAgainLater() {
        try (Bench bench = new Bench(9000)) {
            ScriptedTarget target = bench.target(9000, 4096, 1);
            target.sectorCount = 17;
            AoeDisk disk = bench.open(DiskOptions.defaults());
            bench.pass(Bench.MILLI);
            byte[] data = Bench.pattern(256 * 512, 1);
            bench.write(disk, 0, data);
            bench.ports.get(0).outbound(Impairment.builder().longest(1500).build());
            bench.ports.get(0).inbound(Impairment.builder().longest(1500).build());
            long before = bench.segment.clock().getAsLong();
            byte[] other = Bench.pattern(64 * 512, 2);
            bench.write(disk, 512 * 512, other);
            assertThat(bench.segment.clock().getAsLong() - before)
                    .as("a black hole for large frames costs tens of milliseconds")
                    .isLessThan(200 * Bench.MILLI);
            assertThat(bench.read(disk, 512 * 512, other.length)).isEqualTo(other);
            assertThat(disk.snapshot().paths().get(0).sectorsPerFrame()).isEqualTo(2);
            bench.ports.get(0).outbound(Impairment.NONE);
            bench.ports.get(0).inbound(Impairment.NONE);
            assertThat(bench.until(() -> disk.snapshot().paths().get(0).sectorsPerFrame() == 16, 10 * Bench.SECOND))
                    .isTrue();
            assertThat(bench.read(disk, 0, data.length)).isEqualTo(data);
        }
    }

    @Test
    void aSmallerMtuUnderLoadCutsFramesSmaller() {
        try (Bench bench = new Bench(9000)) {
            ScriptedTarget target = bench.target(9000, 4096, 1);
            target.sectorCount = 17;
            AoeDisk disk = bench.open(DiskOptions.defaults());
            bench.pass(Bench.MILLI);
            byte[] data = Bench.pattern(1024 * 512, 1);
            CompletableFuture<Void> write = disk.writeAsync(0, ByteBuffer.wrap(data), 0);
            bench.initiator.poll();
            bench.ports.get(0).mtu(1500);
            bench.join(write);
            assertThat(target.disk).startsWith(data);
            assertThat(disk.snapshot().paths().get(0).sectorLimit()).isEqualTo(2);
            assertThat(target.seen.stream()
                            .filter(s -> s.opcode() == AtaCommand.WRITE_EXT)
                            .mapToInt(ScriptedTarget.Seen::count))
                    .contains(2);
        }
    }

    @Test
    void aLossHalvesTheWindowOnceAndItGrowsAgain() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 4096, 1);
            target.bufferCount = 64;
            AoeDisk disk = bench.open(DiskOptions.defaults());
            bench.write(disk, 0, Bench.pattern(2048 * 512, 1));
            assertThat(disk.snapshot().paths().get(0).window()).isEqualTo(64);
            int[] lost = {0};
            target.lose = s -> s.isWrite() && s.lba() >= 64 && s.lba() < 84 && lost[0]++ < 10;
            bench.write(disk, 0, Bench.pattern(200 * 512, 2));
            assertThat(lost[0]).isGreaterThanOrEqualTo(10);
            assertThat(disk.snapshot().paths().get(0).window())
                    .as("halved, not collapsed")
                    .isBetween(31, 50);
            bench.pass(3 * Bench.SECOND);
            bench.write(disk, 0, Bench.pattern(4096 * 512, 3));
            assertThat(disk.snapshot().paths().get(0).window()).isBetween(45, 64);
        }
    }

    private static PathSnapshot path(AoeDisk disk, String name) {
        return disk.snapshot().paths().stream()
                .filter(p -> p.interfaceName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
