package io.diskless.cluster.testkit.peer;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Writes the archive that Linux takes for its first file system ("newc", Documentation/driver-api/early-userspace in the
 * kernel's sources): per entry a header of 6 + 13 x 8 hexadecimal digits, the name and the content, each padded to four
 * bytes. Missing parent folders are made on the way. Confined to one thread.
 */
final class Cpio implements AutoCloseable {

    private static final int DIRECTORY = 0x4000;
    private static final int REGULAR = 0x8000;
    private static final int SYMLINK = 0xa000;

    private final OutputStream out;
    private final Set<String> names = new HashSet<>();
    private int inode = 1;
    private long written;

    Cpio(Path file) throws IOException {
        out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
    }

    void directory(String name) throws IOException {
        entry(name, DIRECTORY | 0755, new byte[0]);
    }

    void file(String name, Path content) throws IOException {
        entry(name, REGULAR | 0755, Files.readAllBytes(content));
    }

    void file(String name, String content) throws IOException {
        entry(name, REGULAR | 0755, content.getBytes(StandardCharsets.UTF_8));
    }

    void symlink(String name, String target) throws IOException {
        entry(name, SYMLINK | 0777, target.getBytes(StandardCharsets.UTF_8));
    }

    boolean has(String name) {
        return names.contains(name);
    }

    private void entry(String name, int mode, byte[] content) throws IOException {
        if (!names.add(name)) {
            return;
        }
        int slash = name.lastIndexOf('/');
        if (slash > 0) {
            directory(name.substring(0, slash));
        }
        write(name, mode, content);
    }

    private void write(String name, int mode, byte[] content) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        // magic, ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
        String header = String.format(
                "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
                inode++, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, bytes.length + 1, 0);
        put(header.getBytes(StandardCharsets.US_ASCII));
        put(bytes);
        put(new byte[1]);
        pad();
        put(content);
        pad();
    }

    private void put(byte[] bytes) throws IOException {
        out.write(bytes);
        written += bytes.length;
    }

    private void pad() throws IOException {
        put(new byte[(int) (-written & 3)]);
    }

    @Override
    public void close() throws IOException {
        try (out) {
            write("TRAILER!!!", 0, new byte[0]);
        }
    }
}
