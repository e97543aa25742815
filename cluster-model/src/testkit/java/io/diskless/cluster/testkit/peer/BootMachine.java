package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A machine with nothing but a network card, switched on and left to itself. Its screen is its serial port. The emulator dies
 * with {@link #close()} or with the JVM. Confined to one thread at a time.
 */
public final class BootMachine implements AutoCloseable {
    /** Emulated, on a busy machine, a boot takes 5 to 200 s; this is patience, not a claim about speed. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** What a terminal is steered with, which may stand between any two letters. */
    private static final String STEERING = "(?:\u001b\\[[0-9;?]*[A-Za-z]|[\r\n])*";

    /** What a machine looks for its boot with. */
    public enum Kind {
        /** A BIOS whose card has iPXE as its ROM. */
        BIOS_IPXE("-machine pc,graphics=off -accel tcg,tb-size=128 -m 320", "bootindex=1"),
        /** UEFI whose card has iPXE as its ROM. */
        UEFI_IPXE("-machine q35,graphics=off -accel tcg,tb-size=128 -m 320", "bootindex=1"),
        /** UEFI with its own PXE client. The card's ROM is left away, or it would be iPXE again. */
        UEFI_PXE("-machine q35,graphics=off -accel tcg,tb-size=128 -m 320", "bootindex=1,romfile="),
        /** UEFI with its own HTTP client, which it comes to at once where PXE is switched off. */
        UEFI_HTTP(
                "-machine q35,graphics=off -accel tcg,tb-size=128 -m 320"
                        + " -fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n"
                        + " -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n",
                "romfile=");

        private final String machine;
        private final String card;

        Kind(String machine, String card) {
            this.machine = machine;
            this.card = card;
        }
    }

    private final Console screen;
    private final Process process;
    private final Path log;
    private final Path variables;

    private BootMachine(Kind kind, Guest.Port port) throws IOException {
        log = Files.createTempFile("diskless-boot", ".log");
        variables = Files.createTempFile("diskless-boot", ".vars");
        screen = new Console();
        List<String> words = new ArrayList<>();
        words.add(Peers.program("qemu-system-x86_64").toString());
        words.addAll(List.of(kind.machine.split(" ")));
        words.addAll(List.of("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"));
        words.addAll(List.of("-chardev", "socket,id=s0,path=" + screen.path(), "-serial", "chardev:s0"));
        words.addAll(List.of("-netdev", "tap,id=n0,ifname=" + port.tap() + ",script=no,downscript=no"));
        words.addAll(List.of("-device", "virtio-net-pci,netdev=n0,mac=" + port.mac() + "," + kind.card));
        if (kind != Kind.BIOS_IPXE) {
            // A fresh store of variables: the boot order would stick.
            Files.copy(
                    Peers.file("usr/share/OVMF/OVMF_VARS_4M.fd").toRealPath(),
                    variables,
                    StandardCopyOption.REPLACE_EXISTING);
            Path code = Peers.file("usr/share/OVMF/OVMF_CODE_4M.fd");
            words.addAll(List.of("-drive", "if=pflash,format=raw,readonly=on,file=" + code));
            words.addAll(List.of("-drive", "if=pflash,format=raw,file=" + variables));
        }
        process = Processes.start(words, log);
    }

    /** Switches a machine on. */
    public static BootMachine on(Kind kind, Guest.Port port) {
        try {
            BootMachine machine = new BootMachine(kind, port);
            try {
                machine.screen.connect(machine.process, PATIENCE);
                return machine;
            } catch (IOException e) {
                String said = Processes.read(machine.log).strip();
                machine.close();
                throw new IllegalStateException("the emulator did not start: " + e.getMessage() + "; " + said, e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start a machine", e);
        }
    }

    /** Waits until the screen shows a text, and returns all that came before it. */
    public String await(String text) {
        String pattern =
                text.chars().mapToObj(c -> Pattern.quote(Character.toString(c))).collect(Collectors.joining(STEERING));
        try {
            return screen.await(Pattern.compile(pattern), PATIENCE).before();
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
            Files.deleteIfExists(variables);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete what a machine left", e);
        }
    }
}
