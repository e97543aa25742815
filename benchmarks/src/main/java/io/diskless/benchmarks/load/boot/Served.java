package io.diskless.benchmarks.load.boot;

import io.diskless.benchmarks.load.CpuTime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A server in a process of its own, in the room. Ended by pid, also when this JVM ends. Confined to one thread. */
final class Served implements AutoCloseable {
    private static final long SETTLE_MILLIS = 250;
    private static final int MOST_SETTLES = 80;

    private final String name;
    private final Process process;
    private final Thread hook;
    private @Nullable BufferedReader out;

    private Served(String name, Process process) {
        this.name = name;
        this.process = process;
        hook = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Somebody else's server, once it listens at a port. */
    static Served theirs(
            String name,
            Room room,
            List<String> command,
            Map<String, String> environment,
            Path log,
            String protocol,
            int port)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(room.inside(command))
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Served served = new Served(name, builder.start());
        try {
            room.awaitPort(protocol, port, served.process);
            return served;
        } catch (IOException e) {
            served.close();
            throw new IOException(name + ": " + e.getMessage() + "; it said: " + Files.readString(log), e);
        }
    }

    /** Ours, once it says that it listens. */
    static Served ours(Room room, List<String> jvm, String... words) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ServerMain.class.getName()));
        command.addAll(List.of("--address", room.server(), "--interface", room.far()));
        command.addAll(List.of(words));
        Served served = new Served(
                "ours",
                new ProcessBuilder(room.inside(command))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(served.process.getInputStream(), StandardCharsets.UTF_8));
        served.out = reader;
        String line = reader.readLine();
        // The JVM may have something to say first, such as where it records to.
        while (line != null && !ServerMain.READY.equals(line)) {
            line = reader.readLine();
        }
        if (line == null) {
            served.close();
            throw new IOException("ours ended before it served");
        }
        return served;
    }

    /** Figures of ours, by name; see {@link ServerMain}. */
    Map<String, Long> report() throws IOException {
        BufferedReader reader = out;
        if (reader == null) {
            throw new IOException(name + " makes no reports");
        }
        OutputStream in = process.getOutputStream();
        in.write('\n');
        in.flush();
        String line = reader.readLine();
        if (line == null) {
            throw new IOException(name + " ended");
        }
        Map<String, Long> figures = new HashMap<>();
        for (String word : line.split(" ", -1)) {
            int at = word.indexOf('=');
            figures.put(word.substring(0, at), Long.parseLong(word.substring(at + 1)));
        }
        return figures;
    }

    String name() {
        return name;
    }

    /** Of the server and its children. */
    long cpuNanos() throws IOException {
        if (!process.isAlive()) {
            throw new IOException(name + " ended with exit code " + process.exitValue());
        }
        long sum = CpuTime.of(process.pid());
        for (ProcessHandle child : process.descendants().toList()) {
            sum += CpuTime.of(child.pid());
        }
        return sum;
    }

    /** Waits until it has nothing more to do: what the compiler still has to do belongs to the warm-up. */
    void settle() throws IOException, InterruptedException {
        long idle = SETTLE_MILLIS * 1_000_000L / 50;
        for (int i = 0; i < MOST_SETTLES; i++) {
            long before = cpuNanos();
            TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
            if (cpuNanos() - before < idle) {
                return;
            }
        }
    }

    /** Memory in use, as the system sees it. */
    long residentKib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException(name + " has no memory");
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
