package io.diskless.drbd.cli;

import io.diskless.drbd.trace.Conversation;
import io.diskless.drbd.trace.TraceEvent;
import io.diskless.drbd.trace.TraceText;
import io.diskless.drbd.wire.PacketType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a captured conversation packet by packet. */
@Command(
        name = "trace",
        description = {
            "Print a captured conversation packet by packet: time in seconds, sender, receiver, socket, packet, fields.",
            "The capture is a classic pcap file of Ethernet frames, such as `tcpdump -s 0 -w FILE tcp port 7788` writes."
        })
final class TraceCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE", description = "the capture")
    private Path file = Path.of("");

    @Option(names = "--json", description = "one JSON object on a line for each event")
    private boolean json;

    @Option(names = "--no-pings", description = "leave P_PING and P_PING_ACK out")
    private boolean noPings;

    private long start = -1;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        try {
            Conversation.read(file, event -> print(out, event));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (start < 0) {
            spec.commandLine().getErr().println("diskless-drbd: no DRBD packet in " + file);
        }
        return ExitCode.OK.code;
    }

    private void print(PrintWriter out, TraceEvent event) {
        if (start < 0) {
            start = event.nanos();
        }
        if (noPings
                && event instanceof TraceEvent.Seen seen
                && isPing(seen.frame().packet().type())) {
            return;
        }
        if (!json) {
            out.println(TraceText.line(event, start));
            return;
        }
        try {
            Json.print(out, generator -> Json.fields(generator, TraceText.fields(event)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isPing(PacketType type) {
        return type == PacketType.PING || type == PacketType.PING_ACK;
    }
}
