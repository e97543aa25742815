package io.diskless.drbd.session;

import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.SocketKind;
import io.diskless.drbd.wire.StateWord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Packets that no peer should send, or not now: of any type, in any order, of any length, with any field. Data that it
 * brings along is all {@link #MARK}. Not thread-safe.
 */
final class HostileFrames {
    /** No disk ever holds this byte, unless somebody has written what he must not. */
    static final byte MARK = (byte) 0xEE;

    private static final PacketType[] TYPES = PacketType.values();
    private static final int MOST_BYTES = 70_000;
    /** Ends even what is to be as long as the longest packet. */
    private static final int LONG = 1 << 20 | 1 << 16;

    /** A packet, or what looks like one, and where it is said. */
    record Said(SocketKind socket, ByteBuf bytes, String words) {}

    private final SplittableRandom random;
    private final Dialect dialect;
    private final long sectors;
    private final boolean claims;

    /**
     * @param claims whether it tells lies about its own state; then no write of it is well-formed, for a peer that says it
     *     is Primary may write
     */
    HostileFrames(SplittableRandom random, Dialect dialect, long sectors, boolean claims) {
        this.random = random;
        this.dialect = dialect;
        this.sectors = sectors;
        this.claims = claims;
    }

    /** Some of them, and at the end something that no connection survives. */
    List<Said> some() {
        List<Said> all = new ArrayList<>();
        int count = random.nextInt(1, 8);
        for (int i = 0; i < count; i++) {
            Said one = one();
            int times = random.nextInt(6) == 0 ? random.nextInt(2, 300) : 1;
            for (int n = 1; n < times; n++) {
                all.add(new Said(one.socket, one.bytes.copy(), "again"));
            }
            all.add(one);
        }
        all.add(new Said(SocketKind.DATA, Unpooled.buffer().writeZero(LONG), "no magic"));
        return all;
    }

    private Said one() {
        if (random.nextInt(20) == 0) {
            byte[] noise = new byte[random.nextInt(1, 100)];
            random.nextBytes(noise);
            return new Said(anySocket(), Unpooled.copiedBuffer(noise), "noise");
        }
        PacketType type;
        do {
            type = TYPES[random.nextInt(TYPES.length)];
        } while (!isFit(type));
        SocketKind socket = type.isOn(SocketKind.DATA) ? SocketKind.DATA : SocketKind.META;
        if (random.nextInt(20) == 0) {
            socket = anySocket();
        }
        ByteBuf payload = payload(type);
        int command = random.nextInt(25) == 0 ? random.nextInt(1 << 16) : type.code();
        int volume = dialect.hasVolumes() && random.nextInt(20) == 0 ? random.nextInt(1 << 16) : 0;
        int length = payload.readableBytes();
        if (random.nextInt(12) == 0) {
            length = anyLength(length);
        }
        length = dialect.hasVolumes() || dialect.version() >= 95
                ? length
                : Math.min(length, HeaderFormat.MAX_H80_PAYLOAD);
        ByteBuf all = Gag.header(Unpooled.buffer(), dialect, volume, command, length);
        if (random.nextInt(40) == 0) {
            all.setByte(random.nextInt(all.writerIndex()), random.nextInt(256));
        }
        String words = type.label() + " of " + length + " as 0x" + Integer.toHexString(command) + " on " + socket;
        return new Said(socket, all.writeBytes(payload), words);
    }

    private boolean isFit(PacketType type) {
        boolean claim = type == PacketType.STATE || type == PacketType.STATE_CHG_REQ;
        return type != PacketType.UNKNOWN && (claims || !claim);
    }

    private SocketKind anySocket() {
        return random.nextBoolean() ? SocketKind.DATA : SocketKind.META;
    }

    private int anyLength(int right) {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> right + 1;
            case 2 -> Math.max(0, right - 1);
            case 3 -> Integer.MAX_VALUE;
            case 4 -> 1 << 20;
            default -> random.nextInt(1 << 16);
        };
    }

    private ByteBuf payload(PacketType type) {
        ByteBuf b = Unpooled.buffer();
        switch (type) {
            case DATA, DATA_REPLY, RS_DATA_REPLY -> data(type, b);
            case TRIM, ZEROES, WSAME -> {
                boolean bad = claims;
                b.writeLong(bad ? sectors - 1 : anySector()).writeLong(anyId()).writeInt(random.nextInt(4));
                b.writeInt(random.nextInt()).writeInt(bad ? 4096 : anySize());
                b.writeBytes(filled(type == PacketType.WSAME ? 512 : 0));
            }
            case OUT_OF_SYNC -> b.writeLong(anySector()).writeInt(anySize()).writeInt(0);
            // Never of a size that anybody has asked for.
            case RS_DEALLOCATED -> b.writeLong(anySector()).writeInt(1536).writeInt(0);
            case STATE -> b.writeInt(anyState());
            case STATE_CHG_REQ, CONN_ST_CHG_REQ -> b.writeInt(anyMask()).writeInt(anyState());
            case SIZES -> {
                for (int i = 0; i < 3; i++) {
                    b.writeLong(random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(3) * sectors / 2);
                }
                b.writeInt(anySize()).writeShort(random.nextInt(4)).writeShort(random.nextInt(4));
            }
            case UUIDS -> {
                for (int i = 0; i < 6; i++) {
                    b.writeLong(random.nextBoolean() ? random.nextInt(12) : random.nextLong());
                }
            }
            case BITMAP -> {
                int right = (int) ((sectors / 8 + 63) / 64) * 8;
                b.writeBytes(filled(random.nextBoolean() ? right : random.nextInt(512) * 8));
            }
            case COMPRESSED_BITMAP -> {
                byte[] code = new byte[random.nextInt(2, 60)];
                random.nextBytes(code);
                b.writeBytes(code).setByte(0, random.nextInt(16) << 4 | (random.nextInt(5) == 0 ? 7 : 2));
            }
            default -> {
                int length = Math.min(MOST_BYTES, type.minLength(dialect));
                fields(b, length);
                if (type.hasTail(dialect)) {
                    b.writeBytes(filled(random.nextInt(64)));
                }
            }
        }
        int right = type.minLength(dialect);
        return b.readableBytes() < right ? b.writeZero(right - b.readableBytes()) : b;
    }

    private void data(PacketType type, ByteBuf b) {
        boolean write = type == PacketType.DATA;
        boolean good = write && !claims;
        boolean beyond = write && claims && random.nextBoolean();
        int size = good || beyond ? 4096 << random.nextInt(3) : write ? 100 : 1536;
        b.writeLong(beyond ? sectors - 7 : anySector())
                .writeLong(anyId())
                .writeInt(random.nextInt(4))
                .writeInt(random.nextInt());
        b.writeBytes(filled(size));
    }

    /** As an ack or a request has them: sector, id, size, number. */
    private void fields(ByteBuf b, int length) {
        ByteBuf all =
                Unpooled.buffer().writeLong(anySector()).writeLong(anyId()).writeInt(anySize());
        all.writeInt(random.nextInt(8));
        while (all.readableBytes() < length) {
            all.writeInt(random.nextInt(3));
        }
        b.writeBytes(all, length);
    }

    private static ByteBuf filled(int bytes) {
        byte[] all = new byte[bytes];
        java.util.Arrays.fill(all, MARK);
        return Unpooled.wrappedBuffer(all);
    }

    private long anySector() {
        return switch (random.nextInt(8)) {
            case 0 -> -1;
            case 1 -> Long.MAX_VALUE >> random.nextInt(12);
            case 2 -> sectors;
            case 3 -> sectors - 8;
            default -> random.nextLong(sectors / 8) * 8;
        };
    }

    private long anyId() {
        return switch (random.nextInt(5)) {
            case 0 -> -1;
            case 1 -> VerifyStarter.IN_SYNC;
            case 2 -> VerifyStarter.OUT_OF_SYNC;
            default -> random.nextInt(6);
        };
    }

    private int anySize() {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> -512;
            case 2 -> 100;
            case 3 -> 1 << 20;
            case 4 -> Integer.MAX_VALUE - 511;
            default -> 4096;
        };
    }

    private int anyMask() {
        int[] masks = {
            StateWord.ROLE_MASK,
            StateWord.PEER_MASK,
            StateWord.CONN_MASK,
            StateWord.DISK_MASK,
            StateWord.PDSK_MASK,
            StateWord.ROLE_MASK | StateWord.DISK_MASK
        };
        return random.nextInt(6) == 0 ? random.nextInt() : masks[random.nextInt(masks.length)];
    }

    private int anyState() {
        if (random.nextInt(4) == 0) {
            return random.nextInt();
        }
        return StateWord.of(
                        Role.of(random.nextInt(3)),
                        Role.of(random.nextInt(3)),
                        ConnectionState.of(random.nextInt(24)),
                        DiskState.of(random.nextInt(9)),
                        DiskState.of(random.nextInt(9)))
                | (random.nextInt(4) == 0 ? random.nextInt(1 << 6) << 17 : 0);
    }
}
