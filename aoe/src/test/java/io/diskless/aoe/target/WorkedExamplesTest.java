package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.MacAddress;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The worked examples of the wire specification, section 13; where this target differs from vblade the test says why. */
class WorkedExamplesTest {
    private static final MacAddress OTHER = MacAddress.parse("02:00:00:00:00:99");
    private static final String BUFFERS = "0010";
    private final Bench bench = new Bench(1500, b -> b.bufferCount(16));
    private MemoryDevice device;

    @BeforeEach
    void disk() throws Exception {
        // 8192 sectors, as in the captures.
        device = MemoryDevice.create(0x2000 * 512);
        bench.target.access().put(AccessRule.of(Bench.CLIENT, Access.READ_WRITE));
        bench.target.access().put(AccessRule.of(OTHER, Access.READ_WRITE));
        bench.target.export(Bench.E1_2, device, ExportOptions.defaults());
        bench.received();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    private void expect(String request, String answer, int length) {
        byte[] got = bench.askOne(Bench.frame(request));
        assertThat(Bench.body(got)).isEqualTo(pad(answer, length));
    }

    private void expectFrom(MacAddress from, String request, String answer, int length) {
        bench.received();
        var other = bench.segment.attach("other", from, 1500);
        Bench.send(other, Bench.frame(from, Bench.TARGET, request));
        List<byte[]> got = bench.received(other);
        other.close();
        assertThat(got).hasSize(1);
        assertThat(Bench.body(got.get(0))).isEqualTo(pad(answer, length));
    }

    private static String pad(String hex, int length) {
        String digits = hex.replaceAll("[ |]", "");
        return digits + "00".repeat(Math.max(length, 60) - 14 - digits.length() / 2);
    }

    @Test
    void announcesItselfWithVersion1() throws Exception {
        try (Bench fresh = new Bench(1500, b -> b.bufferCount(16))) {
            fresh.target.export(Bench.E1_2, device, ExportOptions.defaults());
            List<byte[]> got = fresh.received();
            assertThat(got).hasSize(1);
            assertThat(HexFormat.of().formatHex(got.get(0), 0, 14)).isEqualTo("ffffffffffff02000000000a88a2");
            // vblade sends 08 here, version 0 (spec §5.1).
            assertThat(Bench.body(got.get(0)))
                    .isEqualTo(pad("18 00 0001 02 01 00000000 " + BUFFERS + "4019 02 10 0000", 60));
        }
    }

    @Test
    void linuxDiscoveryAndAnswer() {
        byte[] got = bench.askOne(Bench.frame(
                Bench.CLIENT, MacAddress.BROADCAST, "10 00 ff ff ff 01 00 00 00 00 | 00 00 00 00 00 00 00 00"));
        assertThat(HexFormat.of().formatHex(got, 0, 14)).isEqualTo("02000000000102000000000a88a2");
        assertThat(Bench.body(got))
                .isEqualTo(pad("18 00 00 01 02 01 00 00 00 00 | " + BUFFERS + "40 19 02 10 00 00", 60));
    }

    @Test
    void linuxIdentify() {
        byte[] got = bench.askOne(Bench.frame("10 00 00 01 02 00 00 01 e4 f0 | 00 00 01 ec 00 00 00 a0 00 00 00 00"));
        assertThat(got).hasSize(548);
        assertThat(HexFormat.of().formatHex(got, 14, 36))
                .isEqualTo("180000010200" + "0001e4f0" + "00000040000000a000000000");
        // Words 60-61 and 100-103 as in the example.
        assertThat(HexFormat.of().formatHex(got, 36 + 0x78, 36 + 0x7c)).isEqualTo("00200000");
        assertThat(HexFormat.of().formatHex(got, 36 + 0xc8, 36 + 0xd0)).isEqualTo("0020000000000000");
        // Serial "e1.2", characters swapped in pairs.
        assertThat(HexFormat.of().formatHex(got, 36 + 20, 36 + 24)).isEqualTo("3165322e");
        int sum = 0;
        for (int i = 36; i < 548; i++) {
            sum += got[i];
        }
        assertThat(sum & 0xFF).isZero();
    }

    @Test
    void linuxReadAndWrite() throws Exception {
        byte[] data = Bench.sectors(2, 5);
        byte[] answer = bench.askOne(Bench.write(0x0051ea04, 0x100, data));
        // vblade echoes 24 bytes of the data; zeroes leak nothing (spec §4.6).
        assertThat(Bench.body(answer))
                .isEqualTo(pad("18 00 00 01 02 00 00 51 ea 04 | 41 00 00 40 00 01 00 00 00 00 00 00", 60));
        byte[] got = bench.askOne(Bench.read(0x0002e4fb, 0x100, 2));
        assertThat(got).hasSize(1060);
        assertThat(Bench.data(got, 1024)).isEqualTo(data);
    }

    @Test
    void ataCommands() {
        expect(
                "10 00 0001 02 00 80000106 | 00 00 01 20 01 00 00 e0 00 00 0000",
                "18 00 0001 02 00 80000106 | 00 00 00 40 01 00 00 e0 00 00 0000" + "00".repeat(512),
                548);
        expect(
                "10 00 0001 02 00 8000011f | 40 00 01 24 00 20 00 00 00 00 0000",
                "18 00 0001 02 00 8000011f | 40 10 01 41 00 20 00 00 00 00 0000",
                60);
        // vblade echoes the first LBA of a request that straddles the end; ATA wants the first bad one (spec §4.6).
        expect(
                "10 00 0001 02 00 80000120 | 40 00 02 24 ff 1f 00 00 00 00 0000",
                "18 00 0001 02 00 80000120 | 40 10 02 41 00 20 00 00 00 00 0000",
                60);
        // Too many sectors: an ATA abort, since Linux hangs on the AoE error that vblade sends (spec §4.5).
        expect(
                "10 00 0001 02 00 80000124 | 40 00 03 24 00 00 00 00 00 00 0000",
                "18 00 0001 02 00 80000124 | 40 04 03 41 00 00 00 00 00 00 0000",
                60);
        expect(
                "10 00 0001 02 00 80000126 | 41 00 02 34 14 00 00 00 00 00 0000" + "55".repeat(512),
                "1c 02 0001 02 00 80000126 | 41 00 02 34 14 00 00 00 00 00 0000",
                60);
        expect(
                "10 00 0001 02 00 80000102 | 00 00 00 ec 00 00 00 00 00 00 0000",
                "1c 02 0001 02 00 80000102 | 00 00 00 ec 00 00 00 00 00 00 0000",
                60);
        // Both flushes really flush, status 40 (vblade: 00, and abort).
        expect(
                "10 00 0001 02 00 8000010f | 00 00 00 e7 00 00 00 00 00 00 0000",
                "18 00 0001 02 00 8000010f | 00 00 00 40 00 00 00 00 00 00 0000",
                60);
        expect(
                "10 00 0001 02 00 80000110 | 40 00 00 ea 00 00 00 00 00 00 0000",
                "18 00 0001 02 00 80000110 | 40 00 00 40 00 00 00 00 00 00 0000",
                60);
        expect(
                "10 00 0001 02 00 80000111 | 00 00 00 e5 00 00 00 00 00 00 0000",
                "18 00 0001 02 00 80000111 | 00 00 ff 40 00 00 00 00 00 00 0000",
                60);
        expect("10 00 0001 02 04 8000012d", "1c 01 0001 02 04 8000012d", 60);
        // Only the header: what follows a vendor command is not ours to repeat.
        expect("10 00 0001 02 f0 8000012f 76656e646f72", "1c 01 0001 02 f0 8000012f", 60);
    }

    @Test
    void configStrings() {
        String head = "18 00 0001 02 01 ";
        expect(
                "10 00 0001 02 01 80000109 | 0000 0000 00 03 0006 686f73742d61",
                head + "80000109 | " + BUFFERS + "4019 02 13 0006 686f73742d61",
                60);
        expect(
                "10 00 0001 02 01 8000010a | 0000 0000 00 03 0006 686f73742d62",
                "1c 04 0001 02 01 8000010a | " + BUFFERS + "4019 02 13 0006 686f73742d61",
                60);
        expect(
                "10 00 0001 02 01 8000010c | 0000 0000 00 02 0004 686f7374",
                head + "8000010c | " + BUFFERS + "4019 02 12 0006 686f73742d61",
                60);
        expect(
                "10 00 0001 02 01 8000010b | 0000 0000 00 04 0006 686f73742d62",
                head + "8000010b | " + BUFFERS + "4019 02 14 0006 686f73742d62",
                60);
        expect(
                "10 00 0001 02 01 8000010d | 0000 0000 00 05 0002 7a7a",
                "1c 02 0001 02 01 8000010d | " + BUFFERS + "4019 02 15 0006 686f73742d62",
                60);
        expect(
                "10 00 0001 02 01 8000010e | 0000 0000 00 04 0000",
                head + "8000010e | " + BUFFERS + "4019 02 14 0000",
                60);
    }

    @Test
    void maskLists() {
        expect("10 00 0001 02 02 80000101 | 00 00 00 00", "18 00 0001 02 02 80000101 | 00 00 00 00", 60);
        expect(
                "10 00 0001 02 02 80000102 | 00 01 00 01 | 00 01 020000000001",
                "18 00 0001 02 02 80000102 | 00 01 00 01 | 00 00 020000000001",
                60);
        expect(
                "10 00 0001 02 02 80000103 | 00 01 00 03 | 00 01 020000000002 | 00 01 020000000003 | 00 09 020000000004",
                "18 00 0001 02 02 80000103 | 00 01 02 02",
                60);
        expect("10 00 0001 02 02 80000104 | 00 02 00 00", "1c 02 0001 02 02 80000104 | 00 02 00 00", 60);
    }

    @Test
    void reservations() {
        expect("10 00 0001 02 03 80000102 | 01 01 020000000001", "18 00 0001 02 03 80000102 | 01 01 020000000001", 60);
        expectFrom(
                OTHER,
                "10 00 0001 02 03 80000103 | 01 01 020000000099",
                "1c 06 0001 02 03 80000103 | 01 01 020000000001",
                60);
        expectFrom(
                OTHER,
                "10 00 0001 02 00 80000107 | 40 00 01 24 00 00 00 00 00 00 0000",
                "1c 06 0001 02 00 80000107 | 40 00 01 24 00 00 00 00 00 00 0000",
                60);
        expectFrom(
                OTHER,
                "10 00 0001 02 03 80000104 | 02 01 020000000099",
                "18 00 0001 02 03 80000104 | 02 01 020000000099",
                60);
        expectFrom(OTHER, "10 00 0001 02 03 80000105 | 01 00", "18 00 0001 02 03 80000105 | 01 00", 60);
        expect(
                "10 00 0001 02 03 80000106 | 01 09 020000000001" + "00".repeat(10),
                "1c 02 0001 02 03 80000106 | 01 00",
                60);
    }
}
