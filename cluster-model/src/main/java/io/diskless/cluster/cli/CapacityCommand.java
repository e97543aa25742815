package io.diskless.cluster.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.placement.Candidate;
import io.diskless.cluster.placement.Capacity;
import io.diskless.cluster.placement.Shape;
import io.diskless.cluster.rules.Checked;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Counts how many more guests of a shape fit. */
@Command(
        name = "capacity",
        description = "Say how many more guests of a shape fit, and what stops the next one; exit 1 if none fits.")
final class CapacityCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "The model (JSON).")
    @SuppressWarnings("NullAway.Init") // Required by picocli.
    private Path file;

    @Option(names = "--vcpus", description = "Virtual processors. Default: ${DEFAULT-VALUE}.", defaultValue = "1")
    private int vcpus;

    @Option(names = "--memory", paramLabel = "SIZE", description = "Memory, such as 4G.", required = true)
    private String memory = "";

    @Option(
            names = "--storage-mbps",
            description = "Storage traffic that each is promised. Default: ${DEFAULT-VALUE}.",
            defaultValue = "0")
    private int storageMbps;

    @Option(names = "--segment", description = "What each is plugged into; may be given several times.")
    private List<String> segments = List.of();

    @Option(names = "--spare", description = "All guests must still fit when any one node is lost.")
    private boolean spare;

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Checked site = Checked.of(SiteFile.read(file).desired());
        Shape shape;
        try {
            shape = new Shape(
                    vcpus,
                    Sizes.parse(memory),
                    storageMbps,
                    segments.stream().map(SegmentId::new).toList());
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
        }
        Capacity capacity = Capacity.of(site, shape, spare);
        if (json) {
            printJson(capacity);
        } else {
            PrintWriter out = spec.commandLine().getOut();
            out.println(capacity.more() + " more");
            capacity.byNode().forEach((node, count) -> out.println("  " + node.name() + ": " + count));
            capacity.stops()
                    .forEach((where, reasons) ->
                            reasons.forEach(reason -> out.println("the next on " + where + ": " + reason)));
        }
        return capacity.more() > 0 ? Main.CLEAN : Main.FOUND;
    }

    private void printJson(Capacity capacity) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
            out.writeStartObject();
            out.writeNumberField("more", capacity.more());
            out.writeObjectFieldStart("byNode");
            for (var node : capacity.byNode().entrySet()) {
                out.writeNumberField(node.getKey().name(), node.getValue());
            }
            out.writeEndObject();
            out.writeObjectFieldStart("stops");
            for (var stop : capacity.stops().entrySet()) {
                out.writeArrayFieldStart(stop.getKey());
                for (Candidate.Rejection reason : stop.getValue()) {
                    out.writeStartObject();
                    out.writeStringField("filter", reason.filter());
                    out.writeStringField("message", reason.message());
                    out.writeEndObject();
                }
                out.writeEndArray();
            }
            out.writeEndObject();
            out.writeEndObject();
        }
        spec.commandLine().getOut().println(text);
    }
}
