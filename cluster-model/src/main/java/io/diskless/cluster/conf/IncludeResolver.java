package io.diskless.cluster.conf;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finds the files that an include statement names; a parameter of reading, so that nothing reads a disk unasked. */
@FunctionalInterface
public interface IncludeResolver {
    /**
     * The files behind a pattern.
     *
     * @param including the name of the text that has the include statement
     * @param pattern what the statement says; may hold {@code *} and {@code ?}
     * @return the files in the order they are read; empty if there is none
     * @throws IOException if a file is there and cannot be read
     */
    List<ConfigText> resolve(String including, String pattern) throws IOException;

    /** {@return a resolver that finds nothing} */
    static IncludeResolver none() {
        return (including, pattern) -> List.of();
    }

    /**
     * A resolver over the file system: patterns are relative to the including file's folder, wild cards only in the last
     * name, files in alphabetical order.
     *
     * @return the resolver
     */
    static IncludeResolver files() {
        return (including, pattern) -> {
            Path base = Path.of(including).toAbsolutePath().getParent();
            Path wanted = base == null ? Path.of(pattern) : base.resolve(pattern);
            Path folder = wanted.getParent();
            Path last = wanted.getFileName();
            if (folder == null || last == null) {
                return List.of();
            }
            List<Path> found = new ArrayList<>();
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, last.toString())) {
                for (Path file : files) {
                    if (Files.isRegularFile(file)) {
                        found.add(file);
                    }
                }
            } catch (NoSuchFileException | NotDirectoryException nothing) {
                return List.of();
            }
            found.sort(Comparator.comparing(Path::toString));
            List<ConfigText> texts = new ArrayList<>();
            for (Path file : found) {
                texts.add(ConfigText.read(file));
            }
            return texts;
        };
    }
}
