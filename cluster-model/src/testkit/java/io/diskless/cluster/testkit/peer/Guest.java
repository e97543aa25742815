package io.diskless.cluster.testkit.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A distribution's Linux in an emulated machine, which runs the scripts that a test gives it. Its Ethernet ports are taps
 * of this namespace: {@code eth0} is the first tap of the options, and so on. One script runs at a time. The emulator dies
 * with {@link #close()} or with the JVM. Thread-safe.
 *
 * <p>What the kernel said on its console and every command with its answer stay in the folder given, to be read after a
 * failure.
 */
public final class Guest implements AutoCloseable {

    /** Emulated, on a busy machine with two cores, a boot takes 5 to 20 s; this is patience, not a claim about speed. */
    private static final Duration BOOT = Duration.ofMinutes(4);

    private static final Duration COMMAND = Duration.ofMinutes(3);

    /** A guest's Ethernet port: the tap that is its other end, and the address that the guest sees as its own. */
    public record Port(String tap, String mac) {}

    /** What a machine is made of. {@code disks} are raw images, {@code /dev/vda} and so on. Immutable. */
    public record Options(
            String name,
            GuestImage image,
            int memoryMiB,
            List<Port> ports,
            List<Path> disks,
            List<String> modules,
            Path logFolder) {}

    private static final Pattern READY = Pattern.compile("===READY===\r?\n");

    private final Options options;
    private final Path kernelLog;
    private final Console channel;
    private final Process process;
    private int commands;

    private Guest(Options options) throws IOException {
        this.options = options;
        Files.createDirectories(options.logFolder());
        kernelLog = options.logFolder().resolve(options.name() + "-console.log");
        Files.deleteIfExists(kernelLog);
        Files.deleteIfExists(transcript());
        channel = new Console();
        process = Processes.start(command(), emulatorLog());
    }

    /** Boots a machine and waits until it takes commands. */
    public static Guest boot(Options options) {
        try {
            Guest guest = new Guest(options);
            try {
                guest.channel.connect(guest.process, BOOT);
                guest.channel.await(READY, BOOT);
                return guest;
            } catch (IOException e) {
                String complaint = guest.complaint("did not boot: " + e.getMessage());
                guest.close();
                throw new IllegalStateException(complaint, e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot boot guest " + options.name(), e);
        }
    }

    /** Runs a script with bash and returns what it printed, errors included, and its exit code. */
    public Processes.Result run(String script) {
        return run(script, COMMAND);
    }

    /** Runs a script with bash; a script that has not ended by then is a failure of the guest. */
    public synchronized Processes.Result run(String script, Duration patience) {
        int id = ++commands;
        try {
            channel.send(id + " " + Base64.getEncoder().encodeToString(script.getBytes(StandardCharsets.UTF_8)) + "\n");
            Console.Found end = channel.await(Pattern.compile("\r?\n===END " + id + " rc=(\\d+)===\r?\n"), patience);
            String output = end.before().replace("\r\n", "\n");
            Files.writeString(
                    transcript(),
                    "$ " + script + "\n" + output + "\n[" + end.group() + "]\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
            return new Processes.Result(List.of(options.name() + "#", script), Integer.parseInt(end.group()), output);
        } catch (IOException e) {
            throw new IllegalStateException(complaint("no end of [" + script + "]: " + e.getMessage()), e);
        }
    }

    /** Runs a script that must succeed, and returns what it printed without blanks around it. */
    public String must(String script) {
        Processes.Result result = run(script);
        if (result.exitCode() != 0) {
            throw new IllegalStateException(
                    complaint("exit code " + result.exitCode() + " and [" + result.output() + "] from: " + script));
        }
        return result.output().strip();
    }

    /** What the guest's kernel has printed so far. */
    public String console() {
        return Files.exists(kernelLog) ? Processes.read(kernelLog) : "";
    }

    /** Switches the machine off at once, as a power cut would. */
    @Override
    public void close() {
        Processes.kill(process);
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close the channel to guest " + options.name(), e);
        }
    }

    private List<String> command() {
        List<String> words = new ArrayList<>(List.of(
                Peers.program("qemu-system-x86_64").toString(),
                "-M",
                "q35",
                "-accel",
                "tcg,tb-size=128",
                "-cpu",
                "max,la57=off",
                "-m",
                String.valueOf(options.memoryMiB()),
                "-smp",
                "1",
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-no-reboot",
                "-kernel",
                options.image().kernel().toString(),
                "-initrd",
                options.image().initrd().toString(),
                "-append",
                "console=ttyS0 nokaslr mitigations=off tsc=reliable panic=-1 net.ifnames=0 g.name=" + options.name()
                        + " g.modules=" + String.join(",", options.modules()),
                "-serial",
                "file:" + kernelLog,
                "-device",
                "virtio-serial-pci",
                "-chardev",
                "socket,id=c1,path=" + channel.path(),
                "-device",
                "virtconsole,chardev=c1"));
        for (int i = 0; i < options.disks().size(); i++) {
            // What the guest discards becomes a hole, and reads as zeroes.
            words.addAll(List.of(
                    "-drive",
                            "if=none,id=d" + i + ",format=raw,discard=unmap,file="
                                    + options.disks().get(i),
                    "-device", "virtio-blk-pci,drive=d" + i));
        }
        for (int i = 0; i < options.ports().size(); i++) {
            Port port = options.ports().get(i);
            // Without offloads, the frames on the tap are the frames of a wire.
            words.addAll(List.of(
                    "-netdev", "tap,id=n" + i + ",ifname=" + port.tap() + ",script=no,downscript=no",
                    "-device",
                            "virtio-net-pci,romfile=,netdev=n" + i + ",mac=" + port.mac()
                                    + ",csum=off,gso=off,guest_csum=off,guest_tso4=off,guest_tso6=off,guest_ufo=off"
                                    + ",host_tso4=off,host_tso6=off,host_ufo=off"));
        }
        return words;
    }

    private Path transcript() {
        return options.logFolder().resolve(options.name() + "-commands.log");
    }

    private Path emulatorLog() {
        return options.logFolder().resolve(options.name() + "-emulator.log");
    }

    private String complaint(String what) {
        String said = console();
        return "guest " + options.name() + ": " + what + "\nits emulator: "
                + Processes.read(options.logFolder().resolve(options.name() + "-emulator.log"))
                        .strip()
                + "\nthe end of its console (" + kernelLog + "):\n"
                + said.substring(Math.max(0, said.length() - 3000));
    }
}
