package io.diskless.netboot.http;

import io.diskless.netboot.tftp.TftpData;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Content that is not a file, read as the client takes it. Confined to its event loop. */
final class Pieces implements ChunkedInput<ByteBuf> {
    /** Octets of a piece. */
    static final int LARGEST = 1 << 15;

    private final TftpData data;
    private final long end;
    private final long length;
    private long at;

    Pieces(TftpData data, long first, long length) {
        this.data = data;
        this.at = first;
        this.length = length;
        this.end = first + length;
    }

    /** What fits into one piece, at once; the content is closed then. */
    static ByteBuf whole(TftpData data, long first, long length, ByteBufAllocator allocator) throws IOException {
        Pieces pieces = new Pieces(data, first, length);
        try (data) {
            return Objects.requireNonNull(pieces.readChunk(allocator), "there is a first piece");
        }
    }

    @Override
    public boolean isEndOfInput() {
        return at >= end;
    }

    @Override
    public void close() throws IOException {
        data.close();
    }

    @Deprecated
    @SuppressWarnings("InlineMeSuggester") // the interface wants both
    @Override
    public @Nullable ByteBuf readChunk(ChannelHandlerContext context) throws IOException {
        return readChunk(context.alloc());
    }

    @Override
    public @Nullable ByteBuf readChunk(ByteBufAllocator allocator) throws IOException {
        if (isEndOfInput()) {
            return null;
        }
        int wanted = (int) Math.min(LARGEST, end - at);
        ByteBuf piece = allocator.ioBuffer(wanted, wanted);
        try {
            ByteBuffer into = piece.nioBuffer(0, wanted);
            while (into.hasRemaining()) {
                int read = data.read(at + into.position(), into);
                if (read < 1) {
                    throw new EOFException("content ended at " + (at + into.position()) + " of " + end);
                }
            }
            piece.writerIndex(wanted);
            at += wanted;
            return piece;
        } catch (IOException | RuntimeException e) {
            piece.release();
            throw e;
        }
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public long progress() {
        return length - (end - at);
    }
}
