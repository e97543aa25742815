package io.diskless.drbd.wire.packet;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * {@code P_SYNC_PARAM} and {@code P_SYNC_PARAM89}: settings of resync and verify (DRBD wire protocol §5.3), big-endian.
 *
 * <pre>
 *  0      4                  68                132      136     140    144      148
 *  | rate |                                                                          86, 87
 *  | rate | verify-alg, NUL                                                          88
 *  | rate | verify-alg[64]   | csums-alg[64]   |                                     89 to 94
 *  | rate | verify-alg[64]   | csums-alg[64]   | plan | delay | fill | max rate |    95 and later
 * </pre>
 *
 * <p>Immutable.
 *
 * @param type which of the two
 * @param rate KiB/s
 * @param verify name of verify-alg as on the wire: none, with its NUL, or 64 bytes
 * @param csums name of csums-alg as on the wire: none, or 64 bytes
 * @param controller settings of the adaptive controller; null where the packet has none
 */
public record SyncParamPacket(
        PacketType type,
        int rate,
        Octets verify,
        Octets csums,
        @Nullable Controller controller) implements Packet {
    /** Bytes of a name in {@code P_SYNC_PARAM89}. */
    public static final int NAME_LENGTH = 64;

    /** Bytes of {@code P_SYNC_PARAM89} up to protocol 94. */
    static final int LENGTH_89 = 132;
    /** Bytes of {@code P_SYNC_PARAM89} since protocol 95. */
    static final int LENGTH_95 = 148;

    private static final int VERIFY = 4;
    private static final int CSUMS = 68;
    private static final int PLAN = 132;
    private static final int DELAY = 136;
    private static final int FILL = 140;
    private static final int MAX_RATE = 144;

    /**
     * Settings of the adaptive controller of the resync rate.
     *
     * <p>Immutable.
     *
     * @param planAhead 0.1 s
     * @param delayTarget 0.1 s
     * @param fillTarget sectors
     * @param maxRate KiB/s
     */
    public record Controller(int planAhead, int delayTarget, int fillTarget, int maxRate) {}

    /**
     * The packet of a dialect: what it has no room for is left out.
     *
     * @param dialect what was agreed
     * @param rate KiB/s
     * @param verifyAlg empty for none; less than 64 bytes
     * @param csumsAlg empty for none; less than 64 bytes
     * @param controller settings of the adaptive controller
     * @return the packet
     */
    public static SyncParamPacket of(
            Dialect dialect, int rate, String verifyAlg, String csumsAlg, Controller controller) {
        PacketType type = dialect.syncParamType();
        if (type == PacketType.SYNC_PARAM89) {
            return new SyncParamPacket(
                    type,
                    rate,
                    Bytes.padded(verifyAlg, NAME_LENGTH),
                    Bytes.padded(csumsAlg, NAME_LENGTH),
                    dialect.hasController() ? controller : null);
        }
        return new SyncParamPacket(
                type, rate, dialect.hasVerify() ? Bytes.name(verifyAlg) : Octets.EMPTY, Octets.EMPTY, null);
    }

    static SyncParamPacket read(PacketType type, ByteBuf b, int at, int length) {
        int rate = b.getInt(at);
        if (type == PacketType.SYNC_PARAM) {
            return new SyncParamPacket(type, rate, Bytes.get(b, at + VERIFY, length - VERIFY), Octets.EMPTY, null);
        }
        Controller controller = length < LENGTH_95
                ? null
                : new Controller(
                        b.getInt(at + PLAN), b.getInt(at + DELAY), b.getInt(at + FILL), b.getInt(at + MAX_RATE));
        return new SyncParamPacket(
                type, rate, Bytes.get(b, at + VERIFY, NAME_LENGTH), Bytes.get(b, at + CSUMS, NAME_LENGTH), controller);
    }

    /**
     * Name of verify-alg.
     *
     * @return empty for none
     */
    public String verifyAlg() {
        return Bytes.text(verify);
    }

    /**
     * Name of csums-alg.
     *
     * @return empty for none
     */
    public String csumsAlg() {
        return Bytes.text(csums);
    }

    @Override
    public int length() {
        return VERIFY + verify.size() + csums.size() + (controller == null ? 0 : LENGTH_95 - LENGTH_89);
    }

    @Override
    public void write(ByteBuf b, int at) {
        b.setInt(at, rate);
        Bytes.set(b, at + VERIFY, verify);
        Bytes.set(b, at + VERIFY + verify.size(), csums);
        if (controller != null) {
            b.setInt(at + PLAN, controller.planAhead());
            b.setInt(at + DELAY, controller.delayTarget());
            b.setInt(at + FILL, controller.fillTarget());
            b.setInt(at + MAX_RATE, controller.maxRate());
        }
    }
}
