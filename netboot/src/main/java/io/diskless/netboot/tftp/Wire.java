package io.diskless.netboot.tftp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Opcodes, error codes and the server's own packets, RFC 1350 section 5 and RFC 2347. Big-endian. Thread-safe. */
final class Wire {
    static final int RRQ = 1;
    static final int WRQ = 2;
    static final int DATA = 3;
    static final int ACK = 4;
    static final int ERROR = 5;
    static final int OACK = 6;

    static final int ERROR_SEE_TEXT = 0;
    static final int ERROR_NOT_FOUND = 1;
    static final int ERROR_ACCESS = 2;
    static final int ERROR_FULL = 3;
    static final int ERROR_ILLEGAL = 4;
    static final int ERROR_UNKNOWN_ID = 5;
    static final int ERROR_EXISTS = 6;

    /** Opcode and block number. */
    static final int HEADER = 4;

    private Wire() {}

    static ByteBuf error(ByteBufAllocator allocator, int code, String text) {
        ByteBuf packet = allocator.buffer(HEADER + text.length() + 1);
        packet.writeShort(ERROR).writeShort(code);
        packet.writeCharSequence(text, StandardCharsets.ISO_8859_1);
        return packet.writeByte(0);
    }

    static ByteBuf ack(ByteBufAllocator allocator, int block) {
        return allocator.buffer(HEADER).writeShort(ACK).writeShort(block);
    }

    static ByteBuf oack(ByteBufAllocator allocator, Map<String, String> options) {
        ByteBuf packet = allocator.buffer();
        packet.writeShort(OACK);
        options.forEach((name, value) -> {
            ByteBufUtil.writeAscii(packet, name);
            packet.writeByte(0);
            ByteBufUtil.writeAscii(packet, value);
            packet.writeByte(0);
        });
        return packet;
    }
}
