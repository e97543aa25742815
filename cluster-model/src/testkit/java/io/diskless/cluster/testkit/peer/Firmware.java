package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A diskless machine with a BIOS whose network boot firmware is iPXE, told what to do at its prompt. Its screen is its serial
 * port. The emulator dies with {@link #close()} or with the JVM. Confined to one thread at a time.
 */
public final class Firmware implements AutoCloseable {

    private static final Duration START = Duration.ofMinutes(3);

    private final Console screen;
    private final Process process;
    private final Path log;

    private Firmware(Guest.Port port) throws IOException {
        log = Files.createTempFile("diskless-firmware", ".log");
        screen = new Console();
        // The firmware is the card's own option ROM; without graphics, BIOS and firmware use the serial port.
        process = Processes.start(
                List.of(
                        Peers.program("qemu-system-x86_64").toString(),
                        "-machine",
                        "pc,graphics=off",
                        "-accel",
                        "tcg,tb-size=64",
                        "-m",
                        "64",
                        "-nodefaults",
                        "-no-user-config",
                        "-display",
                        "none",
                        "-no-reboot",
                        "-chardev",
                        "socket,id=s0,path=" + screen.path(),
                        "-serial",
                        "chardev:s0",
                        "-netdev",
                        "tap,id=n0,ifname=" + port.tap() + ",script=no,downscript=no",
                        "-device",
                        "virtio-net-pci,netdev=n0,bootindex=1,mac=" + port.mac()),
                log);
    }

    /** Switches a machine on, stops its firmware before it looks for a boot server, and types these commands. */
    public static Firmware boot(Guest.Port port, String... commands) {
        try {
            Firmware firmware = new Firmware(port);
            try {
                firmware.screen.connect(firmware.process, START);
                firmware.screen.await(Pattern.compile("Ctrl-B for the iPXE command line"), START);
                firmware.screen.send("\u0002");
                for (String command : commands) {
                    firmware.screen.await(Pattern.compile("iPXE> "), START);
                    firmware.type(command);
                }
                return firmware;
            } catch (IOException e) {
                String said = Processes.read(firmware.log).strip();
                firmware.close();
                throw new IllegalStateException(
                        "the firmware did not come to its prompt: " + e.getMessage() + "; the emulator: " + said, e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the firmware's machine", e);
        }
    }

    /** One key after the echo of the other: the emulated serial port forgets what comes too fast. */
    private void type(String command) throws IOException {
        for (String key : command.split("(?<=.)", -1)) {
            screen.send(key);
            screen.await(Pattern.compile(Pattern.quote(key)), START);
        }
        screen.send("\r");
    }

    /** Waits for a text on the machine's screen and returns all that came before it. */
    public String await(String text, Duration patience) {
        try {
            return screen.await(Pattern.compile(Pattern.quote(text)), patience).before();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "[" + text + "] did not appear: " + e.getMessage() + "; the emulator: "
                            + Processes.read(log).strip(),
                    e);
        }
    }

    @Override
    public void close() {
        Processes.kill(process);
        try {
            screen.close();
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + log, e);
        }
    }
}
