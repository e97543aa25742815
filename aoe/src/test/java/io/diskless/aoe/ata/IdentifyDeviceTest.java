package io.diskless.aoe.ata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentifyDeviceTest {
    @Test
    void saysEveryRecommendedWord() {
        IdentifyDevice block = IdentifyDevice.builder(0x2000)
                .serial("1.2:vm")
                .firmware("0.1")
                .model("Diskless")
                .build();

        int[][] expected = {
            {0, 0x0040},
            {1, 8192 / 1008},
            {3, 16},
            {6, 63},
            {47, 0x8001},
            {49, 0x0200},
            {50, 0x4000},
            {53, 0x0001},
            {54, 8},
            {55, 16},
            {56, 63},
            {57, 8 * 1008},
            {58, 0},
            {60, 0x2000},
            {61, 0},
            {69, 0},
            {80, 0x01F0},
            {82, 0x4020},
            {83, 0x7400},
            {84, 0x4000},
            {85, 0x4020},
            {86, 0x3400},
            {87, 0x4000},
            {93, 0x400B},
            {100, 0x2000},
            {101, 0},
            {102, 0},
            {103, 0},
            {105, 0},
            {106, 0x4000},
            {169, 0},
            {217, 0}
        };
        for (int[] word : expected) {
            assertThat(block.word(word[0])).as("word %d", word[0]).isEqualTo(word[1]);
        }
        assertThat(block.hasChecksum()).isTrue();
        assertThat(block.isChecksumGood()).isTrue();
    }

    @Test
    void swapsTheCharactersOfAString() {
        ByteBuffer b = ByteBuffer.allocate(600);
        IdentifyDevice.builder(1).serial("1.2:vm").build().copyTo(b, 36);

        byte[] serial = new byte[20];
        b.get(36 + 20, serial);
        assertThat(new String(serial, StandardCharsets.US_ASCII)).isEqualTo(".1:2mv" + " ".repeat(14));
    }

    @Test
    void saysOtherThingsWhereTheyAreTrue() {
        IdentifyDevice block = IdentifyDevice.builder(1L << 48)
                .smart(true)
                .writeCache(false)
                .solidState(true)
                .physicalBlock(4096)
                .trim(8, false, true)
                .build();

        assertThat(block.word(60)).isEqualTo(0xFFFF);
        assertThat(block.word(61)).isEqualTo(0x0FFF);
        assertThat(block.word(1)).isEqualTo(16383);
        assertThat(block.word(57) | block.word(58) << 16).isEqualTo(16_514_064);
        assertThat(block.word(69)).isEqualTo(0x4020);
        assertThat(block.word(82)).isEqualTo(0x4021);
        assertThat(block.word(85)).isEqualTo(0x4001);
        assertThat(block.word(103)).isEqualTo(1);
        assertThat(block.word(105)).isEqualTo(8);
        assertThat(block.word(106)).isEqualTo(0x6003);
        assertThat(block.word(169)).isEqualTo(1);
        assertThat(block.word(217)).isEqualTo(1);
        assertThat(block.sectors()).isEqualTo(1L << 48);
        assertThat(block.supportsSmart()).isTrue();
        assertThat(block.supportsWriteCache()).isTrue();
        assertThat(block.isWriteCacheOn()).isFalse();
        assertThat(block.isSolidState()).isTrue();
        assertThat(block.physicalBlock()).isEqualTo(4096);
        assertThat(block.supportsTrim()).isTrue();
        assertThat(block.maxTrimBlocks()).isEqualTo(8);
        assertThat(block.isTrimDeterministic()).isTrue();
        assertThat(block.isTrimZeroed()).isTrue();
        assertThat(block.supportsFlush()).isTrue();
        assertThat(block.isChecksumGood()).isTrue();
        assertThat(block.toBuilder().build()).isEqualTo(block).hasSameHashCodeAs(block);
        assertThat(block.toBuilder().writeCache(true).build()).isNotEqualTo(block);
    }

    /** Words 83, 86, 100-103 and 60-61, and the capacity that Linux takes from them. */
    @ParameterizedTest
    @CsvSource({
        "0000, 0000, 0000000000002000, 00001000, 4096",
        "0400, 0000, 0000000000002000, 00001000, 8192",
        "0000, 0400, 0000000000002000, 00001000, 8192",
        "7400, 3400, 0000000000000000, 00001000, 0",
        "7400, 3400, 0001000000000000, 0fffffff, 281474976710656",
        "7400, 3400, 0001000000000001, 0fffffff, 281474976710656",
        "7400, 3400, ffffffffffffffff, 0fffffff, 281474976710656",
        "0000, 0000, ffffffffffffffff, ffffffff, 4294967295"
    })
    void takesTheCapacityAsLinuxDoes(String w83, String w86, String w100, String w60, long sectors) {
        ByteBuffer b = ByteBuffer.allocate(512);
        Bytes.u16(b, 166, Integer.parseInt(w83, 16));
        Bytes.u16(b, 172, Integer.parseInt(w86, 16));
        Bytes.i64(b, 200, Long.parseUnsignedLong(w100, 16));
        Bytes.u16(b, 120, Integer.parseUnsignedInt(w60, 16) & 0xFFFF);
        Bytes.u16(b, 122, Integer.parseUnsignedInt(w60, 16) >>> 16);

        assertThat(IdentifyDevice.parse(b, 0).sectors()).isEqualTo(sectors);
    }

    @Test
    void readsNonsenseWithoutComplaint() {
        ByteBuffer zeroes = ByteBuffer.allocate(512);
        byte[] all = new byte[512];
        Arrays.fill(all, (byte) 0xFF);

        IdentifyDevice nothing = IdentifyDevice.parse(zeroes, 0);
        assertThat(nothing.sectors()).isZero();
        assertThat(nothing.model()).isEmpty();
        assertThat(nothing.physicalBlock()).isEqualTo(512);
        assertThat(nothing.supportsFlush()).isFalse();
        assertThat(nothing.maxTrimBlocks()).isZero();
        assertThat(nothing.hasChecksum()).isFalse();

        IdentifyDevice everything = IdentifyDevice.parse(ByteBuffer.wrap(all), 0);
        assertThat(everything.serial()).isEqualTo("?".repeat(20));
        assertThat(everything.physicalBlock()).isEqualTo(512); // bit 15 set: the word is not valid
        assertThat(everything.supportsFlush()).isFalse();
        assertThat(everything.hasChecksum()).isFalse();
        assertThat(everything.toBuilder().build().isChecksumGood()).isTrue();
    }

    @Test
    void aDamagedBlockFailsItsCheckSum() {
        ByteBuffer b = ByteBuffer.allocate(512);
        IdentifyDevice.builder(77).model("disk").build().copyTo(b, 0);
        b.put(201, (byte) 1);

        IdentifyDevice damaged = IdentifyDevice.parse(b, 0);
        assertThat(damaged.hasChecksum()).isTrue();
        assertThat(damaged.isChecksumGood()).isFalse();
    }

    @Test
    void doesNotPassControlCharactersOn() {
        ByteBuffer b = ByteBuffer.allocate(512);
        b.put(54, (byte) 0x1B);
        b.put(55, (byte) 'A');
        b.put(56, (byte) 0xE9);

        assertThat(IdentifyDevice.parse(b, 0).model()).isEqualTo("A? ?");
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertRefused(IdentifyDevice.builder(-1), "sectors are 0 to 2^48, got -1");
        assertRefused(IdentifyDevice.builder((1L << 48) + 1), "sectors are 0 to 2^48");
        assertRefused(IdentifyDevice.builder(1).serial("x".repeat(21)), "serial has at most 20 characters");
        assertRefused(IdentifyDevice.builder(1).firmware("123456789"), "firmware has at most 8 characters");
        assertRefused(IdentifyDevice.builder(1).model("é"), "model is printable ASCII");
        assertRefused(IdentifyDevice.builder(1).physicalBlock(1000), "power of two");
        assertRefused(IdentifyDevice.builder(1).trim(65536, false, false), "0 to 65535 blocks");
    }

    private static void assertRefused(IdentifyBuilder builder, String reason) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void refusesABufferThatIsTooShort() {
        ByteBuffer b = ByteBuffer.allocate(511);
        assertThatThrownBy(() -> IdentifyDevice.parse(b, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
