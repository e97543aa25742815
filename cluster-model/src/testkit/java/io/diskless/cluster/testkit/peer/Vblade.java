package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** The reference target, serving one file on one interface of this namespace. Thread-safe. */
public final class Vblade implements AutoCloseable {

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    private final List<String> command;
    private final Path log;
    private final Process process;

    private Vblade(List<String> command, Path log) {
        this.command = command;
        this.log = log;
        process = Processes.start(command, log);
        awaitSocket();
    }

    /**
     * Starts it and waits until its packet socket is open: from then on no frame is lost.
     *
     * @param options words before the address, such as {@code "-r"} (read-only) or {@code "-b", "64"} (buffers)
     */
    public static Vblade start(int shelf, int slot, String networkInterface, Path file, String... options) {
        List<String> command = new ArrayList<>();
        command.add(Peers.program("vblade").toString());
        command.addAll(List.of(options));
        command.addAll(List.of(
                String.valueOf(shelf),
                String.valueOf(slot),
                networkInterface,
                file.toAbsolutePath().toString()));
        try {
            return new Vblade(command, Files.createTempFile("diskless-vblade", ".log"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a log for vblade", e);
        }
    }

    /** Starts the same again, after {@link #kill()}. */
    public Vblade restart() {
        if (process.isAlive()) {
            throw new IllegalStateException("vblade still runs as process " + process.pid());
        }
        return new Vblade(command, log);
    }

    /** Ends it with SIGKILL, in the midst of whatever it does. */
    public void kill() {
        Processes.kill(process);
    }

    /** Stops it without ending it (SIGSTOP): it keeps its socket and answers nothing. */
    public void freeze() {
        signal("STOP");
    }

    /** Lets it go on (SIGCONT); it then finds what its socket's buffer kept. */
    public void thaw() {
        signal("CONT");
    }

    @Override
    public void close() {
        kill();
        try {
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + log, e);
        }
    }

    private void signal(String name) {
        Processes.run("/bin/sh", "-c", "kill -" + name + " " + process.pid()).orThrow();
    }

    /** It says nothing usable when it is ready (its output is buffered), so we look for its socket. */
    private void awaitSocket() {
        long deadline = System.nanoTime() + PATIENCE;
        while (!hasSocket()) {
            if (!process.isAlive()) {
                throw new IllegalStateException(String.join(" ", command) + " ended with " + process.exitValue() + ": "
                        + Processes.read(log).strip());
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(String.join(" ", command) + " opened no packet socket");
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    private boolean hasSocket() {
        try (Stream<Path> open = Files.list(Path.of("/proc", String.valueOf(process.pid()), "fd"))) {
            List<String> targets = open.map(Vblade::target).toList();
            // sk RefCnt Type Proto Iface R Rmem User Inode; bound sockets have an interface index other than 0
            return Files.readAllLines(Path.of("/proc/self/net/packet")).stream()
                    .map(line -> line.strip().split("\\s+", -1))
                    .anyMatch(words -> words[3].equals("88a2")
                            && !words[4].equals("0")
                            && targets.contains("socket:[" + words[words.length - 1] + "]"));
        } catch (IOException e) {
            return false; // it has ended, or /proc changed while we read; the caller looks again
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
    }
}
