package io.diskless.drbd.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.DrbdException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Images made by drbdmeta and by the 6.1 kernel: read, compared with drbdmeta's own words, and written again. */
class MetaVectorsTest {
    private static long field(String dump, String pattern) {
        Matcher m = Pattern.compile(pattern + " (-?\\d+)").matcher(dump);
        assertThat(m.find()).as(pattern).isTrue();
        return Long.parseLong(m.group(1));
    }

    @ParameterizedTest
    @EnumSource
    void aSuperblockComesBackByteForByte(Images image) throws IOException {
        ByteBuffer block = ByteBuffer.wrap(image.superblock());
        Superblock superblock = Superblock.decode(block);
        ByteBuffer again = ByteBuffer.wrap(new byte[Superblock.SIZE]);
        for (int i = 0; i < Superblock.SIZE; i++) {
            again.put(i, (byte) 0x5a);
        }
        superblock.encode(again);
        assertThat(again.array()).isEqualTo(block.array());
    }

    @ParameterizedTest
    @EnumSource
    void theLayoutIsTheOneThatWasUsed(Images image) throws IOException {
        Superblock superblock = Superblock.decode(ByteBuffer.wrap(image.superblock()));
        MetaLayout layout = MetaLayout.check(image.placement, superblock, image.dataSectors(), image.sectors());
        if (image.hasDump()) {
            String dump = image.dump();
            assertThat(layout.mdSizeSectors()).isEqualTo((int) field(dump, "# md_size_sect"));
            assertThat(layout.superblockAt()).isEqualTo(field(dump, "# md_offset"));
            assertThat(layout.alAt()).isEqualTo(field(dump, "# al_offset"));
            assertThat(layout.bitmapAt()).isEqualTo(field(dump, "# bm_offset"));
            assertThat(superblock.agreedSectors()).isEqualTo(field(dump, "la-size-sect"));
            assertThat(superblock.peerMaxBio()).isEqualTo((int) field(dump, "la-peer-max-bio-size"));
            assertThat(superblock.alExtents()).isEqualTo((int) field(dump, "# al-extents"));
        }
        if (image.placement.kind() == MetaPlacement.Kind.INTERNAL) {
            assertThat(layout.dataSectors()).isEqualTo(image.sectors() - 80);
        } else {
            assertThat(layout.dataSectors()).isEqualTo(image.dataSectors());
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyBlockOfTheLogComesBackByteForByte(Images image) throws IOException {
        MemoryDevice device = image.device();
        Superblock superblock = Superblock.decode(ByteBuffer.wrap(image.superblock()));
        MetaLayout layout = MetaLayout.check(image.placement, superblock, image.dataSectors(), image.sectors());
        for (int i = 0; i < layout.alBlocks(); i++) {
            ByteBuffer block = ByteBuffer.allocate(AlBlock.SIZE);
            device.read(layout.alAt() + (long) i * AlBlock.SIZE, block);
            assertThat(AlBlock.isValid(block)).isTrue();
            ByteBuffer again = ByteBuffer.allocate(AlBlock.SIZE);
            if (block.getShort(AlBlock.TYPE_AT) == -1) {
                AlBlock.initialize(again);
                assertThat(again.getInt(AlBlock.CHECKSUM_AT)).isEqualTo(0x709cc651);
            } else {
                int slots = block.getShort(AlBlock.CONTEXT_SIZE_AT);
                int start = block.getShort(AlBlock.CONTEXT_START_AT);
                int count = block.getShort(AlBlock.UPDATES_AT);
                int number = block.getInt(AlBlock.TRANSACTION_AT);
                int[] table = AlBlock.emptyTable();
                AlBlock.apply(block, table);
                int[] empty = java.util.Arrays.copyOf(AlBlock.emptyTable(), slots);
                int[] updateSlots = {1236};
                int[] updateExtents = {0};
                AlBlock.encode(again, number, empty, start, count, updateSlots, updateExtents);
                assertThat(layout.alBlockAt(number)).isEqualTo(layout.alAt() + (long) i * AlBlock.SIZE);
                assertThat(table[1236]).isEqualTo(count == 1 ? 0 : AlBlock.FREE);
            }
            assertThat(again.array()).as("block %d", i).isEqualTo(block.array());
        }
    }

    @Test
    void aPrimaryThatCrashedLeavesItsHotExtentDirty() throws Exception {
        MemoryDevice device = Images.LIVE.device();
        MetaData metaData =
                MetaData.open(device, device, MetaOptions.builder().build()).get();
        assertThat(metaData.recoveredExtents()).isEqualTo(1);
        // The volume has 384 sectors: of the 1024 bits of the extent 48 exist.
        assertThat(metaData.bitmap().dirtyBits()).isEqualTo(48);
        assertThat(metaData.superblock().has(MetaFlag.CRASHED_PRIMARY)).isTrue();
        assertThat(metaData.superblock().has(MetaFlag.PRIMARY_IND)).isFalse();
        assertThat(metaData.superblock().isClean()).isFalse();
        assertThat(metaData.superblock().currentUuid()).isEqualTo(0x6190E65AD38C0E52L);
    }

    @Test
    void aSecondaryThatWentDownLeavesNothingDirty() throws Exception {
        MemoryDevice device = Images.DOWN.device();
        MetaData metaData =
                MetaData.open(device, device, MetaOptions.builder().build()).get();
        assertThat(metaData.recoveredExtents()).isZero();
        assertThat(metaData.bitmap().dirtyBits()).isZero();
        assertThat(metaData.superblock().has(MetaFlag.CRASHED_PRIMARY)).isFalse();
    }

    @Test
    void bitsAreWhereDrbdmetaSeesThem() throws Exception {
        MemoryDevice device = Images.RESTORED.device();
        DirtyBitmap bitmap = MetaData.open(device, device, MetaOptions.builder().build())
                .get()
                .bitmap();
        assertThat(bitmap.word(0)).isEqualTo(0x0000A00000000005L);
        assertThat(bitmap.dirtyBits()).isEqualTo(4);
        MemoryDevice other = Images.INDEPENDENT.device();
        DirtyBitmap second =
                MetaData.open(other, other, MetaOptions.builder().build()).get().bitmap();
        assertThat(second.word(0)).isEqualTo(0x0000810000000023L);
        assertThat(second.dirtyBits()).isEqualTo(5);
    }

    /** {@code create-md} of drbdmeta and ours leave the same bytes. */
    @ParameterizedTest
    @EnumSource(names = {"INTERNAL_FRESH", "FLEXIBLE_FRESH", "INDEXED_FRESH"})
    void freshMetaDataIsTheSame(Images image) throws Exception {
        MemoryDevice meta = MemoryDevice.create(image.deviceSize);
        MemoryDevice data = image.placement.kind() == MetaPlacement.Kind.INTERNAL
                ? meta
                : MemoryDevice.create(image.dataSectors() * 512);
        MetaOptions options =
                MetaOptions.at(image.placement).toBuilder().alExtents(257).build();
        MetaData.create(data, meta, options).get();
        ByteBuffer made = ByteBuffer.allocate(image.bytes().length);
        meta.read(image.at(), made);
        assertThat(made.array()).isEqualTo(image.bytes());
    }

    @Test
    void version09IsNamed() throws IOException {
        byte[] all = Images.bytes("v09-internal-8MiB-1peer-fresh", "tail40960");
        ByteBuffer block = ByteBuffer.wrap(all, all.length - 4096, 4096).slice();
        assertThatThrownBy(() -> Superblock.decode(block))
                .isInstanceOfSatisfying(
                        DrbdException.class, e -> assertThat(e.kind()).isEqualTo(DrbdException.Kind.NOT_SUPPORTED))
                .hasMessageContaining("version 09");
    }
}
