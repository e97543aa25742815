package io.diskless.cluster.block.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PowerCutTest {
    private final PowerCut power = new PowerCut();
    private final CrashDevice disk = power.device(1 << 16);

    @Nested
    class Contract extends BlockDeviceContract {
        @Override
        protected BlockDevice open(long size) {
            return new PowerCut().device(size);
        }
    }

    private static ByteBuffer sectors(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(512 * values.length);
        for (int i = 0; i < values.length; i++) {
            for (int j = 0; j < 512; j++) {
                bytes.put(512 * i + j, (byte) values[i]);
            }
        }
        return bytes;
    }

    private static int sector(BlockDevice image, int number) throws BlockException {
        ByteBuffer back = ByteBuffer.allocate(512);
        image.read(512L * number, back);
        for (int i = 1; i < 512; i++) {
            assertThat(back.get(i)).as("a sector is never torn").isEqualTo(back.get(0));
        }
        return back.get(0);
    }

    /** Every content that two sectors may show after a cut at this moment. */
    private Set<String> outcomes(int point) throws BlockException {
        Set<String> seen = new TreeSet<>();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 300; i++) {
            PowerCut.Crash crash = power.cut(point, "", PowerCut.Survival.random(random));
            BlockDevice image = crash.images().get(0);
            seen.add(sector(image, 0) + "," + sector(image, 1));
        }
        return seen;
    }

    @Test
    void unflushedWritesAreLostTornAndReordered() throws BlockException {
        disk.write(0, sectors(1, 1));
        disk.write(0, sectors(2, 2));
        assertThat(outcomes(0)).as("the first write is under way").containsExactly("0,0", "0,1", "1,0", "1,1");
        assertThat(outcomes(2)).containsExactly("0,0", "0,1", "0,2", "1,0", "1,1", "1,2", "2,0", "2,1", "2,2");
    }

    @Test
    void aFlushSettlesWhatWasBeforeIt() throws BlockException {
        disk.write(0, sectors(1, 1));
        disk.flush();
        disk.write(512, sectors(2));
        assertThat(outcomes(1)).as("the flush is under way").hasSize(4);
        assertThat(outcomes(3)).containsExactly("1,1", "1,2");
    }

    @Test
    void aWriteWithFuaIsDurableByItselfAndTornWhileUnderWay() throws BlockException {
        disk.write(0, sectors(1, 1));
        OnceCompletion done = new OnceCompletion();
        disk.write(0, sectors(2, 2), BlockDevice.FUA, done);
        disk.write(512, sectors(3));
        assertThat(outcomes(1)).hasSize(9);
        assertThat(outcomes(3)).containsExactly("2,2", "2,3");
    }

    @Test
    void zeroesAndDiscardsAreWritesToo() throws BlockException {
        disk.write(0, sectors(1, 1));
        disk.flush();
        disk.writeZeroes(0, 512);
        disk.discard(512, 512);
        assertThat(outcomes(4)).containsExactly("0,0", "0,1", "1,0", "1,1");
    }

    @Test
    void devicesShareOneTimelineAndMarksTellWhatWasPromised() throws BlockException {
        CrashDevice other = power.device(4096);
        disk.write(0, sectors(1));
        disk.flush();
        power.mark("one");
        other.write(0, sectors(2));
        other.flush();
        power.mark("two");
        int[] outcomes = new int[1];
        power.forEachCrash(new SplittableRandom(2), 2, crash -> {
            outcomes[0]++;
            assertThat(crash.images()).hasSize(2);
            if (crash.marks().contains("one")) {
                assertThat(sector(crash.images().get(0), 0)).isEqualTo(1);
            }
            if (crash.marks().contains("two")) {
                assertThat(sector(crash.images().get(1), 0)).isEqualTo(2);
            } else if (sector(crash.images().get(1), 0) == 2) {
                assertThat(crash.marks()).contains("one");
            }
        });
        assertThat(outcomes[0]).isGreaterThan(4 * power.events());
    }

    @Test
    void aFailedCheckNamesItsOutcome() throws BlockException {
        disk.write(0, sectors(1));
        assertThatThrownBy(() -> power.forEachCrash(
                        new SplittableRandom(3),
                        1,
                        crash -> assertThat(sector(crash.images().get(0), 0)).isZero()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("power cut after event 0, all open writes kept");
    }
}
