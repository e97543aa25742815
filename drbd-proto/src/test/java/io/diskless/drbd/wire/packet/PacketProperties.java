package io.diskless.drbd.wire.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.BlockFields;
import io.diskless.drbd.wire.DataFields;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.FrameValidator;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.SocketKind;
import io.diskless.drbd.wire.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class PacketProperties {
    private static final int TAIL = 600;

    @Property(tries = 3000)
    void whatIsDecodedIsEncodedToTheSameBytes(
            @ForAll PacketType type,
            @ForAll @IntRange(min = 86, max = 101) int version,
            @ForAll @IntRange(min = 0, max = 15) int features,
            @ForAll long seed) {
        if (type == PacketType.UNKNOWN) {
            return;
        }
        Dialect agreed = new Dialect(version, features);
        Dialect dialect = type.existsIn(agreed) ? agreed : Dialect.HANDSHAKE;
        if (!type.existsIn(dialect)) {
            return;
        }
        Random random = new Random(seed);
        int min = type.minLength(dialect);
        int length = min + random.nextInt(Math.min(type.maxLength(dialect) - min, TAIL) + 1);
        byte[] payload = new byte[length];
        random.nextBytes(payload);
        HeaderFormat format = dialect.headerFor(length);
        ByteBuf b = Unpooled.buffer();
        b.writerIndex(format.length());
        format.write(b, 0, dialect.hasVolumes() ? random.nextInt(0x10000) : 0, type.code(), length);
        b.writeBytes(payload);

        SocketKind socket = type.isOn(SocketKind.DATA) ? SocketKind.DATA : SocketKind.META;
        assertThat(FrameValidator.header(dialect, socket, b, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(FrameValidator.format(dialect, b, 0)).isEqualTo(format);
        PacketFrame frame = PacketFrame.decode(dialect, b, 0);
        assertThat(frame.packet().type()).isEqualTo(type);
        assertThat(frame.packet() instanceof OpaquePacket).isEqualTo(type.tail() == PacketType.Tail.OPAQUE);
        ByteBuf again = Unpooled.buffer();
        frame.append(again);
        assertThat(ByteBufUtil.hexDump(again)).isEqualTo(ByteBufUtil.hexDump(b));
        assertThat(PacketFrame.decode(dialect, again, 0)).isEqualTo(frame);
    }

    @Property
    void bytesOfAnyLengthAreKept(
            @ForAll @IntRange(min = 0, max = 0xFFFF) int command, @ForAll byte[] payload, @ForAll boolean old) {
        Dialect dialect = old ? new Dialect(88, 0) : new Dialect(101, Dialect.FF_ALL);
        Packet packet = Packet.decode(dialect, command, Unpooled.wrappedBuffer(payload), 0, payload.length);
        ByteBuf b = Unpooled.buffer(payload.length);
        packet.write(b, 0);
        assertThat(packet.command()).isEqualTo(command);
        assertThat(Octets.of(ByteBufUtil.getBytes(b, 0, packet.length()))).isEqualTo(Octets.of(payload));
    }

    @Property
    void bothFacesOfAWriteSayTheSame(
            @ForAll long sector, @ForAll long blockId, @ForAll int sequence, @ForAll int flags) {
        ByteBuf b = Unpooled.buffer();
        DataPacket packet = new DataPacket(PacketType.DATA, sector, blockId, sequence, flags, Octets.of(new byte[512]));
        packet.append(new Dialect(101, 0), 3, b);
        int at = HeaderFormat.H100.length();
        assertThat(HeaderFormat.H100.volume(b, 0)).isEqualTo(3);
        assertThat(DataFields.sector(b, at)).isEqualTo(sector);
        assertThat(DataFields.blockId(b, at)).isEqualTo(blockId);
        assertThat(DataFields.sequence(b, at)).isEqualTo(sequence);
        assertThat(DataFields.flags(b, at)).isEqualTo(flags);
    }

    @Property
    void bothFacesOfAnAckSayTheSame(@ForAll long sector, @ForAll long blockId, @ForAll int size, @ForAll int seq) {
        ByteBuf b = Unpooled.buffer();
        new BlockPacket(PacketType.WRITE_ACK, sector, blockId, size, seq, Octets.EMPTY)
                .append(new Dialect(97, 0), 0, b);
        int at = HeaderFormat.H80.length();
        assertThat(BlockFields.sector(b, at)).isEqualTo(sector);
        assertThat(BlockFields.blockId(b, at)).isEqualTo(blockId);
        assertThat(BlockFields.size(b, at)).isEqualTo(Integer.toUnsignedLong(size));
        assertThat(BlockFields.sequence(b, at)).isEqualTo(seq);
    }
}
