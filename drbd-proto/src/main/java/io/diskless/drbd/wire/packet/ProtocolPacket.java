package io.diskless.drbd.wire.packet;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_PROTOCOL} and {@code P_PROTOCOL_UPDATE}: settings of the connection (DRBD wire protocol §5.1), big-endian.
 *
 * <pre>
 *  0         4         8         12        16        20         24
 *  |protocol | 0pri    | 1pri    | 2pri    | flags   | two pri. | integrity-alg, NUL (since 87)
 * </pre>
 *
 * <p>Immutable.
 *
 * @param type which of the two
 * @param protocol 1 for A, 2 for B, 3 for C
 * @param afterSb0Pri code of the policy when nobody was Primary
 * @param afterSb1Pri code of the policy when one side is Primary
 * @param afterSb2Pri code of the policy when both sides are Primary
 * @param flags {@link #DISCARD_MY_DATA}, {@link #DRY_RUN}
 * @param twoPrimaries 1 if both sides may be Primary, else 0
 * @param integrity name of data-integrity-alg with its NUL; no bytes below protocol 87
 */
public record ProtocolPacket(
        PacketType type,
        int protocol,
        int afterSb0Pri,
        int afterSb1Pri,
        int afterSb2Pri,
        int flags,
        int twoPrimaries,
        Octets integrity)
        implements Packet {
    /** Bytes of the fixed part. */
    public static final int LENGTH = 24;
    /** Flag 1: the sender's data is to be discarded after split brain. */
    public static final int DISCARD_MY_DATA = 1;
    /** Flag 2: only find out what would happen; since 92. */
    public static final int DRY_RUN = 2;

    private static final int PROTOCOL = 0;
    private static final int SB_0 = 4;
    private static final int SB_1 = 8;
    private static final int SB_2 = 12;
    private static final int FLAGS = 16;
    private static final int TWO_PRIMARIES = 20;

    /**
     * The name at the end of the packet in a dialect.
     *
     * @param dialect what was agreed
     * @param name algorithm, empty for none
     * @return the name with its NUL; no bytes where the dialect has no name
     */
    public static Octets integrity(Dialect dialect, String name) {
        return dialect.hasIntegrity() ? Bytes.name(name) : Octets.EMPTY;
    }

    static ProtocolPacket read(PacketType type, ByteBuf b, int at, int length) {
        return new ProtocolPacket(
                type,
                b.getInt(at + PROTOCOL),
                b.getInt(at + SB_0),
                b.getInt(at + SB_1),
                b.getInt(at + SB_2),
                b.getInt(at + FLAGS),
                b.getInt(at + TWO_PRIMARIES),
                Bytes.get(b, at + LENGTH, length - LENGTH));
    }

    /**
     * Name of data-integrity-alg.
     *
     * @return empty for none
     */
    public String integrityAlg() {
        return Bytes.text(integrity);
    }

    @Override
    public int length() {
        return LENGTH + integrity.size();
    }

    @Override
    public void write(ByteBuf b, int at) {
        b.setInt(at + PROTOCOL, protocol);
        b.setInt(at + SB_0, afterSb0Pri);
        b.setInt(at + SB_1, afterSb1Pri);
        b.setInt(at + SB_2, afterSb2Pri);
        b.setInt(at + FLAGS, flags);
        b.setInt(at + TWO_PRIMARIES, twoPrimaries);
        Bytes.set(b, at + LENGTH, integrity);
    }
}
