package io.diskless.benchmarks.lab.site;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A child process that speaks lines: standard input and output are pipes, standard error goes to a log. A child of the lab
 * ends when its input ends, so none survives its parent, however that dies.
 *
 * <p>Thread-safe, except that {@link #receive} has one caller at a time.
 */
public final class Child implements AutoCloseable {
    /** How long a child may take to end in order before it is killed. */
    private static final long GRACE_SECONDS = 3;

    private static final int LOG_TAIL_LINES = 5;

    private final String name;
    private final Process process;
    private final Writer input;
    private final Path log;
    private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

    private Child(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        Thread reader = new Thread(this::pump, "lab-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    public static Child start(String name, List<String> command, Path log) throws LabException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            return new Child(name, process, log);
        } catch (IOException e) {
            throw new LabException(name + ": cannot start " + command.get(0) + ": " + e.getMessage(), e);
        }
    }

    private void pump() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(Optional.of(line));
            }
        } catch (IOException e) {
            // The pipe broke because the child died; the end of the lines says it.
        } finally {
            lines.add(Optional.empty());
        }
    }

    public long pid() {
        return process.pid();
    }

    public void send(String line) throws LabException {
        try {
            input.write(line + "\n");
            input.flush();
        } catch (IOException e) {
            throw new LabException(name + " is gone" + lastWords(), e);
        }
    }

    public String receive(Duration limit) throws LabException, InterruptedException {
        Optional<String> line = lines.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        if (line == null) {
            throw new LabException(name + " did not answer within " + limit.toSeconds() + " s" + lastWords());
        }
        return line.orElseThrow(() -> new LabException(name + " ended unexpectedly" + lastWords()));
    }

    /** The last lines of the log, for a message; empty if there are none. */
    private String lastWords() {
        try {
            // What is normal is no explanation.
            List<String> all = Files.readAllLines(log, StandardCharsets.UTF_8).stream()
                    .filter(line -> !line.contains(" INFO "))
                    .toList();
            List<String> tail = all.subList(Math.max(0, all.size() - LOG_TAIL_LINES), all.size());
            return tail.isEmpty() ? "" : "; its last words: " + String.join(" | ", tail);
        } catch (IOException e) {
            return "; its log cannot be read: " + e.getMessage();
        }
    }

    /** SIGKILL, then waits until the system has taken the process away. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** Ends the child by the end of its input; kills it if it does not obey. */
    @Override
    public void close() {
        try {
            input.close();
        } catch (IOException e) {
            // It is dead already: its end of the pipe is closed.
        }
        boolean interrupted = false;
        try {
            if (process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        process.destroyForcibly();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
