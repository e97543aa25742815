package io.diskless.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A target in a process of its own: ours or vblade. Ended by pid, also when this JVM ends. */
final class TargetProcess implements AutoCloseable {
    private final String name;
    private final Process process;
    private final Thread hook;

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
        String line = out.readLine();
        if (!TargetMain.READY.equals(line)) {
            result.close();
            throw new IOException("the target said \"" + line + "\" instead of " + TargetMain.READY);
        }
        return result;
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
