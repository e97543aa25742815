package io.diskless.drbd.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.drbd.DrbdException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends a command to a running peer, prints its answer, and ends with its exit code. */
@Command(
        name = "ctl",
        description = {
            "Give a command to a running peer of this user:",
            "  status, role primary|secondary, connect, disconnect, verify, invalidate, invalidate-remote,",
            "  pause-sync, resume-sync, detach, attach, resize (when both disks have been made larger), new-current-uuid,",
            "  resume-io (let what waits for good data fail), adjust (resync rates and net options to those of its",
            "  configuration),",
            "  events (until interrupted), down.",
            "A command ends when it is done, verify with exit code 6 if the sides differ.",
            "Volumes are all of the resource's without --volume."
        })
final class CtlCommand implements Callable<Integer> {
    private static final String EXIT = "exit ";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "RESOURCE", description = "its name in the configuration")
    private String resource = "";

    @Parameters(index = "1", paramLabel = "COMMAND", description = "one of the above")
    private String verb = "";

    @Parameters(index = "2", arity = "0..1", paramLabel = "ROLE", description = "primary or secondary, of role")
    private @Nullable String role;

    @Option(names = "--control", paramLabel = "PATH", description = "the peer's socket, if not the default one")
    private @Nullable Path control;

    @Option(names = "--json", description = "one JSON object on a line (status, verify, events)")
    private boolean json;

    @Option(names = "--force", description = "role primary even if the data here is old or was never in sync")
    private boolean force;

    @Option(names = "--discard-my-data", description = "connect, and lose what was written here in a split brain")
    private boolean discard;

    @Option(names = "--clear-bitmap", description = "new-current-uuid of two new disks: they are declared alike")
    private boolean clearBitmap;

    @Option(names = "--volume", paramLabel = "N", description = "only this volume")
    private @Nullable Integer volume;

    @Option(names = "--start", paramLabel = "SECTOR", description = "verify from this sector of 512 bytes on")
    private @Nullable Long start;

    @Option(names = "--stop", paramLabel = "SECTOR", description = "verify up to before this sector")
    private @Nullable Long stop;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            description = "resize to this, with a unit: s, K, M, G or T; without it, to the largest possible size")
    private @Nullable String size;

    @Option(names = "--assume-clean", description = "resize without a resync of what is new")
    private boolean assumeClean;

    @Override
    public Integer call() throws IOException {
        Map<String, String> options = new TreeMap<>();
        put(options, "to", role);
        put(options, "json", json ? "yes" : null);
        put(options, "force", force ? "yes" : null);
        put(options, "discard-my-data", discard ? "yes" : null);
        put(options, "clear-bitmap", clearBitmap ? "yes" : null);
        put(options, "volume", volume);
        put(options, "start", start);
        put(options, "stop", stop);
        put(options, "size", size);
        put(options, "assume-clean", assumeClean ? "yes" : null);
        ControlRequest request = new ControlRequest(verb, options);
        Path path = ControlSocket.path(Optional.ofNullable(control), resource);
        try (SocketChannel channel = ControlSocket.connect(path)) {
            ByteBuffer line = UTF_8.encode(request.line() + "\n");
            while (line.hasRemaining()) {
                channel.write(line);
            }
            return answer(new BufferedReader(Channels.newReader(channel, UTF_8)), path);
        }
    }

    private static void put(Map<String, String> options, String name, @Nullable Object value) {
        if (value != null) {
            options.put(name, String.valueOf(value));
        }
    }

    private int answer(BufferedReader in, Path path) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (!line.startsWith(EXIT)) {
                out.println(line.strip());
                continue;
            }
            String[] words = line.substring(EXIT.length()).split(" ", 2);
            if (words.length == 2 && !words[1].isBlank()) {
                spec.commandLine().getErr().println("diskless-drbd: " + words[1]);
            }
            return Integer.parseInt(words[0]);
        }
        throw new DrbdException(
                DrbdException.Kind.DISCONNECTED, "the peer at " + path + " ended without an answer; start it again");
    }
}
