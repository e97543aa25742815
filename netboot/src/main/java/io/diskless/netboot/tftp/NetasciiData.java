package io.diskless.netboot.tftp;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Text in the form of RFC 1350 (RFC 764's NVT): LF becomes CR LF, and CR becomes CR NUL. The size is not known, and one can
 * read only where the last read ended or again where it began: enough for windows of one block. Confined to its event
 * loop.
 */
final class NetasciiData implements TftpData {
    private static final int UNUSED = -1;

    private final TftpData raw;
    private final ByteBuffer chunk = ByteBuffer.allocate(512);
    private Place begin = new Place(0, 0, UNUSED);
    private Place end = begin;

    /** A place in the converted text, in the raw text, and the second byte of a pair whose first is out. */
    private record Place(long converted, long source, int pending) {}

    NetasciiData(TftpData raw) {
        this.raw = raw;
    }

    @Override
    public long size() {
        return -1;
    }

    @Override
    public int read(long offset, ByteBuffer to) throws IOException {
        Place from = offset == end.converted() ? end : begin;
        if (offset != from.converted()) {
            throw new IllegalArgumentException("expected to read at " + begin.converted() + " or " + end.converted()
                    + ", but it was at " + offset);
        }
        int start = to.position();
        long source = from.source();
        int pending = from.pending();
        boolean more = true;
        while (to.hasRemaining() && more) {
            if (pending != UNUSED) {
                to.put((byte) pending);
                pending = UNUSED;
                continue;
            }
            chunk.clear().limit(Math.min(chunk.capacity(), to.remaining()));
            more = raw.read(source, chunk) > 0;
            chunk.flip();
            while (chunk.hasRemaining() && to.hasRemaining() && pending == UNUSED) {
                byte b = chunk.get();
                source++;
                if (b == '\n' || b == '\r') {
                    to.put((byte) '\r');
                    pending = b == '\n' ? '\n' : 0;
                    if (to.hasRemaining()) {
                        to.put((byte) pending);
                        pending = UNUSED;
                    }
                } else {
                    to.put(b);
                }
            }
        }
        int count = to.position() - start;
        begin = from;
        end = new Place(offset + count, source, pending);
        return count == 0 ? -1 : count;
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
