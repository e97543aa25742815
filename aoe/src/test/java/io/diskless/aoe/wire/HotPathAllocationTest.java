package io.diskless.aoe.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.ata.IdentifyDevice;
import io.diskless.aoe.ata.TrimRanges;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Judging, reading and writing frames allocates nothing. */
class HotPathAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int CALLS = 20_000;

    private final ByteBuffer in = ByteBuffer.allocateDirect(2048);
    private final ByteBuffer out = ByteBuffer.allocateDirect(2048);
    private final VerdictCounters counters = new VerdictCounters();
    private final IdentifyDevice disk = IdentifyDevice.builder(8192).build();

    /** Kept, so that nothing is optimised away. */
    private long seen;

    @Test
    void requestsAndAnswersOfEveryCommandAllocateNothing() {
        assertNothing(() -> ata(AtaCommand.WRITE_EXT));
        assertNothing(() -> ata(AtaCommand.READ));
        assertNothing(this::config);
        assertNothing(this::lists);
        assertNothing(this::pages);
        assertThat(seen).isNotZero();
        assertThat(counters.rejected()).isPositive();
    }

    private void ata(int opcode) {
        EthernetHeader.write(in, 0, 0x02000000000AL, 0x020000000001L);
        AoeHeader.write(in, 14, 0, 0, 1, 2, AoeHeader.CMD_ATA, 77);
        AtaFields.write(in, 14, AtaFields.FLAG_EXTENDED, 0, 2, opcode, 5);
        if (counters.count(FrameValidator.request(in, 0, 36 + 1024)) == Verdict.ACCEPTED) {
            seen += AtaFields.lba(in, 14) + AtaCommand.bytesOut(opcode, 0, AtaFields.count(in, 14));
        }
        counters.count(FrameValidator.request(in, 0, 30));
        EthernetHeader.writeTagged(out, 0, EthernetHeader.source(in, 0), 0x02000000000AL, 5);
        AoeHeader.write(out, 18, AoeHeader.FLAG_RESPONSE, 0, 1, 2, AoeHeader.CMD_ATA, AoeHeader.tag(in, 14));
        AtaFields.write(out, 18, AtaFields.flags(in, 14), 0, 0, AtaStatus.OK, AtaFields.lba48(in, 14));
        int length = EthernetHeader.pad(out, 0, 40);
        counters.count(FrameValidator.response(out, 0, length));
        counters.count(FrameValidator.readData(out, 0, length, AtaCommand.bytesIn(opcode, 0, 2)));
        seen += length;
    }

    private void config() {
        EthernetHeader.write(in, 0, 0x02000000000AL, 0x020000000001L);
        AoeHeader.write(in, 14, 0, 0, 0xFFFF, 0xFF, AoeHeader.CMD_CONFIG, 0);
        ConfigFields.write(in, 14, 0, 0, 0, 0, ConfigFields.SET, 6);
        counters.count(FrameValidator.request(in, 0, 60));
        seen += ConfigFields.stringLength(in, 14) + ConfigFields.command(in, 14);
    }

    private void lists() {
        EthernetHeader.write(in, 0, 0x02000000000AL, 0x020000000001L);
        AoeHeader.write(in, 14, 0, 0, 1, 2, AoeHeader.CMD_MASK, 3);
        MaskFields.write(in, 14, MaskFields.EDIT, 0, 1);
        MaskFields.writeDirective(in, 14, 0, MaskFields.DIRECTIVE_ADD, 0x020000000001L);
        counters.count(FrameValidator.request(in, 0, 60));
        seen += MaskFields.mac(in, 14, 0) + MaskFields.directive(in, 14, 0);
        AoeHeader.write(in, 14, 0, 0, 1, 2, AoeHeader.CMD_RESERVE, 3);
        ReserveFields.write(in, 14, ReserveFields.SET, 1);
        ReserveFields.writeMac(in, 14, 0, 0x020000000001L);
        counters.count(FrameValidator.request(in, 0, 60));
        seen += ReserveFields.mac(in, 14, 0);
    }

    private void pages() {
        disk.copyTo(out, 36);
        seen += TrimRanges.fill(out, 36, 1, 100, 100_000);
        seen += TrimRanges.firstOutside(out, 36, 1, 1000);
    }

    /** The least of some rounds counts, because a compilation or a class loaded by the way also allocates. */
    private static void assertNothing(Runnable call) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 8; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                call.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        // The bean's own call allocates a little; less than a tenth of a byte per repetition is nothing.
        assertThat(least).isLessThan(CALLS / 10);
    }
}
