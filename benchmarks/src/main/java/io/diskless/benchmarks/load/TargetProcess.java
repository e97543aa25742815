package io.diskless.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A target in a process of its own: ours or vblade. Ended by pid, also when this JVM ends. */
final class TargetProcess implements AutoCloseable {
    private final String name;
    private final Process process;
    private final Thread hook;

    private @Nullable BufferedReader out;

    private TargetProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        hook = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** vblade with a buffer count of 64; it always answers from and to the page cache. */
    static TargetProcess vblade(String binary, String interfaceName, Path file) throws IOException {
        Process process = new ProcessBuilder(binary, "-b", "64", "0", "1", interfaceName, file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new TargetProcess("vblade", process);
    }

    /** Our target; returns when it serves. */
    static TargetProcess ours(String interfaceName, Path file, List<String> options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                TargetMain.class.getName(),
                interfaceName,
                file.toString()));
        command.addAll(options);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        TargetProcess result = new TargetProcess("ours", process);
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        result.out = out;
        String line = out.readLine();
        if (!TargetMain.READY.equals(line)) {
            result.close();
            throw new IOException("the target said \"" + line + "\" instead of " + TargetMain.READY);
        }
        return result;
    }

    /**
     * Totals of our target since it began.
     *
     * @param answers frames
     * @param allocated bytes, by the threads that serve
     * @param collections of garbage
     * @param dropped frames that found no room in the receive ring
     * @param unanswered requests that were given up for lack of something
     * @param copies of data, other than between slot and file
     */
    record Report(long answers, long allocated, long collections, long dropped, long unanswered, long copies) {
        Report since(Report before) {
            return new Report(
                    answers - before.answers,
                    allocated - before.allocated,
                    collections - before.collections,
                    dropped - before.dropped,
                    unanswered - before.unanswered,
                    copies - before.copies);
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%d answers, %.3f B/op, %d collections, %d dropped, %d unanswered, %d copies",
                    answers,
                    (double) allocated / Math.max(1, answers),
                    collections,
                    dropped,
                    unanswered,
                    copies);
        }
    }

    Report report() throws IOException {
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
        String[] numbers = line.split(" ", -1);
        long[] n = new long[6];
        for (int i = 0; i < n.length; i++) {
            n[i] = Long.parseLong(numbers[i]);
        }
        return new Report(n[0], n[1], n[2], n[3], n[4], n[5]);
    }

    String name() {
        return name;
    }

    long cpuNanos() throws IOException {
        if (!process.isAlive()) {
            throw new IOException(name + " ended with exit code " + process.exitValue());
        }
        return CpuTime.of(process.pid());
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
