package io.diskless.aoe.ata;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.ata.AtaCommand.Direction;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AtaCommandTest {
    /** The table of spec §4.3: opcode, direction, read or write of the medium, addressed, 48 bits. */
    @ParameterizedTest
    @CsvSource({
        "00, NONE, -, false, false, NOP",
        "06, OUT,  -, false, true,  DATA SET MANAGEMENT",
        "08, NONE, -, false, false, DEVICE RESET",
        "20, IN,   r, true,  false, READ SECTORS",
        "24, IN,   r, true,  true,  READ SECTORS EXT",
        "25, IN,   r, true,  true,  READ DMA EXT",
        "27, NONE, -, false, true,  READ NATIVE MAX ADDRESS EXT",
        "30, OUT,  w, true,  false, WRITE SECTORS",
        "34, OUT,  w, true,  true,  WRITE SECTORS EXT",
        "35, OUT,  w, true,  true,  WRITE DMA EXT",
        "40, NONE, -, true,  false, READ VERIFY SECTORS",
        "42, NONE, -, true,  true,  READ VERIFY SECTORS EXT",
        "98, NONE, -, false, false, CHECK POWER MODE (old)",
        "A1, IN,   -, false, false, IDENTIFY PACKET DEVICE",
        "B0, NONE, -, false, false, SMART",
        "C8, IN,   r, true,  false, READ DMA",
        "CA, OUT,  w, true,  false, WRITE DMA",
        "E0, NONE, -, false, false, STANDBY IMMEDIATE",
        "E1, NONE, -, false, false, IDLE IMMEDIATE",
        "E2, NONE, -, false, false, STANDBY",
        "E3, NONE, -, false, false, IDLE",
        "E5, NONE, -, false, false, CHECK POWER MODE",
        "E6, NONE, -, false, false, SLEEP",
        "E7, NONE, -, false, false, FLUSH CACHE",
        "EA, NONE, -, false, true,  FLUSH CACHE EXT",
        "EC, IN,   -, false, false, IDENTIFY DEVICE",
        "EF, NONE, -, false, false, SET FEATURES",
        "F8, NONE, -, false, false, READ NATIVE MAX ADDRESS"
    })
    void knowsTheOpcodes(
            String hex, Direction direction, char media, boolean addressed, boolean extended, String name) {
        int opcode = Integer.parseInt(hex, 16);

        assertThat(AtaCommand.isKnown(opcode)).isTrue();
        assertThat(AtaCommand.direction(opcode, 0)).isEqualTo(direction);
        assertThat(AtaCommand.isRead(opcode)).isEqualTo(media == 'r');
        assertThat(AtaCommand.isWrite(opcode)).isEqualTo(media == 'w');
        assertThat(AtaCommand.isAddressed(opcode)).isEqualTo(addressed);
        assertThat(AtaCommand.isExtended(opcode)).isEqualTo(extended);
        assertThat(AtaCommand.name(opcode)).isEqualTo(name);
    }

    @Test
    void anUnknownOpcodeIsAValue() {
        int known = 0;
        for (int opcode = 0; opcode < 256; opcode++) {
            if (AtaCommand.isKnown(opcode)) {
                known++;
            } else {
                assertThat(AtaCommand.direction(opcode, 0xFF)).isEqualTo(Direction.NONE);
                assertThat(AtaCommand.bytesIn(opcode, 0, 255)).isZero();
                assertThat(AtaCommand.bytesOut(opcode, 0, 255)).isZero();
                assertThat(AtaCommand.name(opcode)).isEqualTo("ATA %02X", opcode);
            }
        }
        assertThat(known).isEqualTo(28);
    }

    @Test
    void countsTheBytesThatTravel() {
        assertThat(AtaCommand.bytesIn(AtaCommand.READ_EXT, 0, 17)).isEqualTo(8704);
        assertThat(AtaCommand.bytesIn(AtaCommand.READ_EXT, 0, 0)).isZero();
        assertThat(AtaCommand.bytesOut(AtaCommand.READ_EXT, 0, 17)).isZero();
        assertThat(AtaCommand.bytesOut(AtaCommand.WRITE, 0, 255)).isEqualTo(130_560);
        assertThat(AtaCommand.bytesIn(AtaCommand.IDENTIFY, 0, 0)).isEqualTo(512);
        assertThat(AtaCommand.bytesIn(AtaCommand.SMART, AtaCommand.SMART_READ_DATA, 0))
                .isEqualTo(512);
        assertThat(AtaCommand.bytesIn(AtaCommand.SMART, AtaCommand.SMART_READ_LOG, 3))
                .isEqualTo(1536);
        assertThat(AtaCommand.bytesIn(AtaCommand.SMART, AtaCommand.SMART_RETURN_STATUS, 3))
                .isZero();
        assertThat(AtaCommand.bytesOut(AtaCommand.SMART, AtaCommand.SMART_WRITE_LOG, 2))
                .isEqualTo(1024);
        assertThat(AtaCommand.bytesOut(AtaCommand.DATA_SET_MANAGEMENT, AtaCommand.FEATURE_TRIM, 1))
                .isEqualTo(512);
    }

    @Test
    void theOpcodeDecidesHowWideTheAddressIs() {
        ByteBuffer b = ByteBuffer.allocate(64);

        AtaFields.write(b, AoeHeader.AT, 0, 0, 1, AtaCommand.READ_EXT, 0x1234_E567_89ABL);
        assertThat(AtaFields.lba(b, AoeHeader.AT)).isEqualTo(0x1234_E567_89ABL);

        AtaFields.write(b, AoeHeader.AT, AtaFields.FLAG_EXTENDED, 0, 1, AtaCommand.READ, 0x1234_E567_89ABL);
        assertThat(AtaFields.lba(b, AoeHeader.AT)).isEqualTo(0x0567_89ABL);
    }

    @Test
    void aStatusIsASuccessWithoutFailureBits() {
        assertThat(AtaStatus.isSuccess(0x40)).isTrue();
        assertThat(AtaStatus.isSuccess(0x00)).isTrue();
        assertThat(AtaStatus.isSuccess(0x50)).isTrue();
        for (int bit : new int[] {0x80, 0x20, 0x08, 0x01}) {
            assertThat(AtaStatus.isSuccess(0x40 | bit)).isFalse();
        }
        assertThat(AtaStatus.FAILURE_BITS).isEqualTo(0xA9);
    }

    @Test
    void statusAndErrorHaveWords() {
        assertThat(AtaStatus.describe(0x41, 0x10)).isEqualTo("status 41 (DRDY ERR), error 10 (IDNF)");
        assertThat(AtaStatus.describe(0x61, 0x44)).isEqualTo("status 61 (DRDY DF ERR), error 44 (UNC ABRT)");
        assertThat(AtaStatus.describe(0x40, 0xFF)).isEqualTo("status 40 (DRDY)");
        assertThat(AtaStatus.describe(0, 0)).isEqualTo("status 00");
    }
}
