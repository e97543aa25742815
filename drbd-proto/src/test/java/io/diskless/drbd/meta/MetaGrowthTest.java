package io.diskless.drbd.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.DrbdException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Meta-data whose devices become larger while it is in use. */
class MetaGrowthTest {
    private static final int MIB = 1 << 20;
    private static final MetaOptions INTERNAL = MetaOptions.at(MetaPlacement.INTERNAL);
    private static final MetaOptions FLEXIBLE = MetaOptions.at(MetaPlacement.FLEXIBLE);

    private static <T> T now(CompletableFuture<T> asked) throws Exception {
        return asked.get(60, TimeUnit.SECONDS);
    }

    private static void done(Consumer<Completion> asked) throws Exception {
        CompletableFuture<Void> end = new CompletableFuture<>();
        asked.accept(new MetaOpener.Ending(end));
        now(end);
    }

    private static MetaData inUse(MemoryDevice disk) throws Exception {
        now(MetaData.create(disk, disk, INTERNAL));
        MetaData meta = now(MetaData.open(disk, disk, INTERNAL));
        done(agreed -> meta.agree(meta.layout().dataSectors(), false, agreed));
        done(set -> meta.update(s -> s.withUuids(10, 20, 30, 40).with(MetaFlag.PRIMARY_IND), set));
        done(hot -> meta.activityLog().begin(5L * MIB, 4096, hot));
        meta.bitmap().markDirty(2 * MIB, 8192);
        return meta;
    }

    private static void isWhatItWas(MetaData again, long sectors) {
        assertThat(again.superblock().agreedSectors()).isEqualTo(sectors);
        assertThat(again.superblock().bitmapUuid()).isEqualTo(20);
        assertThat(again.recoveredExtents()).isEqualTo(1);
        assertThat(again.bitmap().isDirty(5L * MIB, 4096)).isTrue();
        assertThat(again.bitmap().isDirty(2L * MIB, 8192)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {8 * MIB + 65_536, 9 * MIB, 300 * MIB})
    void internalMetaDataMovesWithAllThatItKnows(int newSize) throws Exception {
        MemoryDevice disk = MemoryDevice.create(8 * MIB);
        MetaData meta = inUse(disk);
        long before = meta.layout().dataSectors();
        disk.resize(newSize);

        MetaLayout moved = now(meta.followDevices());

        assertThat(moved)
                .isEqualTo(MetaLayout.of(MetaPlacement.INTERNAL, newSize / 512, 0))
                .isEqualTo(meta.layout());
        assertThat(moved.dataSectors()).isGreaterThan(before);
        assertThat(meta.superblock().agreedSectors())
                .as("nobody has agreed on more")
                .isEqualTo(before);
        // What is done afterwards goes to the new place.
        done(agreed -> meta.agree(moved.dataSectors(), true, agreed));
        assertThat(meta.bitmap().nextSet(before / 8 + 1)).isEqualTo(before / 8 + 1);
        done(hot -> meta.activityLog().begin(moved.dataSectors() * 512 - 4096, 4096, hot));
        meta.close();

        MetaData again = now(MetaData.open(disk, disk, INTERNAL));
        assertThat(again.superblock().agreedSectors()).isEqualTo(moved.dataSectors());
        assertThat(again.superblock().has(MetaFlag.CRASHED_PRIMARY)).isTrue();
        assertThat(again.recoveredExtents())
                .isEqualTo(moved.dataSectors() > 8 * 2048 * 2 ? 2 : again.recoveredExtents());
        assertThat(again.bitmap().isDirty(5L * MIB, 4096)).isTrue();
        assertThat(again.bitmap().isDirty(2L * MIB, 8192)).isTrue();
        assertThat(again.bitmap().nextClear(before / 8 + 1, again.bitmap().bits()))
                .isEqualTo(again.bitmap().bits());
    }

    @Test
    void aCrashRightAfterTheMoveFindsWhatWasKnownBefore() throws Exception {
        MemoryDevice disk = MemoryDevice.create(8 * MIB);
        MetaData meta = inUse(disk);
        long before = meta.layout().dataSectors();
        disk.resize(20 * MIB);
        now(meta.followDevices());
        meta.close();
        isWhatItWas(now(MetaData.open(disk, disk, INTERNAL)), before);
    }

    @Test
    void aLargerMetaDeviceHasRoomForMore() throws Exception {
        // A meta-device of 1 MiB has a bitmap for less than 32 GiB.
        MemoryDevice disk = MemoryDevice.create(64L << 30);
        MemoryDevice device = MemoryDevice.create(MIB);
        now(MetaData.create(disk, device, FLEXIBLE));
        MetaData meta = now(MetaData.open(disk, device, FLEXIBLE));
        assertThat(meta.layout().dataSectors()).isLessThan(64L << 21);
        device.resize(4 * MIB);
        assertThat(now(meta.followDevices()).dataSectors()).isEqualTo(64L << 21);
        done(agreed -> meta.agree(64L << 21, false, agreed));
        done(meta::detach);
        assertThat(MetaImage.read(disk, device, MetaPlacement.FLEXIBLE)
                        .superblock()
                        .mdSizeSectors())
                .isEqualTo(4 * MIB / 512);
    }

    @Test
    void aDiskThatHasBecomeSmallerIsNotFollowed() throws Exception {
        MemoryDevice disk = MemoryDevice.create(8 * MIB);
        MetaData meta = inUse(disk);
        long before = meta.layout().dataSectors();
        disk.resize(6 * MIB);
        assertThatThrownBy(() -> now(meta.followDevices()))
                .hasCauseInstanceOf(DrbdException.class)
                .hasMessageContaining("fewer than the " + before);
        assertThat(meta.layout().dataSectors()).isEqualTo(before);
    }

    @Test
    void whatCannotBeMovedIsLostAsAWhole() throws Exception {
        MemoryDevice disk = MemoryDevice.create(8 * MIB);
        MetaData meta = inUse(disk);
        disk.resize(20 * MIB);
        disk.close();
        assertThatThrownBy(() -> now(meta.followDevices())).hasCauseInstanceOf(BlockException.class);
        assertThatThrownBy(() -> done(hot -> meta.activityLog().begin(7L * MIB, 4096, hot)))
                .hasCauseInstanceOf(BlockException.class);
    }
}
