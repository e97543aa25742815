package io.diskless.netboot.tftp;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a TFTP server hands out: files below a folder, resources of the class path, bytes in memory, or whatever a function
 * makes of the name and the client. It is called on the server's event loop. Implementations for several servers must be
 * thread-safe; those made here are.
 */
@FunctionalInterface
public interface TftpContent {
    /**
     * Opens a file.
     *
     * @param name a relative path of one or more non-empty parts separated by {@code /}, without {@code .}, {@code ..},
     *     backslashes, colons and control characters; the server has refused all others and removed one leading slash
     * @param client who asks
     * @return its data, which the server closes, or nothing where there is no such file
     * @throws java.nio.file.AccessDeniedException where the client may not have it; it gets ERROR 2
     * @throws IOException where opening fails; the client gets ERROR 0 without details
     */
    Optional<TftpData> open(String name, InetSocketAddress client) throws IOException;

    /**
     * Files below a folder. Symbolic links are followed as long as they stay below it; a name whose file lies elsewhere is
     * refused. Nobody who is not trusted may write to the folder: a link that changes between check and use is followed.
     *
     * @param root an existing folder
     * @return the content
     * @throws IOException where there is no such folder
     */
    static TftpContent files(Path root) throws IOException {
        return new FileContent(root.toRealPath());
    }

    /**
     * Resources of a class loader, read once and kept.
     *
     * @param loader where they are
     * @param prefix what comes before a name, such as {@code "boot/"}; it must end with a slash
     * @return the content
     */
    static TftpContent classPath(ClassLoader loader, String prefix) {
        return new ClassPathContent(loader, prefix);
    }

    /**
     * Bytes in memory.
     *
     * @param files contents by name; the arrays are not copied and must not change
     * @return the content
     */
    static TftpContent memory(Map<String, byte[]> files) {
        Map<String, byte[]> kept = new LinkedHashMap<>(files);
        return (name, client) -> Optional.ofNullable(kept.get(name)).map(TftpData::of);
    }

    /**
     * Asks this content first, and another where it has nothing.
     *
     * @param other the second
     * @return both as one
     */
    default TftpContent orElse(TftpContent other) {
        return (name, client) -> {
            Optional<TftpData> mine = open(name, client);
            return mine.isPresent() ? mine : other.open(name, client);
        };
    }
}
