package io.diskless.drbd.session;

import io.diskless.drbd.auth.CramHmac;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.SocketKind;
import io.diskless.drbd.wire.StateWord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Random;

/**
 * A peer over real sockets that says what the test wants, when it wants, and reads only when it is told to. It speaks
 * protocol 101 without features. Not thread-safe.
 */
final class RawPeer implements AutoCloseable {
    static final Dialect DIALECT = new Dialect(101, 0);
    private static final int FEATURES_LENGTH = 72;

    final Socket data;
    final Socket meta;
    private boolean agreed;

    /** A packet. */
    record Packet(PacketType type, ByteBuf payload) {}

    /** Connects both sockets and says which is which; the victim listens, or will. */
    RawPeer(InetSocketAddress victim) throws IOException {
        data = connected(victim);
        write(data, header(PacketType.INITIAL_DATA, 0));
        meta = connected(victim);
        write(meta, header(PacketType.INITIAL_META, 0));
    }

    /** A socket to a victim that listens, or will. */
    static Socket connected(InetSocketAddress victim) throws IOException {
        long since = System.nanoTime();
        while (true) {
            Socket s = new Socket();
            try {
                s.connect(victim);
                s.setTcpNoDelay(true);
                s.setSoTimeout((int) Pair.PATIENCE.toMillis());
                return s;
            } catch (IOException e) {
                s.close();
                if (System.nanoTime() - since > Pair.PATIENCE.toNanos()) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    private static void write(Socket to, ByteBuf bytes) throws IOException {
        to.getOutputStream().write(ByteBufUtil.getBytes(bytes));
    }

    private ByteBuf header(PacketType type, int length) {
        return Gag.header(Unpooled.buffer(), agreed ? DIALECT : Dialect.HANDSHAKE, 0, type.code(), length);
    }

    void say(SocketKind socket, PacketType type, ByteBuf payload) throws IOException {
        write(
                socket == SocketKind.DATA ? data : meta,
                header(type, payload.readableBytes()).writeBytes(payload));
    }

    void say(PacketType type, ByteBuf payload) throws IOException {
        say(SocketKind.DATA, type, payload);
    }

    /** Any bytes at all. */
    void noise(SocketKind socket, byte[] bytes) throws IOException {
        (socket == SocketKind.DATA ? data : meta).getOutputStream().write(bytes);
    }

    /** The next packet of a socket; waits for it. */
    Packet hear(SocketKind socket) throws IOException {
        DataInputStream in = new DataInputStream((socket == SocketKind.DATA ? data : meta).getInputStream());
        HeaderFormat f = agreed ? HeaderFormat.H100 : HeaderFormat.H80;
        ByteBuf h = Unpooled.wrappedBuffer(in.readNBytes(f.length()));
        if (h.readableBytes() < f.length()) {
            throw new IOException("the victim has closed the " + socket + " socket");
        }
        byte[] payload = in.readNBytes((int) f.payloadLength(h, 0));
        return new Packet(PacketType.of(f.command(h, 0)), Unpooled.wrappedBuffer(payload));
    }

    /** As {@link #hear}, of one type; others are passed over. */
    ByteBuf hear(PacketType type) throws IOException {
        Packet p = hear(type.isOn(SocketKind.DATA) ? SocketKind.DATA : SocketKind.META);
        while (p.type != type) {
            p = hear(type.isOn(SocketKind.DATA) ? SocketKind.DATA : SocketKind.META);
        }
        return p.payload;
    }

    RawPeer features() throws IOException {
        say(
                PacketType.CONNECTION_FEATURES,
                Unpooled.buffer().writeInt(86).writeInt(0).writeInt(101).writeZero(FEATURES_LENGTH - 12));
        hear(PacketType.CONNECTION_FEATURES);
        agreed = true;
        return this;
    }

    RawPeer authenticate(SharedSecret secret) throws IOException {
        try (CramHmac hmac = new CramHmac(DigestAlgorithm.SHA1, secret, new Random())) {
            say(PacketType.AUTH_CHALLENGE, Unpooled.wrappedBuffer(hmac.challenge()));
            if (hmac.onChallenge(hear(PacketType.AUTH_CHALLENGE)) != CramHmac.Verdict.ACCEPTED) {
                throw new IOException("the victim's challenge is bad");
            }
            say(PacketType.AUTH_RESPONSE, Unpooled.wrappedBuffer(hmac.response()));
            if (hmac.onResponse(hear(PacketType.AUTH_RESPONSE)) != CramHmac.Verdict.ACCEPTED) {
                throw new IOException("the victim does not know the secret");
            }
        }
        return this;
    }

    /** Protocol C, disconnect on every split brain, one Primary, no integrity. */
    RawPeer protocol() throws IOException {
        say(PacketType.PROTOCOL, Unpooled.buffer().writeInt(3).writeZero(4 * 5 + 1));
        return this;
    }

    RawPeer sizes(long sectors, long current) throws IOException {
        say(
                PacketType.SIZES,
                Unpooled.buffer()
                        .writeLong(sectors)
                        .writeLong(0)
                        .writeLong(current)
                        .writeInt(1 << 20)
                        .writeInt(0));
        return this;
    }

    RawPeer state(Role role, ConnectionState connection, DiskState disk) throws IOException {
        say(
                PacketType.STATE,
                Unpooled.buffer().writeInt(StateWord.of(role, Role.UNKNOWN, connection, disk, DiskState.D_UNKNOWN)));
        return this;
    }

    /** A peer without a disk: what it needs, it reads over there. */
    RawPeer diskless(long sectors) throws IOException {
        return sizes(0, sectors).state(Role.SECONDARY, ConnectionState.WF_REPORT_PARAMS, DiskState.DISKLESS);
    }

    @Override
    public void close() throws IOException {
        data.close();
        meta.close();
    }
}
