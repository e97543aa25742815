package io.diskless.aoe.ata;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.diskless.aoe.wire.Frames;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Any bytes as what a disk says of itself: nothing throws, and no answer is out of its range. */
class IdentifyFuzzTest {
    @FuzzTest(maxDuration = "5m")
    void block(byte[] bytes) {
        ByteBuffer b =
                Frames.guarded(Arrays.copyOf(bytes, IdentifyDevice.LENGTH)).asReadOnlyBuffer();

        IdentifyDevice disk = IdentifyDevice.parse(b, 0);
        ByteBuffer copy = ByteBuffer.allocate(IdentifyDevice.LENGTH);
        disk.copyTo(copy, 0);
        expect(copy.equals(b), "the copy differs");
        expect(disk.sectors() >= 0 && disk.sectors() <= IdentifyDevice.MAX_SECTORS_48, "capacity out of range");
        expect(disk.maxTrimBlocks() >= 0, "TRIM blocks out of range");
        expect(disk.physicalBlock() >= 512 && disk.physicalBlock() <= 1 << 24, "physical block out of range");
        expect(!disk.isTrimZeroed() || disk.isTrimDeterministic(), "zeroed but not deterministic");
        expect(disk.toString().chars().allMatch(c -> c >= ' ' && c <= '~'), "control characters");
        IdentifyDevice ours = disk.toBuilder().build();
        expect(ours.isChecksumGood(), "check sum");
        expect(ours.sectors() == disk.sectors(), "capacity changed");
        expect(ours.toString().equals(disk.toString()), "names changed: " + disk + ", " + ours);
        expect(ours.toBuilder().build().equals(ours), "not stable");

        SmartData smart = SmartData.parse(b, 0);
        if (smart.attributes().stream().map(SmartData.Attribute::id).distinct().count()
                == smart.attributes().size()) {
            SmartData.of(smart.attributes()).copyTo(copy, 0);
            SmartData again = SmartData.parse(copy, 0);
            expect(again.isChecksumGood(), "SMART check sum");
            expect(again.attributes().equals(smart.attributes()), "SMART attributes changed");
        }
    }

    private static void expect(boolean good, String otherwise) {
        if (!good) {
            throw new AssertionError(otherwise);
        }
    }
}
