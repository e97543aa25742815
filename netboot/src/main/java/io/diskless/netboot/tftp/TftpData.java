package io.diskless.netboot.tftp;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * The bytes of one file for one transfer. Confined to the server's event loop: it is read there, so it must not wait for
 * anything slower than a local disk.
 */
public interface TftpData extends Closeable {
    /**
     * The size.
     *
     * @return bytes, or -1 where it is not known before the end; a known size must hold until {@link #close}
     */
    long size();

    /**
     * Reads from any place. After loss the server reads again from at most a window back.
     *
     * @param offset the first byte to read, 0 or more
     * @param to where to put bytes, with at least one byte remaining
     * @return how many bytes were put, 1 or more, or -1 at the end
     * @throws IOException where reading fails; the client gets an ERROR without details
     */
    int read(long offset, ByteBuffer to) throws IOException;

    /**
     * The file that holds exactly these bytes from its start, for servers that can hand it to a socket without reading it.
     * Whoever takes it closes it instead of this.
     *
     * @return the file, or empty where there is none; empty unless overridden
     */
    default Optional<FileChannel> fileChannel() {
        return Optional.empty();
    }

    /**
     * Bytes in memory.
     *
     * @param bytes the content; not copied, so it must not change
     * @return its data
     */
    static TftpData of(byte[] bytes) {
        return new TftpData() {
            @Override
            public long size() {
                return bytes.length;
            }

            @Override
            public int read(long offset, ByteBuffer to) {
                if (offset >= bytes.length) {
                    return -1;
                }
                int count = (int) Math.min(to.remaining(), bytes.length - offset);
                to.put(bytes, (int) offset, count);
                return count;
            }

            @Override
            public void close() {
                // Memory needs no closing.
            }
        };
    }
}
