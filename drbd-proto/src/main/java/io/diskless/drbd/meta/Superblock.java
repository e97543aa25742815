package io.diskless.drbd.meta;

import static io.diskless.drbd.DrbdException.Kind.CORRUPT;
import static io.diskless.drbd.DrbdException.Kind.NOT_SUPPORTED;
import static io.diskless.drbd.DrbdException.Kind.NO_DATA;

import io.diskless.drbd.DrbdException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The superblock of meta-data version 08, used by DRBD 8.0 to 8.4 (drbd-semantics §9.2): 4096 bytes, big-endian.
 *
 * <pre>
 *   0  la_size_sect     u64      56  flags            u32      80  bytes per bit    u32
 *   8  current UUID     u64      60  magic            u32      84  peer max bio     u32
 *  16  bitmap UUID      u64      64  md_size_sect     u32      88  al_stripes       u32
 *  24  history[0]       u64      68  al_offset        s32      92  al_stripe_4k     u32
 *  32  history[1]       u64      72  al_nr_extents    u32      96  zero, to 4096
 *  40  device UUID      u64      76  bm_offset        s32
 *  48  reserved         u64
 * </pre>
 *
 * <p>Everything that has a meaning lies in the first 96 bytes, hence in the first 512-byte sector, and the rest is zero
 * before and after every write. A write that is torn between sectors therefore leaves either the old superblock or the
 * new one, never a mixture. There is no checksum: a device that tears inside a sector is beyond the format.
 *
 * <p>Immutable.
 *
 * @param agreedSectors size last agreed with the peer, in sectors of 512 bytes; 0 if never connected
 * @param currentUuid generation of the data; bit 0 tells "Primary"
 * @param bitmapUuid generation since which the bitmap counts, or 0
 * @param historyUuid0 the younger of the old generations
 * @param historyUuid1 the older one
 * @param deviceUuid 0 as created; no decision uses it
 * @param reserved kept as read
 * @param flags bits of {@link MetaFlag}; unknown ones are kept
 * @param magic one of {@link #MAGIC_CLEAN}, {@link #MAGIC_UNCLEAN}
 * @param mdSizeSectors size of the meta-data area in sectors
 * @param alOffset first sector of the activity log, relative to the superblock
 * @param alExtents slots of the activity log
 * @param bitmapOffset first sector of the bitmap, relative to the superblock
 * @param bytesPerBit 4096
 * @param peerMaxBio largest request the peer took when last seen, in bytes
 * @param alStripes stripes of the activity log as stored; 0 together with 0 below means the default
 * @param alStripe4k blocks of 4096 bytes in each stripe as stored
 */
public record Superblock(
        long agreedSectors,
        long currentUuid,
        long bitmapUuid,
        long historyUuid0,
        long historyUuid1,
        long deviceUuid,
        long reserved,
        int flags,
        int magic,
        int mdSizeSectors,
        int alOffset,
        int alExtents,
        int bitmapOffset,
        int bytesPerBit,
        int peerMaxBio,
        int alStripes,
        int alStripe4k) {
    /** Bytes on disk. */
    public static final int SIZE = 4096;

    /** Version 08, cleanly detached. */
    public static final int MAGIC_CLEAN = 0x8374026b;

    /** Version 08 as it is from attach on: the activity log has to be applied before anybody trusts it. */
    public static final int MAGIC_UNCLEAN = 0x8374026c;

    /** The value of {@link #currentUuid()} in meta-data that was just created (drbd-semantics §4.1). */
    public static final long UUID_JUST_CREATED = 4;

    /** Storage that one bit of the bitmap stands for. */
    public static final int BYTES_PER_BIT = 4096;

    static final int MAGIC_07 = 0x8374026a;
    static final int MAGIC_09 = 0x8374026d;

    private static final int AGREED_SECTORS = 0;
    private static final int CURRENT_UUID = 8;
    private static final int BITMAP_UUID = 16;
    private static final int HISTORY_UUID_0 = 24;
    private static final int HISTORY_UUID_1 = 32;
    private static final int DEVICE_UUID = 40;
    private static final int RESERVED = 48;
    private static final int FLAGS = 56;
    static final int MAGIC = 60;
    private static final int MD_SIZE = 64;
    private static final int AL_OFFSET = 68;
    private static final int AL_EXTENTS = 72;
    private static final int BITMAP_OFFSET = 76;
    private static final int PER_BIT = 80;
    private static final int PEER_MAX_BIO = 84;
    private static final int AL_STRIPES = 88;
    private static final int AL_STRIPE_4K = 92;
    private static final int END = 96;

    /**
     * What {@code create-md} writes: no generation but "just created", nothing agreed, a clean log.
     *
     * @param layout where log and bitmap lie
     * @param alExtents slots of the activity log
     * @return the superblock
     */
    public static Superblock fresh(MetaLayout layout, int alExtents) {
        return new Superblock(
                0,
                UUID_JUST_CREATED,
                0,
                0,
                0,
                0,
                0,
                MetaFlag.AL_CLEAN.mask(),
                MAGIC_CLEAN,
                layout.mdSizeSectors(),
                layout.alOffset(),
                alExtents,
                layout.bitmapOffset(),
                BYTES_PER_BIT,
                0,
                layout.alStripes(),
                layout.alStripe4k());
    }

    /**
     * Reads a superblock.
     *
     * @param block at least {@value #SIZE} bytes from index 0; position, limit and byte order do not matter
     * @return what it says; nothing but the magic has been checked, see {@link MetaLayout#check}
     * @throws DrbdException {@code NO_DATA} where no magic is, {@code NOT_SUPPORTED} for other versions
     */
    public static Superblock decode(ByteBuffer block) throws DrbdException {
        if (block.capacity() < SIZE) {
            throw new DrbdException(CORRUPT, "a superblock has " + SIZE + " bytes, got only " + block.capacity());
        }
        ByteBuffer b = block.duplicate().clear().order(ByteOrder.BIG_ENDIAN);
        int magic = b.getInt(MAGIC);
        switch (magic) {
            case MAGIC_CLEAN, MAGIC_UNCLEAN -> {}
            case MAGIC_07 ->
                throw new DrbdException(
                        NOT_SUPPORTED, "meta-data has version 07 (DRBD 0.7): convert it with drbdmeta first");
            case MAGIC_09 ->
                throw new DrbdException(
                        NOT_SUPPORTED,
                        "meta-data has version 09 (DRBD 9), a volume needs version 08; drbdmeta converts it");
            default ->
                throw new DrbdException(
                        NO_DATA,
                        String.format("no DRBD meta-data here: magic is 0x%08x, expected 0x%08x", magic, MAGIC_CLEAN));
        }
        return new Superblock(
                b.getLong(AGREED_SECTORS),
                b.getLong(CURRENT_UUID),
                b.getLong(BITMAP_UUID),
                b.getLong(HISTORY_UUID_0),
                b.getLong(HISTORY_UUID_1),
                b.getLong(DEVICE_UUID),
                b.getLong(RESERVED),
                b.getInt(FLAGS),
                magic,
                b.getInt(MD_SIZE),
                b.getInt(AL_OFFSET),
                b.getInt(AL_EXTENTS),
                b.getInt(BITMAP_OFFSET),
                b.getInt(PER_BIT),
                b.getInt(PEER_MAX_BIO),
                b.getInt(AL_STRIPES),
                b.getInt(AL_STRIPE_4K));
    }

    /**
     * Writes the superblock.
     *
     * @param block takes {@value #SIZE} bytes from index 0; position and limit stay
     */
    public void encode(ByteBuffer block) {
        ByteBuffer b = block.duplicate().clear().order(ByteOrder.BIG_ENDIAN);
        b.putLong(AGREED_SECTORS, agreedSectors);
        b.putLong(CURRENT_UUID, currentUuid);
        b.putLong(BITMAP_UUID, bitmapUuid);
        b.putLong(HISTORY_UUID_0, historyUuid0);
        b.putLong(HISTORY_UUID_1, historyUuid1);
        b.putLong(DEVICE_UUID, deviceUuid);
        b.putLong(RESERVED, reserved);
        b.putInt(FLAGS, flags);
        b.putInt(MAGIC, magic);
        b.putInt(MD_SIZE, mdSizeSectors);
        b.putInt(AL_OFFSET, alOffset);
        b.putInt(AL_EXTENTS, alExtents);
        b.putInt(BITMAP_OFFSET, bitmapOffset);
        b.putInt(PER_BIT, bytesPerBit);
        b.putInt(PEER_MAX_BIO, peerMaxBio);
        b.putInt(AL_STRIPES, alStripes);
        b.putInt(AL_STRIPE_4K, alStripe4k);
        for (int i = END; i < SIZE; i += Long.BYTES) {
            b.putLong(i, 0);
        }
    }

    /**
     * Whether a flag is set.
     *
     * @param flag which
     * @return its bit
     */
    public boolean has(MetaFlag flag) {
        return (flags & flag.mask()) != 0;
    }

    /**
     * Whether the 8.4 kernel would attach it as it is.
     *
     * @return the clean magic together with {@link MetaFlag#AL_CLEAN}
     */
    public boolean isClean() {
        return magic == MAGIC_CLEAN && has(MetaFlag.AL_CLEAN);
    }

    /**
     * The same with a flag set.
     *
     * @param flag which
     * @return the superblock
     */
    public Superblock with(MetaFlag flag) {
        return withFlags(flags | flag.mask());
    }

    /**
     * The same with a flag cleared.
     *
     * @param flag which
     * @return the superblock
     */
    public Superblock without(MetaFlag flag) {
        return withFlags(flags & ~flag.mask());
    }

    /**
     * The same with other flags.
     *
     * @param newFlags bits of {@link MetaFlag}
     * @return the superblock
     */
    public Superblock withFlags(int newFlags) {
        return make(agreedSectors, currentUuid, bitmapUuid, historyUuid0, historyUuid1, newFlags, magic);
    }

    /**
     * The same with other generations.
     *
     * @param current generation of the data
     * @param bitmap generation since which the bitmap counts, or 0
     * @param history0 the younger old generation
     * @param history1 the older one
     * @return the superblock
     */
    public Superblock withUuids(long current, long bitmap, long history0, long history1) {
        return make(agreedSectors, current, bitmap, history0, history1, flags, magic);
    }

    /**
     * The same with another agreed size.
     *
     * @param sectors of 512 bytes
     * @return the superblock
     */
    public Superblock withAgreedSectors(long sectors) {
        return make(sectors, currentUuid, bitmapUuid, historyUuid0, historyUuid1, flags, magic);
    }

    /**
     * The same with another "largest request of the peer".
     *
     * @param bytes as announced by the peer
     * @return the superblock
     */
    public Superblock withPeerMaxBio(int bytes) {
        return placed(mdSizeSectors, alOffset, alExtents, bitmapOffset, bytes);
    }

    /** The same elsewhere, after a resize or with another log. */
    Superblock withLayout(MetaLayout layout, int extents) {
        return placed(layout.mdSizeSectors(), layout.alOffset(), extents, layout.bitmapOffset(), peerMaxBio);
    }

    Superblock withMagic(int newMagic) {
        return make(agreedSectors, currentUuid, bitmapUuid, historyUuid0, historyUuid1, flags, newMagic);
    }

    private Superblock make(long agreed, long current, long bitmap, long h0, long h1, int newFlags, int newMagic) {
        return new Superblock(
                agreed,
                current,
                bitmap,
                h0,
                h1,
                deviceUuid,
                reserved,
                newFlags,
                newMagic,
                mdSizeSectors,
                alOffset,
                alExtents,
                bitmapOffset,
                bytesPerBit,
                peerMaxBio,
                alStripes,
                alStripe4k);
    }

    private Superblock placed(int mdSize, int al, int extents, int bm, int maxBio) {
        return new Superblock(
                agreedSectors,
                currentUuid,
                bitmapUuid,
                historyUuid0,
                historyUuid1,
                deviceUuid,
                reserved,
                flags,
                magic,
                mdSize,
                al,
                extents,
                bm,
                bytesPerBit,
                maxBio,
                alStripes,
                alStripe4k);
    }
}
