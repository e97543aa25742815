package io.diskless.drbd.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.DrbdException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MetaImageTest {
    private static MemoryDevice data(Images image, MemoryDevice meta) {
        return image.placement.kind() == MetaPlacement.Kind.INTERNAL
                ? meta
                : MemoryDevice.create(image.dataSectors() * 512);
    }

    private static String dump(MetaImage image) throws IOException {
        StringBuilder text = new StringBuilder();
        image.dump(text);
        return text.toString();
    }

    /** From the version on, and without the flags, of which drbdmeta 9.22 tells nothing for version 08. */
    private static String comparable(String dump) {
        return dump.substring(dump.indexOf("version")).replaceFirst("flags 0x[0-9A-F]{8};", "flags;");
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"LIVE", "DOWN"})
    void theDumpIsDrbdmetas(Images image) throws IOException {
        MemoryDevice meta = image.device();
        MetaImage read = MetaImage.read(data(image, meta), meta, image.placement);
        assertThat(comparable(dump(read))).isEqualTo(comparable(image.dump()));
    }

    @ParameterizedTest
    @CsvSource({"LIVE, LIVE_APPLIED, 1", "DOWN, DOWN_APPLIED, 0"})
    void applyingTheLogLeavesWhatDrbdmetaLeaves(Images before, Images after, int extents) throws IOException {
        MemoryDevice device = before.device();
        assertThat(MetaImage.applyActivityLog(device, device, before.placement)).isEqualTo(extents);
        ByteBuffer bytes = ByteBuffer.allocate(after.bytes().length);
        device.read(after.at(), bytes);
        assertThat(bytes.array()).isEqualTo(after.bytes());
        assertThat(MetaImage.applyActivityLog(device, device, before.placement)).isZero();
    }

    @Test
    void theDumpOfUncleanMetaDataHasItsHotExtentsDirty() throws IOException {
        MemoryDevice device = Images.LIVE.device();
        MetaImage read = MetaImage.read(device, device, MetaPlacement.INTERNAL);
        assertThat(read.hotExtents()).containsExactly(0);
        assertThat(read.bitmap().dirtyBits()).isZero();
        assertThat(dump(read)).contains("16 times 0xFFFFFFFFFFFFFFFF;").contains("# bits-set 1024;");
        assertThat(read.uuids().bits()).isEqualTo(48);
        assertThat(read.uuids().flags()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"LIVE", "DOWN"})
    void whatIsRestoredDumpsTheSame(Images image) throws IOException {
        String dump = image.dump();
        // One of them begins with what drbdmeta said on the other channel.
        String text = dump.substring(dump.indexOf("# DRBD")).replaceFirst("flags 0x00000000", "flags 0x00000031");
        MemoryDevice meta = MemoryDevice.create(image.deviceSize);
        BlockDevice data = data(image, meta);
        MetaImage.restore(data, meta, image.placement, new StringReader(text), false);
        MetaImage read = MetaImage.read(data, meta, image.placement);
        assertThat(comparable(dump(read)).replaceFirst("al-extents 257", "al-extents x"))
                .isEqualTo(comparable(text).replaceFirst("al-extents [0-9]+", "al-extents x"));
        assertThat(read.superblock().flags()).isEqualTo(0xb1);
        assertThat(read.superblock().isClean()).isTrue();
        // And our own text, true flags and all, comes back to the same bytes.
        MemoryDevice again = MemoryDevice.create(image.deviceSize);
        MetaImage.restore(data(image, again), again, image.placement, new StringReader(dump(read)), false);
        ByteBuffer first = ByteBuffer.allocate(image.bytes().length);
        ByteBuffer second = ByteBuffer.allocate(image.bytes().length);
        meta.read(image.at(), first);
        again.read(image.at(), second);
        assertThat(second.array()).isEqualTo(first.array());
    }

    @Test
    void whatIsThereIsNotReplacedUnasked() throws IOException {
        MemoryDevice device = Images.LIVE.device();
        String text = Images.RESTORED.dump();
        assertThatThrownBy(
                        () -> MetaImage.restore(device, device, MetaPlacement.INTERNAL, new StringReader(text), false))
                .isInstanceOfSatisfying(
                        DrbdException.class, e -> assertThat(e.kind()).isEqualTo(DrbdException.Kind.CONFLICT));
        assertThat(MetaImage.read(device, device, MetaPlacement.INTERNAL).hotExtents())
                .hasSize(1);
        MetaImage.restore(device, device, MetaPlacement.INTERNAL, new StringReader(text), true);
        assertThat(MetaImage.read(device, device, MetaPlacement.INTERNAL)
                        .bitmap()
                        .dirtyBits())
                .isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "version \"v08\" | version \"v07\" | line 6: expected",
                "la-size-sect 384 | la-size-sect 999999 | room for 4016",
                "la-size-sect 384 | la-size-sect -1 | line 18: expected a number up to",
                "0x0000A00000000005; | 0x0000A0000000000500; | line 27: expected 0x and 8 or 16 hexadecimal digits, found '0x0000A0000000000500'",
                "508 times | 509 times | line 28: expected at most 512 words of bitmap",
                "508 times | times | line 28: 'times' is no number",
                "bm-byte-per-bit 4096 | bm-byte-per-bit 8192 | line 19: expected bm-byte-per-bit 4096",
            })
    void aWrongTextIsRefusedWithItsLineBeforeAnythingIsWritten(String good, String bad, String message)
            throws IOException {
        String text = Images.RESTORED.dump().replaceFirst(good, bad);
        MemoryDevice device = MemoryDevice.create(2 << 20);
        assertThatThrownBy(
                        () -> MetaImage.restore(device, device, MetaPlacement.INTERNAL, new StringReader(text), false))
                .isInstanceOf(DrbdException.class)
                .hasMessageContaining(message);
        ByteBuffer all = ByteBuffer.allocate(2 << 20);
        device.read(0, all);
        assertThat(all).isEqualTo(ByteBuffer.allocate(2 << 20));
    }
}
