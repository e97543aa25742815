package io.diskless.benchmarks.lab.live;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.diskless.benchmarks.lab.site.Child;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.cluster.testkit.peer.Peers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An emulated machine with network cards and nothing else: its BIOS boots from the first card. Its serial port is a file, a
 * second one that needs no emulation carries commands. It ends when the lab ends, however that ends. One caller at a time.
 */
final class Machine implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    /** Ends the emulator when this program's end of the pipe is closed, which the system does if nobody else does. */
    static final String GUARD = "exec 3<&0; (cat <&3 >/dev/null; kill -9 $$) & exec \"$@\" </dev/null 3<&-";

    private static final Pattern KERNEL = Pattern.compile("http://([0-9.]+):[0-9]+/vmlinuz\\.\\.\\. ok");

    private final String name;
    private final Path screen;
    private final Path log;
    private final Line control;
    private final Line shell;
    private final Process process;
    private int commands;

    private Machine(String name, Path folder, List<String> in, List<String> cards, List<String> more)
            throws LabException {
        this.name = name;
        screen = folder.resolve(name + "-screen.log");
        log = folder.resolve(name + "-emulator.log");
        control = new Line(folder.resolve(name + ".qmp"));
        shell = new Line(folder.resolve(name + ".sh"));
        List<String> words = new ArrayList<>(in);
        words.addAll(List.of("sh", "-c", GUARD, "sh"));
        words.add(Peers.program("qemu-system-x86_64").toString());
        words.addAll(List.of("-machine", "pc,graphics=off", "-accel", "tcg,tb-size=128", "-cpu", "max,la57=off"));
        words.addAll(List.of("-m", "256", "-smp", "1", "-nodefaults", "-no-user-config", "-display", "none"));
        words.addAll(List.of("-no-reboot", "-name", name, "-serial", "file:" + screen));
        words.addAll(List.of("-chardev", "socket,id=q,path=" + control.path(), "-mon", "chardev=q,mode=control"));
        words.addAll(List.of("-device", "virtio-serial-pci", "-chardev", "socket,id=s,path=" + shell.path()));
        words.addAll(List.of("-device", "virtconsole,chardev=s"));
        for (int i = 0; i < cards.size(); i++) {
            String segment = LiveModel.SEGMENTS.get(i);
            words.addAll(List.of("-netdev", "tap,id=n" + i + ",ifname=tap" + i + ",script=no,downscript=no"));
            // Only the first card has a ROM, which is iPXE.
            words.addAll(List.of(
                    "-device",
                    "virtio-net-pci,netdev=n" + i + ",mac=" + cards.get(i) + ",host_mtu=" + LiveModel.mtu(segment)
                            + (i == 0 ? ",bootindex=1" : ",romfile=")));
        }
        words.addAll(more);
        try {
            process = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            throw new LabException("cannot start an emulator", e);
        }
    }

    /** Switches a machine on. */
    static Machine on(LiveNet net, String name, Path folder, Child host, List<String> cards, String... more)
            throws LabException, InterruptedException {
        Machine machine = net.add(new Machine(name, folder, net.in(host), cards, List.of(more)));
        try {
            machine.shell.connect(machine.process);
            machine.control.connect(machine.process);
            machine.control.receive(PATIENCE);
            machine.command("qmp_capabilities", "");
            return machine;
        } catch (LabException e) {
            throw new LabException(e.getMessage() + machine.lastWords(), e);
        }
    }

    /** Waits until what runs on it takes commands. */
    void ready() throws LabException, InterruptedException {
        try {
            String line = shell.receive(PATIENCE);
            while (!line.contains("===READY===")) {
                line = shell.receive(PATIENCE);
            }
        } catch (LabException e) {
            throw new LabException(name + " did not come up: " + e.getMessage() + lastWords(), e);
        }
    }

    /** Runs a script on it, and returns what that printed, without blanks around it. */
    String run(String script) throws LabException, InterruptedException {
        return run(script, PATIENCE);
    }

    String run(String script, Duration patience) throws LabException, InterruptedException {
        int id = ++commands;
        shell.send(id + " " + Base64.getEncoder().encodeToString(script.getBytes(StandardCharsets.UTF_8)));
        StringBuilder said = new StringBuilder();
        String end = "===END " + id + " rc=";
        try {
            for (String line = shell.receive(patience); ; line = shell.receive(patience)) {
                if (line.startsWith(end)) {
                    String output = said.toString().strip();
                    if (!line.startsWith(end + "0=")) {
                        throw new LabException("\"" + script + "\" ended with " + line + ": " + output);
                    }
                    return output;
                }
                said.append(line).append('\n');
            }
        } catch (LabException e) {
            throw new LabException(name + ": " + e.getMessage() + lastWords(), e);
        }
    }

    /** The number of the next command goes on where another machine's guest came from. */
    void continues(Machine before) {
        commands = before.commands;
    }

    /** Asks the emulator; the answer's plain fields by their paths, such as {@code return/status}. */
    Map<String, String> command(String what, String arguments) throws LabException, InterruptedException {
        control.send("{\"execute\":\"" + what + "\"" + (arguments.isEmpty() ? "" : ",\"arguments\":{" + arguments + "}")
                + "}");
        while (true) {
            Map<String, String> answer = fields(control.receive(PATIENCE));
            if (answer.containsKey("error/desc")) {
                throw new LabException(name + " refused " + what + ": " + answer.get("error/desc"));
            }
            if (answer.containsKey("return")) {
                return answer;
            }
        }
    }

    /** Waits for one of these events of the emulator, and returns its fields. */
    Map<String, String> event(String name, String field, List<String> values)
            throws LabException, InterruptedException {
        while (true) {
            Map<String, String> event = fields(control.receive(PATIENCE));
            if (name.equals(event.get("event")) && values.contains(event.get(field))) {
                return event;
            }
        }
    }

    private static Map<String, String> fields(String json) throws LabException {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser in = new JsonFactory().createParser(json)) {
            for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                String path = in.getParsingContext().pathAsPointer().toString();
                String key = path.isEmpty() ? "" : path.substring(1);
                if (token == JsonToken.START_OBJECT && !key.isEmpty()) {
                    fields.put(key, "{");
                } else if (token.isScalarValue()) {
                    fields.put(key, in.getText());
                }
            }
            return fields;
        } catch (IOException e) {
            throw new LabException("the emulator said \"" + json + "\"", e);
        }
    }

    /** What the machine said on its serial port. */
    String screen() throws LabException {
        try {
            return Files.exists(screen) ? Files.readString(screen, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            throw new LabException("cannot read " + screen, e);
        }
    }

    /** The address of the server from which its firmware took the kernel, or what is on its screen. */
    String bootedFrom() throws LabException {
        String said = screen();
        Matcher kernel = KERNEL.matcher(said);
        return kernel.find() ? kernel.group(1) : said;
    }

    private String lastWords() throws LabException {
        String said = screen().strip();
        @Nullable String why;
        try {
            why = Files.readString(log, StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            why = e.toString();
        }
        return "; the emulator: [" + why + "]; on its screen: [" + said.substring(Math.max(0, said.length() - 800))
                + "]";
    }

    /** Cuts the power. */
    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        control.close();
        shell.close();
    }
}
