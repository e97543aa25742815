package io.diskless.drbd.trace;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.FrameValidator;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.SocketKind;
import io.diskless.drbd.wire.packet.PacketFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Optional;

/**
 * Cuts the bytes of one direction into packets. A capture may begin anywhere: then the first header that makes sense is
 * looked for, and until one is found the flow is taken for something else and nothing is said of it.
 */
final class FlowDecoder {
    /** Told of packets and of bytes that are none. */
    interface Sink {
        void packet(FlowDecoder flow, Dialect dialect, PacketFrame frame, Octets bytes);

        void cut(FlowDecoder flow, long count, long missing, String why);
    }

    /** What a kernel speaks when its handshake was not captured: the features matter only for the length of P_SIZES. */
    private static final Dialect NEW = new Dialect(Dialect.MAX_VERSION, Dialect.FF_ALL);

    private static final Dialect OLD = new Dialect(97, 0);
    private static final int LARGEST = 2 << 20;
    private static final int FIRST_HANDSHAKE_COMMAND = 0xFFF0;

    private final Sink sink;
    private final ByteBuf bytes = Unpooled.buffer();
    private Optional<SocketKind> socket = Optional.empty();
    private boolean found;
    private boolean inStep = true;
    private long skipped;

    FlowDecoder(Sink sink) {
        this.sink = sink;
    }

    Optional<SocketKind> socket() {
        return socket;
    }

    void socket(SocketKind kind) {
        socket = Optional.of(kind);
    }

    /** Takes bytes in order; {@code agreed} is what the two sides have agreed on, if that is known. */
    void feed(byte[] news, Agreement agreed) {
        bytes.discardReadBytes().writeBytes(news);
        while (bytes.readableBytes() >= HeaderFormat.H80.length()) {
            int at = bytes.readerIndex();
            Dialect dialect = dialect(at, agreed.dialect());
            int header = dialect.shortHeader().length();
            if (bytes.readableBytes() < header) {
                return;
            }
            HeaderFormat format = FrameValidator.format(dialect, bytes, at);
            if (!makesSense(dialect, format, at)) {
                inStep = false;
                skipped++;
                bytes.skipBytes(1);
                continue;
            }
            int length = (int) format.payloadLength(bytes, at);
            if (bytes.readableBytes() < header + length) {
                return;
            }
            reportSkipped();
            found = true;
            inStep = true;
            PacketFrame frame = PacketFrame.decode(dialect, bytes, at);
            learnSocket(frame.packet().type());
            Octets raw = Octets.of(ByteBufUtil.getBytes(bytes, at, header + length));
            bytes.skipBytes(header + length);
            sink.packet(this, dialect, frame, raw);
        }
    }

    /** A part of the stream is missing. */
    void lost(long count) {
        if (found) {
            sink.cut(this, bytes.readableBytes() + skipped, count, "lost by the capture");
        }
        bytes.clear();
        skipped = 0;
        inStep = false;
    }

    /** There is no more. */
    void end(Agreement agreed) {
        if (!found) {
            return;
        }
        reportSkipped();
        if (bytes.isReadable()) {
            long missing = 0;
            int at = bytes.readerIndex();
            if (bytes.readableBytes() >= HeaderFormat.MAX_LENGTH) {
                Dialect dialect = dialect(at, agreed.dialect());
                HeaderFormat format = FrameValidator.format(dialect, bytes, at);
                missing = !format.matches(bytes, at)
                        ? 0
                        : format.length() + format.payloadLength(bytes, at) - bytes.readableBytes();
            }
            sink.cut(this, bytes.readableBytes(), missing, "the capture ends");
        }
    }

    private void reportSkipped() {
        if (skipped > 0) {
            sink.cut(this, skipped, 0, found ? "no header where one should be" : "the capture begins");
            skipped = 0;
        }
    }

    private Dialect dialect(int at, Optional<Dialect> agreed) {
        if (HeaderFormat.H100.matches(bytes, at)) {
            return agreed.filter(Dialect::hasVolumes).orElse(NEW);
        }
        if (HeaderFormat.H80.matches(bytes, at) && HeaderFormat.H80.command(bytes, at) >= FIRST_HANDSHAKE_COMMAND) {
            return Dialect.HANDSHAKE;
        }
        return agreed.filter(dialect -> !dialect.hasVolumes()).orElse(OLD);
    }

    private boolean makesSense(Dialect dialect, HeaderFormat format, int at) {
        if (!format.matches(bytes, at) || format.padding(bytes, at) != 0) {
            return false;
        }
        long length = format.payloadLength(bytes, at);
        PacketType type = PacketType.of(format.command(bytes, at));
        if (inStep && found) {
            return length <= LARGEST;
        }
        return type != PacketType.UNKNOWN && socket.map(type::isOn).orElse(true) && length <= type.maxLength(dialect);
    }

    private void learnSocket(PacketType type) {
        boolean data = type.isOn(SocketKind.DATA);
        if (socket.isEmpty() && data != type.isOn(SocketKind.META)) {
            socket = Optional.of(data ? SocketKind.DATA : SocketKind.META);
        }
    }
}
