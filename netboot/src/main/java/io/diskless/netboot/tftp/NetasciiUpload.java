package io.diskless.netboot.tftp;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Text out of the form of RFC 1350: CR LF becomes LF, and CR NUL becomes CR, also where a block ends between the two. A CR
 * before anything else stays. Confined to its event loop.
 */
final class NetasciiUpload implements TftpUpload {
    private final TftpUpload raw;
    private boolean afterCr;

    NetasciiUpload(TftpUpload raw) {
        this.raw = raw;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        // At most the CR of the block before is one more than what comes.
        ByteBuffer plain = ByteBuffer.allocate(bytes.remaining() + 1);
        while (bytes.hasRemaining()) {
            byte b = bytes.get();
            if (afterCr) {
                afterCr = false;
                if (b == '\n') {
                    plain.put((byte) '\n');
                    continue;
                }
                plain.put((byte) '\r');
                if (b == 0) {
                    continue;
                }
            }
            if (b == '\r') {
                afterCr = true;
            } else {
                plain.put(b);
            }
        }
        raw.write(plain.flip());
    }

    @Override
    public void commit() throws IOException {
        if (afterCr) {
            raw.write(ByteBuffer.wrap(new byte[] {'\r'}));
        }
        raw.commit();
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
