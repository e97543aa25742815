package io.diskless.cluster.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The store of an overlay, version 1. All numbers are little endian.
 *
 * <pre>
 * byte 0            header, one sector; the rest of the first 4096 bytes is zero
 *       0  8  "DLOVERL1"
 *       8  4  version, 1
 *      12  4  cluster, bytes
 *      16  8  size of the base, bytes
 *      24  8  offset of the map, 4096
 *      32  8  offset of the data, a multiple of the cluster and of 4096
 *      40  4  what the fingerprint covers: 0 nothing, 1 samples, 2 everything
 *      48  8  fingerprint of the base
 *     508  4  CRC-32C of the bytes before
 * byte 4096         map, in sectors of 512 bytes, each for 4032 clusters
 *       0 504 bit c is cluster c: set if the overlay has it, lowest bit first
 *     504  4  number of this sector in the map, plus 1
 *     508  4  CRC-32C of the bytes before
 *                   A sector of zeroes is one that was never written: no cluster.
 * byte "data"       cluster c of the disk at data + c * cluster
 * </pre>
 *
 * <p>A sector is what a disk writes as a whole, so a sector of the map is always an old or a new one; either is true,
 * because a bit is written only after the data it speaks of is durable.
 */
final class OverlayFormat {
    static final int MAP_OFFSET = 4096;
    static final int SECTOR = BlockGeometry.SECTOR;
    static final int BITS = 504 * 8;

    private static final long MAGIC = ByteBuffer.wrap("DLOVERL1".getBytes(StandardCharsets.US_ASCII))
            .order(ByteOrder.LITTLE_ENDIAN)
            .getLong();
    private static final int VERSION = 1;
    private static final int VERSION_AT = 8;
    private static final int CLUSTER_AT = 12;
    private static final int SIZE_AT = 16;
    private static final int MAP_AT = 24;
    private static final int DATA_AT = 32;
    private static final int CHECK_AT = 40;
    private static final int FINGERPRINT_AT = 48;
    private static final int NUMBER_AT = 504;
    private static final int CRC_AT = 508;
    private static final int SAMPLES = 256;

    private OverlayFormat() {}

    /** The header's content. */
    record Header(int cluster, long size, OverlayOptions.BaseCheck check, long fingerprint) {
        long clusters() {
            return (size + cluster - 1) / cluster;
        }

        int mapSectors() {
            return Math.toIntExact((clusters() + BITS - 1) / BITS);
        }

        long dataOffset() {
            long unit = Math.max(cluster, MAP_OFFSET);
            return (MAP_OFFSET + (long) mapSectors() * SECTOR + unit - 1) / unit * unit;
        }

        long storeSize() {
            return dataOffset() + size;
        }

        void write(ByteBuffer block) {
            block.order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(0, MAGIC)
                    .putInt(VERSION_AT, VERSION)
                    .putInt(CLUSTER_AT, cluster)
                    .putLong(SIZE_AT, size)
                    .putLong(MAP_AT, MAP_OFFSET)
                    .putLong(DATA_AT, dataOffset())
                    .putInt(CHECK_AT, code(check))
                    .putLong(FINGERPRINT_AT, fingerprint)
                    .putInt(CRC_AT, crc(block, 0));
        }

        /** The header in a block, or null if the store is new. */
        static @Nullable Header read(ByteBuffer block) throws BlockException {
            block.order(ByteOrder.LITTLE_ENDIAN);
            if (isZero(block, 0)) {
                return null;
            }
            if (block.getLong(0) != MAGIC) {
                throw damaged("it does not begin with DLOVERL1, so it is no overlay");
            }
            if (block.getInt(CRC_AT) != crc(block, 0)) {
                throw damaged("the checksum of its header is wrong");
            }
            if (block.getInt(VERSION_AT) != VERSION) {
                throw new BlockException(
                        BlockException.Kind.NOT_SUPPORTED,
                        0,
                        "expected an overlay of version 1, found " + block.getInt(VERSION_AT));
            }
            OverlayOptions.BaseCheck check = null;
            for (OverlayOptions.BaseCheck each : OverlayOptions.BaseCheck.values()) {
                check = code(each) == block.getInt(CHECK_AT) ? each : check;
            }
            int cluster = block.getInt(CLUSTER_AT);
            long size = block.getLong(SIZE_AT);
            if (check == null || Integer.bitCount(cluster) != 1 || cluster < SECTOR || size < 0) {
                throw damaged("its header has impossible values");
            }
            Header header = new Header(cluster, size, check, block.getLong(FINGERPRINT_AT));
            if (block.getLong(MAP_AT) != MAP_OFFSET || block.getLong(DATA_AT) != header.dataOffset()) {
                throw damaged("its header has impossible offsets");
            }
            return header;
        }
    }

    private static int code(OverlayOptions.BaseCheck check) {
        return switch (check) {
            case SIZE -> 0;
            case SAMPLES -> 1;
            case EVERYTHING -> 2;
        };
    }

    static BlockException damaged(String what) {
        return new BlockException(BlockException.Kind.MEDIUM, BlockException.NO_OFFSET, "overlay: " + what);
    }

    /** Completes a sector of the map whose bits are in place. */
    static void seal(ByteBuffer map, int at, int number) {
        map.putInt(at + NUMBER_AT, number + 1);
        map.putInt(at + CRC_AT, crc(map, at));
    }

    /** Checks a sector of the map; one that was never written has no bits. */
    static void verify(ByteBuffer map, int at, int number) throws BlockException {
        if (isZero(map, at)) {
            return;
        }
        if (map.getInt(at + CRC_AT) != crc(map, at)) {
            throw damaged("the checksum of sector " + number + " of its map is wrong");
        }
        if (map.getInt(at + NUMBER_AT) != number + 1) {
            throw damaged("sector " + number + " of its map is that of place " + (map.getInt(at + NUMBER_AT) - 1));
        }
    }

    private static boolean isZero(ByteBuffer block, int at) {
        for (int i = 0; i < SECTOR; i += Long.BYTES) {
            if (block.getLong(at + i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int crc(ByteBuffer block, int at) {
        CRC32C crc = new CRC32C();
        crc.update(block.slice(at, CRC_AT));
        return (int) crc.getValue();
    }

    /** Two checksums of different kind over the base, as much of it as is asked for. */
    static long fingerprint(BlockDevice base, long size, OverlayOptions.BaseCheck check) throws BlockException {
        if (check == OverlayOptions.BaseCheck.SIZE || size == 0) {
            return 0;
        }
        BlockGeometry shape = base.geometry();
        boolean all = check == OverlayOptions.BaseCheck.EVERYTHING;
        int piece = all ? 1 << 20 : Math.max(4096, shape.logicalBlock());
        long pieces = (size + piece - 1) / piece;
        long step = all ? 1 : Math.max(1, pieces / SAMPLES);
        ByteBuffer bytes = aligned(piece, shape.memoryAlignment());
        CRC32C low = new CRC32C();
        CRC32 high = new CRC32();
        for (long i = 0; i < pieces; i += step) {
            long offset = i * piece;
            bytes.clear().limit((int) Math.min(piece, size - offset));
            base.read(offset, bytes);
            low.update(bytes.duplicate());
            high.update(bytes.duplicate());
        }
        return high.getValue() << 32 | low.getValue();
    }

    static ByteBuffer aligned(int length, int alignment) {
        int unit = Math.max(alignment, 64);
        return ByteBuffer.allocateDirect(length + 2 * unit)
                .alignedSlice(unit)
                .slice(0, length)
                .order(ByteOrder.LITTLE_ENDIAN);
    }
}
