package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Starts other people's programs and sees to it that none outlives the JVM: whatever is still running when the JVM
 * shuts down is killed by its process id. Thread-safe.
 */
public final class Processes {

    /** No command of a peer takes this long; a hung one must not hang the build. */
    private static final long PATIENCE_SECONDS = 120;

    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "kill-peers"));
    }

    private Processes() {}

    /** What a finished command left: its exit code and everything it printed. Immutable. */
    public record Result(List<String> command, int exitCode, String output) {
        /** This result, if the command succeeded. */
        public Result orThrow() {
            if (exitCode != 0) {
                throw new IllegalStateException(
                        String.join(" ", command) + " exited with " + exitCode + ": " + output.strip());
            }
            return this;
        }
    }

    /** Runs a command to its end; standard error is part of the output. */
    public static Result run(String... command) {
        return run(List.of(command));
    }

    /** Runs a command to its end; standard error is part of the output. */
    public static Result run(List<String> command) {
        return run(command, PATIENCE_SECONDS);
    }

    /** Runs a command to its end, but kills it and throws after so many seconds. */
    public static Result run(List<String> command, long patienceSeconds) {
        try {
            Path log = Files.createTempFile("diskless-run", ".log");
            try {
                Process process = launch(command, log);
                if (!process.waitFor(patienceSeconds, TimeUnit.SECONDS)) {
                    kill(process);
                    throw new IllegalStateException(String.join(" ", command) + " did not end within " + patienceSeconds
                            + " s; it printed: " + read(log));
                }
                return new Result(command, process.exitValue(), read(log));
            } finally {
                Files.delete(log);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + String.join(" ", command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + String.join(" ", command), e);
        }
    }

    /** Starts a program that stays; its output and errors go to the file. */
    static Process start(List<String> command, Path log) {
        try {
            return launch(command, log);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + String.join(" ", command), e);
        }
    }

    /** Kills with SIGKILL and waits until it is gone. */
    static void kill(Process process) {
        process.destroyForcibly();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("process " + process.pid() + " survived SIGKILL");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the end of process " + process.pid(), e);
        }
    }

    /** What a program has printed so far. */
    static String read(Path log) {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + log, e);
        }
    }

    private static Process launch(List<String> command, Path log) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        RUNNING.removeIf(other -> !other.isAlive());
        RUNNING.add(process);
        return process;
    }
}
