package io.diskless.netboot.tftp;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * Where files go that clients write. A server has none unless it is given one, and refuses every write then. It is called on
 * the server's event loop. Implementations for several servers must be thread-safe; those made here are.
 */
@FunctionalInterface
public interface TftpStore {
    /**
     * A client is about to write a file.
     *
     * @param name a relative path, checked as for {@link TftpContent#open}
     * @param client who writes
     * @param size the bytes that the client says will come, or -1 where it does not say; it may be wrong
     * @return where its bytes go, which the server closes
     * @throws java.nio.file.AccessDeniedException where the client may not write it; it gets ERROR 2
     * @throws java.nio.file.FileAlreadyExistsException where it is there and stays; the client gets ERROR 6
     * @throws java.nio.file.NoSuchFileException where there is no such folder; the client gets ERROR 1
     * @throws IOException where opening fails; the client gets ERROR 0 without details
     */
    TftpUpload open(String name, InetSocketAddress client, long size) throws IOException;

    /**
     * Files below a folder, never in the place of one that is there. Folders are not made. A file appears under its name once
     * it is whole; until then it has a name that begins with a dot and ends with {@code .part}, in the same folder. Symbolic links to folders are
     * followed as long as they stay below the root. Nobody who is not trusted may write to the folder by other ways: a link
     * that changes between check and use is followed.
     *
     * @param root an existing folder
     * @return the store
     * @throws IOException where there is no such folder
     */
    static TftpStore files(Path root) throws IOException {
        return new FileStore(root.toRealPath(), false);
    }

    /**
     * The same, but a file takes the place of one that has its name, in one step: who reads the old one goes on reading it.
     * What is a link or a folder stays.
     *
     * @param root an existing folder
     * @return the store
     * @throws IOException where there is no such folder
     */
    static TftpStore replacingFiles(Path root) throws IOException {
        return new FileStore(root.toRealPath(), true);
    }
}
