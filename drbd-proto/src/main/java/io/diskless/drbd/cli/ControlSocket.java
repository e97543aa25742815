package io.diskless.drbd.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.drbd.DrbdException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Where the control socket of a resource is, and how it is made so that only its owner can use it. */
final class ControlSocket {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWN_DIRECTORY = PosixFilePermissions.fromString("rwx------");

    /** What {@code sun_path} takes, less its last zero (unix(7)). */
    private static final int MAX_PATH = 107;

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*");

    private ControlSocket() {}

    /** The path that was asked for, or one made of the resource's name under the user's run time directory. */
    static Path path(Optional<Path> asked, String resource) throws IOException {
        if (asked.isPresent()) {
            return asked.get().toAbsolutePath();
        }
        if (!PLAIN.matcher(resource).matches()) {
            throw new DrbdException(
                    DrbdException.Kind.CONFIG,
                    "no file can be named after resource \"" + resource + "\"; give --control PATH");
        }
        return directory().resolve(resource + ".sock");
    }

    private static Path directory() throws IOException {
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        String user = System.getProperty("user.name");
        Path directory = runtime != null && !runtime.isBlank()
                ? Path.of(runtime, "diskless-drbd")
                : Path.of(System.getProperty("java.io.tmpdir"), "diskless-drbd-" + user);
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWN_DIRECTORY));
        }
        // In a directory that everybody may write to, somebody else may have been first.
        boolean mine = Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS)
                        .getName()
                        .equals(user)
                && Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS)
                        .equals(OWN_DIRECTORY);
        if (!mine) {
            throw new DrbdException(
                    DrbdException.Kind.CONFLICT,
                    directory + " is not a directory of " + user + " alone; remove it, or give --control PATH");
        }
        return directory;
    }

    /** Listens. A socket that nobody listens on any more is replaced. */
    static ServerSocketChannel listen(Path path) throws IOException {
        // It is bound under a shorter name, which would not show that clients cannot use this one.
        if (path.toAbsolutePath().toString().getBytes(UTF_8).length > MAX_PATH) {
            throw new DrbdException(
                    DrbdException.Kind.CONFIG,
                    "cannot listen on " + path + ": longer than " + MAX_PATH + " bytes; give a shorter --control PATH");
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            try {
                connect(path).close();
                throw new DrbdException(
                        DrbdException.Kind.CONFLICT,
                        "a peer runs already and listens on " + path
                                + "; end it with `ctl ... down`, or give --control");
            } catch (NoPeerException nobody) {
                if (!Files.readAttributes(
                                path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .isOther()) {
                    throw new DrbdException(
                            DrbdException.Kind.CONFLICT, path + " is no socket; give --control PATH", nobody);
                }
            }
        }
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new DrbdException(DrbdException.Kind.CONFIG, "there is no directory for " + path + "; make it");
        }
        // Its permissions are set before anybody else can reach it.
        Path hidden = Files.createTempDirectory(parent, "c", PosixFilePermissions.asFileAttribute(OWN_DIRECTORY));
        Path fresh = hidden.resolve("s");
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(fresh));
            Files.setPosixFilePermissions(fresh, OWNER_ONLY);
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return server;
        } catch (IOException e) {
            server.close();
            Files.deleteIfExists(fresh);
            throw new DrbdException(
                    DrbdException.Kind.IO,
                    "cannot listen on " + path + ": " + e.getMessage() + "; give a --control PATH",
                    e);
        } finally {
            Files.delete(hidden);
        }
    }

    /** Nobody listens. */
    static final class NoPeerException extends IOException {
        private static final long serialVersionUID = 1;

        NoPeerException(Path path, IOException cause) {
            super("no peer listens on " + path + "; start it with `peer`, or give its --control PATH", cause);
        }
    }

    static SocketChannel connect(Path path) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(path));
            return channel;
        } catch (ConnectException e) {
            channel.close();
            throw new NoPeerException(path, e);
        } catch (SocketException e) {
            channel.close();
            // The JDK has no type of its own for ENOENT here.
            throw Files.exists(path) ? e : new NoPeerException(path, e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }
}
