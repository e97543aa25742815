package io.diskless.cluster.store;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * The few things that a log asks of a file system, each of which a power cut may interrupt. What was written is certain after
 * {@link Output#sync()}; a name that came or went is certain after {@link #syncNames()}. Thread-safe.
 */
interface Folder extends Closeable {
    /** The names of the files, in any order. */
    List<String> names() throws IOException;

    /** The length of a file in bytes. */
    long size(String name) throws IOException;

    /** Bytes of a file; fewer if it ends before. */
    byte[] read(String name, long offset, int length) throws IOException;

    /** Opens a file at its end, and makes it if it is not there. */
    Output append(String name) throws IOException;

    /** Cuts a file, for certain. */
    void truncate(String name, long size) throws IOException;

    void delete(String name) throws IOException;

    /** Gives a file the name of another, which is replaced. */
    void rename(String from, String to) throws IOException;

    void syncNames() throws IOException;

    /** A file that grows. */
    interface Output extends Closeable {
        void write(byte[] bytes) throws IOException;

        void sync() throws IOException;
    }
}
