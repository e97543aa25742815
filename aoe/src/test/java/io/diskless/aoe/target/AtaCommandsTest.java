package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.ata.TrimRanges;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Command 0, one command after the other, through the whole target. */
class AtaCommandsTest {
    private static final int SECTORS = 1000;
    private final Bench bench = new Bench();
    private MemoryDevice memory;
    private FaultyDevice device;
    private Export export;

    @BeforeEach
    void disk() throws Exception {
        memory = MemoryDevice.create(SECTORS * 512L);
        device = FaultyDevice.of(memory);
        export = bench.target.export(
                Bench.E1_2,
                device,
                ExportOptions.builder().writePolicy(WritePolicy.BUFFERED).build());
        bench.received();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    private static byte[] command(int opcode, int features, int count, long lba) {
        return Bench.ata(Bench.E1_2, 7, 0, features, count, opcode, lba);
    }

    private void fails(byte[] request, int error, long lba) {
        byte[] answer = bench.askOne(request);
        assertThat(Bench.aoeError(answer)).isZero();
        assertThat(Bench.status(answer)).isEqualTo(0x41);
        assertThat(Bench.error(answer)).isEqualTo(error);
        assertThat(Bench.lba(answer)).isEqualTo(lba);
        assertThat(answer).hasSize(60);
    }

    private byte[] succeeds(byte[] request) {
        byte[] answer = bench.askOne(request);
        assertThat(Bench.aoeError(answer)).isZero();
        assertThat(Bench.status(answer)).isEqualTo(0x40);
        return answer;
    }

    @Test
    void readsWhatWasWrittenByEveryOpcode() throws Exception {
        Map<Integer, Integer> pairs = Map.of(0x30, 0x20, 0x34, 0x24, 0x35, 0x25, 0xCA, 0xC8);
        int seed = 0;
        for (var pair : pairs.entrySet()) {
            byte[] data = Bench.sectors(2, ++seed);
            long lba = seed * 10L;
            succeeds(Bench.ata(Bench.E1_2, seed, 1, 0, 2, pair.getKey(), lba, data));
            byte[] answer = succeeds(Bench.ata(Bench.E1_2, seed + 100, 0, 0, 2, pair.getValue(), lba));
            assertThat(Bench.data(answer, 1024)).isEqualTo(data);
            ByteBuffer stored = ByteBuffer.allocate(1024);
            memory.read(lba * 512, stored);
            assertThat(stored.array()).isEqualTo(data);
        }
    }

    @Test
    void theOpcodeDecidesTheWidthOfTheAddress() {
        byte[] data = Bench.sectors(1, 3);
        succeeds(Bench.write(1, 0x1F, data));
        // 28 bits: the device register's high nibble and the bytes above it are no address.
        byte[] answer = succeeds(Bench.ata(Bench.E1_2, 2, 0x40, 0, 1, 0x20, 0xE000001FL));
        assertThat(Bench.data(answer, 512)).isEqualTo(data);
        assertThat(Bench.lba(answer)).isEqualTo(0xE000001FL);
        // 48 bits: they are.
        fails(Bench.ata(Bench.E1_2, 3, 0, 0, 1, 0x24, 0xE000001FL), 0x10, 0xE000001FL);
    }

    @Test
    void noSectorsMoveNoData() {
        byte[] answer = succeeds(Bench.read(1, 5, 0));
        assertThat(answer).hasSize(60);
        // Even beyond the end: no data, no failure.
        succeeds(Bench.read(2, SECTORS + 5, 0));
    }

    @Test
    void aRangeThatLeavesTheDiskNamesTheFirstBadSector() {
        fails(Bench.read(1, SECTORS - 1, 2), 0x10, SECTORS);
        fails(Bench.read(2, SECTORS + 7, 1), 0x10, SECTORS + 7);
        fails(Bench.write(3, SECTORS - 1, Bench.sectors(2, 1)), 0x10, SECTORS);
        fails(Bench.read(4, 0xFFFF_FFFF_FFFFL, 1), 0x10, 0xFFFF_FFFF_FFFFL);
        fails(command(0x20, 0, 1, 0xE000_0000L | SECTORS), 0x10, 0xE000_0000L | SECTORS);
        fails(command(0x42, 0, 255, SECTORS - 3), 0x10, SECTORS);
    }

    @Test
    void moreThanFitsAFrameIsAborted() {
        fails(Bench.read(1, 0, 3), 0x04, 0);
    }

    @Test
    void aReadOnlyExportAbortsWritesButTellsTheRangeFirst() {
        export.setReadOnly(true);
        fails(Bench.write(1, 5, Bench.sectors(1, 1)), 0x04, 5);
        fails(Bench.write(2, SECTORS, Bench.sectors(1, 1)), 0x10, SECTORS);
        fails(Bench.ata(Bench.E1_2, 3, 0x41, 1, 1, 0x06, 0, new byte[512]), 0x04, 0);
        succeeds(Bench.read(4, 5, 1));
        export.setReadOnly(false);
        succeeds(Bench.write(5, 5, Bench.sectors(1, 1)));
    }

    @Test
    void failuresOfTheDeviceKeepTheirMeaning() {
        device.fail(BlockException.Kind.MEDIUM, 20 * 512, 512, Op.READ).times(1);
        fails(Bench.read(1, 19, 2), 0x40, 20);
        device.fail(BlockException.Kind.NO_SPACE, Op.WRITE).times(1);
        fails(Bench.write(2, 3, Bench.sectors(1, 1)), 0x40, 3);
        device.fail(BlockException.Kind.CLOSED, Op.WRITE).times(1);
        fails(Bench.write(2, 3, Bench.sectors(1, 1)), 0x40, 3);
        device.fail(BlockException.Kind.READ_ONLY, Op.WRITE).times(1);
        fails(Bench.write(2, 3, Bench.sectors(1, 1)), 0x04, 3);
        device.fail(BlockException.Kind.TIMEOUT, Op.READ).times(1);
        fails(Bench.read(3, 3, 1), 0x40, 3);
        device.fail(BlockException.Kind.MEDIUM, Op.FLUSH).times(1);
        fails(command(0xE7, 0, 0, 0), 0x40, 0);
        device.fail(BlockException.Kind.MEDIUM, 700 * 512, 512, Op.READ).times(1);
        fails(command(0x40, 0, 200, 0xE0000000L | 600), 0x40, 0xE0000000L | 700);
    }

    @Test
    void flushReachesTheDevice() {
        device.hold(Op.FLUSH);
        assertThat(bench.ask(command(0xE7, 0, 0, 0))).isEmpty();
        assertThat(device.held()).isEqualTo(1);
        device.releaseAll();
        List<byte[]> answers = bench.received();
        assertThat(answers).hasSize(1);
        assertThat(Bench.status(answers.get(0))).isEqualTo(0x40);
        succeeds(command(0xEA, 0, 0, 0));
    }

    @Test
    void verifyReadsTheWholeRangeAndReturnsNothing() {
        byte[] answer = succeeds(command(0x42, 0, 255, 10));
        assertThat(answer).hasSize(60);
        succeeds(command(0x40, 0, 1, 0xE0000000L | (SECTORS - 1)));
        assertThat(bench.target.snapshot().export(Bench.E1_2).verifies()).isEqualTo(2);
    }

    @Test
    void trimDiscardsItsRanges() throws Exception {
        byte[] data = Bench.sectors(2, 9);
        for (int i = 0; i < 100; i += 2) {
            memory.write(i * 512L, ByteBuffer.wrap(data));
        }
        ByteBuffer ranges = ByteBuffer.allocate(512);
        TrimRanges.write(ranges, 0, 0, 0, 16);
        TrimRanges.write(ranges, 0, 5, 32, 16);
        succeeds(Bench.ata(Bench.E1_2, 1, 0x41, 1, 1, 0x06, 0, ranges.array()));
        assertThat(device.operations()).isGreaterThanOrEqualTo(2);
        // One entry outside: nothing at all is trimmed.
        long before = device.operations();
        TrimRanges.write(ranges, 0, 9, SECTORS - 1, 2);
        fails(Bench.ata(Bench.E1_2, 2, 0x41, 1, 1, 0x06, 0, ranges.array()), 0x10, 0);
        assertThat(device.operations()).isEqualTo(before);
        // Not TRIM: another feature of the same command.
        fails(Bench.ata(Bench.E1_2, 3, 0x41, 0, 1, 0x06, 0, new byte[512]), 0x04, 0);
        // A claim of two blocks with one in the frame.
        assertThat(Bench.aoeError(bench.askOne(Bench.ata(Bench.E1_2, 4, 0x41, 1, 2, 0x06, 0, new byte[512]))))
                .isEqualTo(2);
    }

    @Test
    void checkPowerSaysActive() {
        for (int opcode : new int[] {0xE5, 0x98}) {
            assertThat(succeeds(command(opcode, 0, 0, 0))[26] & 0xFF).isEqualTo(0xFF);
        }
    }

    @Test
    void smart() {
        long key = 0xC24F00L;
        byte[] answer = succeeds(command(0xB0, 0xD0, 1, key));
        assertThat(answer).hasSize(548);
        int sum = 0;
        for (int i = 36; i < 548; i++) {
            sum += answer[i];
        }
        assertThat(sum & 0xFF).isZero();
        assertThat(succeeds(command(0xB0, 0xD5, 1, key))).hasSize(548);
        assertThat(Bench.lba(succeeds(command(0xB0, 0xDA, 0, key)))).isEqualTo(key);
        succeeds(command(0xB0, 0xD8, 0, key));
        fails(command(0xB0, 0xD0, 1, 0), 0x04, 0);
        fails(command(0xB0, 0xD4, 0, key), 0x04, key);
        fails(command(0xB0, 0xD5, 1, key | 6), 0x04, key | 6);
        // A medium that failed is told.
        device.fail(BlockException.Kind.MEDIUM, Op.READ).times(1);
        bench.askOne(Bench.read(1, 0, 1));
        assertThat(Bench.lba(succeeds(command(0xB0, 0xDA, 0, key)))).isEqualTo(0x2CF400L);
    }

    private int word(int word) {
        byte[] answer = succeeds(command(0xEC, 0, 1, 0));
        return (answer[36 + 2 * word] & 0xFF) | ((answer[37 + 2 * word] & 0xFF) << 8);
    }

    @Test
    void theWriteCacheIsSwitchedAndTold() {
        assertThat(word(82) & 0x20).isEqualTo(0x20);
        assertThat(word(85) & 0x20).isEqualTo(0x20);
        succeeds(command(0xEF, 0x82, 0, 0));
        assertThat(word(85) & 0x20).isZero();
        assertThat(export.isWriteCacheOn()).isFalse();
        succeeds(command(0xEF, 0x02, 0, 0));
        assertThat(word(85) & 0x20).isEqualTo(0x20);
        fails(command(0xEF, 0x03, 0, 0), 0x04, 0);
    }

    @Test
    void switchingTheCacheOffFlushesFirst() {
        succeeds(Bench.write(1, 0, Bench.sectors(1, 1)));
        device.hold(Op.FLUSH);
        assertThat(bench.ask(command(0xEF, 0x82, 0, 0))).isEmpty();
        device.releaseAll();
        assertThat(bench.received()).hasSize(1);
    }

    @Test
    void anExportThatWritesThroughHasNoCacheToSwitchOn() throws Exception {
        export.close();
        export = bench.target.export(Bench.E1_2, device, ExportOptions.defaults());
        bench.received();
        assertThat(word(82) & 0x20).isZero();
        assertThat(word(85) & 0x20).isZero();
        fails(command(0xEF, 0x02, 0, 0), 0x04, 0);
        succeeds(command(0xEF, 0x82, 0, 0));
    }

    @Test
    void identifyTellsOfTrimOnlyWhereThereIsOne() throws Exception {
        assertThat(word(169) & 1).isEqualTo(memory.geometry().discardGranularity() > 0 ? 1 : 0);
        assertThat(word(83) & 0x0400).isEqualTo(0x0400);
        assertThat(word(86) & 0x0400).isEqualTo(0x0400);
    }

    @Test
    void whoAsksWhatTheDiskIsIsToldToTheListener() {
        TargetEvent asked = new TargetEvent.Identified(Bench.E1_2, Bench.CLIENT);
        succeeds(Bench.read(7, 0, 1));
        assertThat(bench.events).doesNotContain(asked);
        word(0);
        assertThat(bench.events).containsOnlyOnce(asked);
    }

    @Test
    void whatIsNotKnownAborts() {
        for (int opcode : new int[] {0x00, 0x08, 0xA1, 0xE0, 0xE1, 0xE2, 0xE3, 0xE6, 0x27, 0xF8, 0x5A, 0x7F, 0xFF}) {
            fails(command(opcode, 0, 0, 0), 0x04, 0);
        }
    }

    @Test
    void aBroadcastWriteIsDroppedAndABroadcastReadIsAnswered() {
        byte[] write = Bench.write(1, 0, Bench.sectors(1, 1));
        write[18] = (byte) 0xFF;
        assertThat(bench.ask(write)).isEmpty();
        byte[] read = Bench.read(2, 0, 1);
        read[16] = (byte) 0xFF;
        read[17] = (byte) 0xFF;
        byte[] answer = bench.askOne(read);
        assertThat(Bench.body(answer).substring(4, 10)).isEqualTo("000102");
        assertThat(bench.target.snapshot().ports().get(0).broadcastWrites()).isEqualTo(1);
    }

    @Test
    void anotherVersionGetsError5InVersion1() {
        byte[] request = Bench.read(9, 0, 1);
        request[14] = 0x20;
        byte[] answer = bench.askOne(request);
        assertThat(answer[14]).isEqualTo((byte) 0x1C);
        assertThat(Bench.aoeError(answer)).isEqualTo(5);
        assertThat(answer).hasSize(60);
    }

    @Test
    void responsesOtherStationsAndOtherExportsGetSilence() {
        byte[] response = Bench.read(1, 0, 1);
        response[14] |= 0x08;
        assertThat(bench.ask(response)).isEmpty();
        assertThat(bench.ask(Bench.ata(new io.diskless.cluster.net.AoeAddress(1, 3), 1, 0x40, 0, 1, 0x24, 0)))
                .isEmpty();
        assertThat(bench.ask(Bench.frame(Bench.CLIENT, MacAddress.parse("02:00:00:00:00:77"), "10000001020080000101")))
                .isEmpty();
    }

    @Test
    void aStrayErrorFlagIsNotEchoed() {
        byte[] request = Bench.read(1, 0, 1);
        request[14] |= 0x07;
        request[15] = 3;
        byte[] answer = succeeds(request);
        assertThat(answer[14]).isEqualTo((byte) 0x18);
        assertThat(answer[15]).isZero();
    }
}
