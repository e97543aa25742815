package io.diskless.drbd.wire.packet;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * {@code P_CONNECTION_FEATURES}: what the sender can do (DRBD wire protocol §4.1), 72 bytes, big-endian.
 *
 * <pre>
 *  0         4         8         12        16        20           72
 *  | min     | flags   | max     | sender  | receiver| zero ...   |
 * </pre>
 *
 * <p>Immutable.
 *
 * @param minVersion oldest protocol version
 * @param features FF constants of {@link Dialect}
 * @param maxVersion newest protocol version; 0 means the same as the oldest
 * @param senderNode 0; DRBD 9: number of the sending node
 * @param receiverNode 0; DRBD 9: number of the receiving node
 * @param rest 52 bytes, zero
 */
public record FeaturesPacket(
        int minVersion, int features, int maxVersion, int senderNode, int receiverNode, Octets rest) implements Packet {
    /** Bytes of the payload. */
    public static final int LENGTH = 72;

    private static final int MIN = 0;
    private static final int FLAGS = 4;
    private static final int MAX = 8;
    private static final int SENDER = 12;
    private static final int RECEIVER = 16;
    private static final int REST = 20;

    /** Checks the length of the rest. */
    public FeaturesPacket {
        if (rest.size() != LENGTH - REST) {
            throw new IllegalArgumentException("expected " + (LENGTH - REST) + " more bytes, got " + rest.size());
        }
    }

    /**
     * What an 8.4 peer offers.
     *
     * @param minVersion oldest protocol version
     * @param maxVersion newest protocol version
     * @param features FF constants of {@link Dialect}
     * @return the packet
     */
    public static FeaturesPacket offer(int minVersion, int maxVersion, int features) {
        return new FeaturesPacket(minVersion, features, maxVersion, 0, 0, Octets.of(new byte[LENGTH - REST]));
    }

    static FeaturesPacket read(ByteBuf b, int at) {
        return new FeaturesPacket(
                b.getInt(at + MIN),
                b.getInt(at + FLAGS),
                b.getInt(at + MAX),
                b.getInt(at + SENDER),
                b.getInt(at + RECEIVER),
                Bytes.get(b, at + REST, LENGTH - REST));
    }

    /**
     * What this offer and a peer's have in common.
     *
     * @param peer the peer's offer
     * @return the dialect; empty if there is no common version
     */
    public Optional<Dialect> agree(FeaturesPacket peer) {
        return Dialect.agree(minVersion, maxVersion, features, peer.minVersion, peer.maxVersion, peer.features);
    }

    @Override
    public PacketType type() {
        return PacketType.CONNECTION_FEATURES;
    }

    @Override
    public int length() {
        return LENGTH;
    }

    @Override
    public void write(ByteBuf b, int at) {
        b.setInt(at + MIN, minVersion);
        b.setInt(at + FLAGS, features);
        b.setInt(at + MAX, maxVersion);
        b.setInt(at + SENDER, senderNode);
        b.setInt(at + RECEIVER, receiverNode);
        Bytes.set(b, at + REST, rest);
    }
}
