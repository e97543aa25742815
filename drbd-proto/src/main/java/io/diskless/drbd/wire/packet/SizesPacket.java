package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.QueueLimits;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * {@code P_SIZES}: sizes of the device (DRBD wire protocol §5.4), big-endian.
 *
 * <pre>
 *  0         8         16        24        28    30    32
 *  | d_size  | u_size  | c_size  | max_bio |order|flags| queue limits, 24 bytes, with FF_WSAME
 * </pre>
 *
 * <p>Immutable.
 *
 * @param diskSize sectors that the disk has for data, 0 without a disk
 * @param userSize sectors that the user wants at most, 0 for no limit
 * @param currentSize sectors of the device now, 0 before the first agreement
 * @param maxBio largest request in bytes
 * @param queueOrder 0
 * @param flags {@link #FORCED}, {@link #NO_RESYNC}
 * @param limits limits of the sender's queue; null without FF_WSAME
 */
public record SizesPacket(
        long diskSize,
        long userSize,
        long currentSize,
        int maxBio,
        int queueOrder,
        int flags,
        @Nullable QueueLimits limits)
        implements Packet {
    /** Bytes without limits. */
    public static final int LENGTH = 32;
    /** Flag 1: the size was forced by the user. */
    public static final int FORCED = 1;
    /** Flag 2: what was added need not be resynced. */
    public static final int NO_RESYNC = 2;

    private static final int DISK_SIZE = 0;
    private static final int USER_SIZE = 8;
    private static final int CURRENT_SIZE = 16;
    private static final int MAX_BIO = 24;
    private static final int QUEUE_ORDER = 28;
    private static final int FLAGS = 30;

    static SizesPacket read(ByteBuf b, int at, int length) {
        return new SizesPacket(
                b.getLong(at + DISK_SIZE),
                b.getLong(at + USER_SIZE),
                b.getLong(at + CURRENT_SIZE),
                b.getInt(at + MAX_BIO),
                b.getUnsignedShort(at + QUEUE_ORDER),
                b.getUnsignedShort(at + FLAGS),
                length > LENGTH ? QueueLimits.read(b, at + LENGTH) : null);
    }

    @Override
    public PacketType type() {
        return PacketType.SIZES;
    }

    @Override
    public int length() {
        return limits == null ? LENGTH : LENGTH + QueueLimits.LENGTH;
    }

    @Override
    public void write(ByteBuf b, int at) {
        b.setLong(at + DISK_SIZE, diskSize);
        b.setLong(at + USER_SIZE, userSize);
        b.setLong(at + CURRENT_SIZE, currentSize);
        b.setInt(at + MAX_BIO, maxBio);
        b.setShort(at + QUEUE_ORDER, queueOrder);
        b.setShort(at + FLAGS, flags);
        if (limits != null) {
            limits.write(b, at + LENGTH);
        }
    }
}
