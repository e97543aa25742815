package io.diskless.aoe.target;

import io.diskless.aoe.AoeException;
import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;

/**
 * Settings in a directory: one file per export, {@code e1.2.settings}, and the one before it, {@code e1.2.settings.old}.
 *
 * <p>A save writes a third file, forces it to the medium, and moves it into place; so whenever the machine stops, a whole
 * file is there. Each file carries a check sum: one that is torn or rotten is passed over in favour of the one before it,
 * and if neither is whole the load fails, since an export whose mask is lost would be open to everybody.
 *
 * <p>Thread-safe.
 */
public final class FileSettingsStore implements SettingsStore {
    private static final String SUFFIX = ".settings";
    private static final String OLD = ".old";
    private static final String NEW = ".new";

    private final Path directory;

    private FileSettingsStore(Path directory) {
        this.directory = directory;
    }

    /**
     * Opens a store, and makes the directory if there is none.
     *
     * @param directory used by one process at a time
     * @return the store
     * @throws AoeException if the directory cannot be made
     */
    public static FileSettingsStore open(Path directory) throws AoeException {
        Objects.requireNonNull(directory, "directory");
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new AoeException(
                    AoeException.Kind.IO, "settings directory " + directory + " cannot be made: " + e.getMessage(), e);
        }
        return new FileSettingsStore(directory);
    }

    @Override
    public synchronized Optional<ExportSettings> load(AoeAddress address) throws AoeException {
        Path file = file(address);
        Path old = sibling(file, OLD);
        Optional<byte[]> newest = bytes(file);
        // Where there is none, a save was stopped between its two moves, or nothing was saved: the older one decides.
        if (newest.isEmpty()) {
            Optional<byte[]> before = bytes(old);
            return before.isEmpty() ? Optional.empty() : Optional.of(SettingsFormat.read(before.get(), old.toString()));
        }
        try {
            return Optional.of(SettingsFormat.read(newest.get(), file.toString()));
        } catch (AoeException damaged) {
            Optional<byte[]> before = bytes(old);
            if (before.isEmpty()) {
                throw damaged;
            }
            return Optional.of(SettingsFormat.read(before.get(), old.toString()));
        }
    }

    private static Optional<byte[]> bytes(Path path) throws AoeException {
        try {
            return Optional.of(Files.readAllBytes(path));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new AoeException(AoeException.Kind.IO, path + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void save(AoeAddress address, ExportSettings settings) throws AoeException {
        Path file = file(address);
        Path fresh = sibling(file, NEW);
        try {
            try (FileChannel channel = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(SettingsFormat.write(settings));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            if (isWhole(file)) {
                // A broken one must not replace the good one before it.
                Files.move(file, sibling(file, OLD), StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
                names.force(true);
            }
        } catch (IOException e) {
            throw new AoeException(AoeException.Kind.IO, file + " cannot be saved: " + e.getMessage(), e);
        }
    }

    private static boolean isWhole(Path file) throws IOException {
        try {
            SettingsFormat.read(Files.readAllBytes(file), file.toString());
            return true;
        } catch (NoSuchFileException | AoeException e) {
            return false;
        }
    }

    private Path file(AoeAddress address) {
        return directory.resolve(address + SUFFIX);
    }

    private static Path sibling(Path file, String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }
}
