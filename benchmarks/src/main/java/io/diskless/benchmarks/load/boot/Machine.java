package io.diskless.benchmarks.load.boot;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * An emulated machine without a disk whose card has iPXE as its ROM; its screen is its serial port. Dies with this JVM.
 * Confined to one thread.
 */
final class Machine implements AutoCloseable {
    static final String MAC = "52:54:00:77:00:01";

    /** What a terminal is steered with. */
    private static final String STEERING = "\u001b\\[[0-9;?]*[A-Za-z]|[\r\n]";

    private final Process process;
    private final Thread hook;
    private final InputStream screen;
    private final StringBuilder shown = new StringBuilder();

    private Machine(Process process) {
        this.process = process;
        screen = process.getInputStream();
        hook = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    static Machine on(Path qemu) throws IOException {
        return new Machine(new ProcessBuilder(List.of(
                        qemu.toString(),
                        "-machine",
                        "pc,graphics=off",
                        "-accel",
                        "tcg,tb-size=128",
                        "-m",
                        "320",
                        "-nodefaults",
                        "-no-user-config",
                        "-display",
                        "none",
                        "-no-reboot",
                        "-serial",
                        "stdio",
                        "-netdev",
                        "tap,id=n0,ifname=" + Room.TAP + ",script=no,downscript=no",
                        "-device",
                        "virtio-net-pci,netdev=n0,bootindex=1,mac=" + MAC))
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Waits for a text on the screen; returns when it was seen, in nanoseconds of the JVM's clock. */
    long await(String text) throws IOException {
        byte[] some = new byte[4096];
        while (true) {
            String plain = shown.toString().replaceAll(STEERING, "");
            if (plain.contains(text)) {
                return System.nanoTime();
            }
            int read = screen.read(some);
            if (read < 0) {
                throw new EOFException("the machine ended before \"" + text + "\"; it had said: " + plain);
            }
            shown.append(new String(some, 0, read, StandardCharsets.ISO_8859_1));
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
