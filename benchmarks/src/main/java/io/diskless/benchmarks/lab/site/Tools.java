package io.diskless.benchmarks.lab.site;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Programs of the system: where they are, and running one to its end. Thread-safe: no state. */
public final class Tools {
    private Tools() {}

    /**
     * Finds a program in PATH, and in the places that PATH lacks for users who are not root.
     *
     * @param name the program
     * @return where it is
     */
    public static Optional<Path> find(String name) {
        @Nullable String path = System.getenv("PATH");
        return Stream.concat(
                        Stream.of((path == null ? "" : path).split(":", -1)),
                        Stream.of("/usr/sbin", "/sbin", "/usr/bin", "/bin"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Finds a program that must be there.
     *
     * @param name the program
     * @param debianPackage what to install if it is not
     * @return where it is
     * @throws LabException if it is missing, with the remedy
     */
    public static String need(String name, String debianPackage) throws LabException {
        return find(name)
                .map(Path::toString)
                .orElseThrow(
                        () -> new LabException(name + " is not installed. Remedy: apt-get install " + debianPackage));
    }

    /**
     * What a program left when it ended.
     *
     * @param exit its exit code
     * @param output standard output and standard error, together
     */
    public record Ended(int exit, String output) {}

    /**
     * Runs a program to its end; it is killed if it takes too long or the wait is interrupted.
     *
     * @param command program and arguments
     * @param input what it reads from standard input
     * @param limit how long it may take
     * @return how it ended
     * @throws LabException if it could not be started or took too long
     * @throws InterruptedException if the wait was interrupted
     */
    public static Ended run(List<String> command, String input, Duration limit)
            throws LabException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new LabException("cannot start " + command.get(0) + ": " + e.getMessage(), e);
        }
        try {
            CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> readAll(process));
            try (var writer = process.outputWriter(StandardCharsets.UTF_8)) {
                writer.write(input);
            } catch (IOException e) {
                // It ended without reading its input; the exit code tells whether that was an error.
            }
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new LabException(
                        "\"" + String.join(" ", command) + "\" did not end within " + limit.toSeconds() + " s");
            }
            return new Ended(process.exitValue(), output.join());
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * Runs a program that must succeed.
     *
     * @param command program and arguments
     * @param input what it reads from standard input
     * @param limit how long it may take
     * @return what it printed
     * @throws LabException if it failed, with what it said
     * @throws InterruptedException if the wait was interrupted
     */
    public static String check(List<String> command, String input, Duration limit)
            throws LabException, InterruptedException {
        Ended ended = run(command, input, limit);
        if (ended.exit() != 0) {
            throw new LabException("\"" + String.join(" ", command) + "\" ended with " + ended.exit() + ": "
                    + ended.output().strip());
        }
        return ended.output();
    }

    private static String readAll(Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
