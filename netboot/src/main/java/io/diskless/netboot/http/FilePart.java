package io.diskless.netboot.http;

import io.netty.channel.DefaultFileRegion;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;

/**
 * A part of a file that goes from the disk to the socket. A socket that took less than it was given is full, and is not given
 * more before it says that it has room: otherwise each few octets that the client takes meanwhile cost a system call. Confined to its
 * event loop.
 */
final class FilePart extends DefaultFileRegion {
    /** Octets in one call, so that other connections get their turn. */
    private static final int MOST = 1 << 21;

    private final FileChannel file;
    private final long first;
    private long sent;
    private boolean full;

    FilePart(FileChannel file, long first, long length) {
        super(file, first, length);
        this.file = file;
        this.first = first;
    }

    @Override
    public long transferTo(WritableByteChannel target, long position) throws IOException {
        if (full) {
            // Netty then waits for the socket, and comes again.
            full = false;
            return 0;
        }
        long wanted = Math.min(MOST, count() - position);
        if (wanted <= 0) {
            return 0;
        }
        long written = file.transferTo(first + position, wanted, target);
        if (written <= 0) {
            if (file.size() <= first + position) {
                throw new EOFException("the file ended after " + position + " of " + count() + " octets");
            }
            return written;
        }
        sent += written;
        full = written < wanted;
        return written;
    }

    @Override
    public long transferred() {
        return sent;
    }

    @Override
    @Deprecated
    public long transfered() {
        return sent;
    }
}
