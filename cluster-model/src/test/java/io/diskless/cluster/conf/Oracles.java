package io.diskless.cluster.conf;

import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Programs that are asked for their verdict on a file, and what each needs to run without an installation. Stateless. */
public final class Oracles {
    private Oracles() {}

    /**
     * corosync -t, on a machine called cfg1. It wants a folder for its state before it reads on, which only the file can name.
     * Needs a namespace in which a test is root.
     *
     * @param file the corosync.conf; a copy is what is read
     * @return what the program said
     */
    public static Processes.Result corosync(Path file) {
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
        Path copy = folder.resolve("corosync-" + file.getFileName());
        write(copy, read(file), "\nsystem {\n  state_dir: " + folder + "\n}\n");
        return Processes.run(
                "unshare",
                "--uts",
                "sh",
                "-c",
                "echo cfg1 >/proc/sys/kernel/hostname && exec \"$@\"",
                "sh",
                Peers.program("corosync").toString(),
                "-t",
                "-c",
                copy.toString());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String... parts) {
        try {
            Files.writeString(file, String.join("", parts), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
