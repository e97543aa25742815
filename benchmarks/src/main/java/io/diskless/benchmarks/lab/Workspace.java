package io.diskless.benchmarks.lab;

import io.diskless.benchmarks.lab.site.LabException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** The folder of a run: disks, image, logs. Thread-safe. */
final class Workspace implements AutoCloseable {
    private final Path folder;
    private final boolean keep;

    private Workspace(Path folder, boolean keep) {
        this.folder = folder;
        this.keep = keep;
    }

    static Workspace make(boolean keep) throws LabException {
        try {
            return new Workspace(
                    Files.createTempDirectory(
                            "diskless-lab-" + ProcessHandle.current().pid() + "-"),
                    keep);
        } catch (IOException e) {
            throw new LabException(
                    "cannot make a folder for the run: " + e.getMessage()
                            + ". Remedy: name another place by -Djava.io.tmpdir=DIR",
                    e);
        }
    }

    Path folder() {
        return folder;
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    boolean keeps() {
        return keep;
    }

    /** Checks that the run fits before it starts. */
    void needs(long bytes) throws LabException {
        // Not by Files.getFileStore: it looks for a mount point, and a changed root has none.
        long free = folder.toFile().getUsableSpace();
        if (free < bytes) {
            throw new LabException(
                    "the run needs " + (bytes >> 20) + " MiB below " + folder.getParent() + ", there are "
                            + (free >> 20)
                            + ". Remedy: name another place by -Djava.io.tmpdir=DIR, or a smaller --size");
        }
    }

    /** Removes the folder and all in it, unless it is to be kept. Idempotent. */
    @Override
    public void close() {
        if (keep) {
            return;
        }
        // While a run is torn down a node may still write a last line to its log: a second look finds it.
        IOException failure = null;
        for (int look = 0; look < 2; look++) {
            try {
                remove();
                return;
            } catch (IOException e) {
                failure = e;
            }
        }
        throw new UncheckedIOException("cannot remove " + folder, failure);
    }

    private void remove() throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
