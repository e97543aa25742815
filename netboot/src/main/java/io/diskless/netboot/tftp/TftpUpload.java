package io.diskless.netboot.tftp;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One file that a client writes. Confined to the server's event loop: it must not wait for anything slower than a local disk.
 */
public interface TftpUpload extends Closeable {
    /**
     * The next bytes.
     *
     * @param bytes what comes after the bytes before; lent until the return, which leaves nothing remaining
     * @throws IOException where they cannot be kept; the client gets ERROR 0 without details
     */
    void write(ByteBuffer bytes) throws IOException;

    /**
     * All bytes have come. The client is told so once this has returned.
     *
     * @throws java.nio.file.FileAlreadyExistsException where a file of this name has come meanwhile; the client gets ERROR 6
     * @throws IOException where the file cannot be kept; the client gets ERROR 0 without details
     */
    void commit() throws IOException;

    /**
     * Nothing more comes. What was not committed is thrown away.
     *
     * @throws IOException where that fails
     */
    @Override
    void close() throws IOException;
}
