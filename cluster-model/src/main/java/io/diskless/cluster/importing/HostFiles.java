package io.diskless.cluster.importing;

import io.diskless.cluster.conf.ConfigText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The files of one machine. Immutable.
 *
 * @param host its name, as {@code uname -n} says it
 * @param files in the order in which they are read
 */
public record HostFiles(String host, List<ConfigText> files) {
    /** Copies the list. */
    public HostFiles {
        Objects.requireNonNull(host, "host");
        files = List.copyOf(files);
    }

    /**
     * All files below a folder that bears the machine's name.
     *
     * @param folder such as {@code collected/ruby}
     * @return its files, sorted by path
     * @throws IOException if one cannot be read
     */
    public static HostFiles read(Path folder) throws IOException {
        List<ConfigText> texts = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                texts.add(ConfigText.read(file));
            }
        }
        Path name = folder.toAbsolutePath().normalize().getFileName();
        return new HostFiles(name == null ? "" : name.toString(), texts);
    }
}
