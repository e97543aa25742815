package io.diskless.cluster.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.plan.run.SimulationOptions;
import io.diskless.cluster.simulate.Distribution;
import io.diskless.cluster.simulate.Physics;
import io.diskless.cluster.simulate.Redundancy;
import io.diskless.cluster.simulate.Scenario;
import io.diskless.cluster.simulate.SimulationReport;
import io.diskless.cluster.simulate.Simulator;
import io.diskless.cluster.simulate.TimelineEvent;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Lets something happen to a site. */
@Command(
        name = "simulate",
        description =
                "Let something happen to a site in virtual time, and say what becomes of its guests; exit 1 if one is lost.",
        synopsisSubcommandLabel = "SCENARIO")
final class SimulateCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Option(
            names = "--seed",
            scope = ScopeType.INHERIT,
            description = "One seed, one run. Default: ${DEFAULT-VALUE}.",
            defaultValue = "1")
    private long seed;

    @Option(
            names = "--fails",
            paramLabel = "PERMILLE",
            scope = ScopeType.INHERIT,
            description = "Of a thousand steps of plans, how many fail. Default: ${DEFAULT-VALUE}.",
            defaultValue = "0")
    private int fails;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "One JSON object.")
    private boolean json;

    @Command(name = "boot-storm", description = "Power was away everywhere and comes back.")
    int bootStorm(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Option(
                            names = "--disks",
                            paramLabel = "SIZE",
                            description = "What the disks of one machine read in a second. Default: ${DEFAULT-VALUE}.",
                            defaultValue = "500M")
                    String disks)
            throws IOException {
        try {
            return run(site, new Scenario.BootStorm(), Physics.standard().disks(Sizes.parse(disks)));
        } catch (IllegalArgumentException wrong) {
            throw refused(wrong);
        }
    }

    @Command(name = "rack-loss", description = "Every machine of a rack is dead and stays so.")
    int rackLoss(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "RACK", description = "Its name.") String rack)
            throws IOException {
        return run(site, new Scenario.RackLoss(rack), Physics.standard());
    }

    @Command(name = "rolling-drain", description = "One StorageNode after the other is drained and comes back.")
    int rollingDrain(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Option(
                            names = "--off",
                            paramLabel = "SECONDS",
                            description = "How long each is off. Default: ${DEFAULT-VALUE}.",
                            defaultValue = "300")
                    long off)
            throws IOException {
        try {
            return run(site, new Scenario.RollingDrain(Duration.ofSeconds(off)), Physics.standard());
        } catch (IllegalArgumentException wrong) {
            throw refused(wrong);
        }
    }

    @Command(name = "split-segment", description = "Some machines do not hear the others on a segment any more.")
    int splitSegment(
            @Parameters(paramLabel = "SITE", description = "A model (JSON).") Path site,
            @Parameters(paramLabel = "SEGMENT", description = "Its name.") String segment,
            @Parameters(paramLabel = "NODE", arity = "1..*", description = "The machines of one part.")
                    List<String> part,
            @Option(
                            names = "--for",
                            paramLabel = "SECONDS",
                            description = "After how long it heals. Default: ${DEFAULT-VALUE}.",
                            defaultValue = "300")
                    long length)
            throws IOException {
        try {
            return run(
                    site,
                    new Scenario.SplitSegment(
                            new SegmentId(segment),
                            part.stream().map(NodeId::new).toList(),
                            Duration.ofSeconds(length)),
                    Physics.standard());
        } catch (IllegalArgumentException wrong) {
            throw refused(wrong);
        }
    }

    private ParameterException refused(IllegalArgumentException wrong) {
        return new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
    }

    private int run(Path file, Scenario scenario, Physics physics) throws IOException {
        Model site = DrawCommand.model(file);
        SimulationReport report;
        try {
            report = Simulator.run(site, scenario, physics, new SimulationOptions(fails, 0, seed));
        } catch (IllegalArgumentException wrong) {
            throw refused(wrong);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? json(report) : text(report));
        out.flush();
        return report.lost().isEmpty() ? Main.CLEAN : Main.FOUND;
    }

    private static String text(SimulationReport report) {
        StringBuilder out = new StringBuilder();
        for (TimelineEvent event : report.timeline()) {
            out.append(event).append('\n');
        }
        out.append(report.scenario()).append(", seed ").append(report.seed()).append(": ");
        out.append(report.length().toMillis()).append(" ms\n");
        report.boots()
                .forEach((sort, took) -> out.append("boot of ")
                        .append(took.count())
                        .append(' ')
                        .append(sort)
                        .append(": least ")
                        .append(took.least().toMillis())
                        .append(", median ")
                        .append(took.median().toMillis())
                        .append(", p90 ")
                        .append(took.p90().toMillis())
                        .append(", most ")
                        .append(took.most().toMillis())
                        .append(" ms\n"));
        Redundancy worst = report.worst();
        out.append("worst, at ").append(worst.at().toMillis()).append(" ms: ");
        out.append(worst.safe()).append(" guests safe, ");
        out.append(worst.withoutSpare()).append(" without a spare, ");
        out.append(worst.standing()).append(" standing still, ");
        out.append(worst.down()).append(" down\n");
        report.breaches()
                .forEach((rule, count) -> out.append("rule ")
                        .append(rule.id())
                        .append(": ")
                        .append(count)
                        .append(" errors at once\n"));
        report.outages()
                .forEach((guest, length) -> out.append(guest)
                        .append(" did not work for ")
                        .append(length.toMillis())
                        .append(" ms\n"));
        report.moved()
                .forEach((guest, node) ->
                        out.append(guest).append(" runs on ").append(node).append(" now\n"));
        report.lost().forEach(guest -> out.append(guest).append(" is lost\n"));
        return out.toString();
    }

    private static String json(SimulationReport report) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
            out.writeStartObject();
            out.writeStringField("scenario", report.scenario());
            out.writeNumberField("seed", report.seed());
            out.writeNumberField("milliseconds", report.length().toMillis());
            out.writeArrayFieldStart("timeline");
            for (TimelineEvent event : report.timeline()) {
                out.writeStartObject();
                out.writeNumberField("at", event.at().toMillis());
                out.writeStringField("kind", Words.of(event.kind()));
                if (event.subject().isPresent()) {
                    out.writeStringField("subject", event.subject().get().toString());
                }
                out.writeStringField("text", event.text());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeArrayFieldStart("lost");
            for (Object guest : report.lost()) {
                out.writeString(guest.toString());
            }
            out.writeEndArray();
            out.writeObjectFieldStart("moved");
            for (var move : report.moved().entrySet()) {
                out.writeStringField(move.getKey().toString(), move.getValue().toString());
            }
            out.writeEndObject();
            out.writeObjectFieldStart("outages");
            for (var outage : report.outages().entrySet()) {
                out.writeNumberField(
                        outage.getKey().toString(), outage.getValue().toMillis());
            }
            out.writeEndObject();
            worst(out, report.worst());
            out.writeObjectFieldStart("breaches");
            for (var breach : report.breaches().entrySet()) {
                out.writeNumberField(breach.getKey().id(), breach.getValue());
            }
            out.writeEndObject();
            out.writeObjectFieldStart("boots");
            for (var boot : report.boots().entrySet()) {
                distribution(out, boot.getKey(), boot.getValue());
            }
            out.writeEndObject();
            out.writeEndObject();
        }
        return text + "\n";
    }

    private static void worst(JsonGenerator out, Redundancy worst) throws IOException {
        out.writeObjectFieldStart("worst");
        out.writeNumberField("at", worst.at().toMillis());
        out.writeNumberField("safe", worst.safe());
        out.writeNumberField("withoutSpare", worst.withoutSpare());
        out.writeNumberField("standing", worst.standing());
        out.writeNumberField("down", worst.down());
        out.writeEndObject();
    }

    private static void distribution(JsonGenerator out, String sort, Distribution took) throws IOException {
        out.writeObjectFieldStart(sort);
        out.writeNumberField("count", took.count());
        out.writeNumberField("least", took.least().toMillis());
        out.writeNumberField("median", took.median().toMillis());
        out.writeNumberField("p90", took.p90().toMillis());
        out.writeNumberField("most", took.most().toMillis());
        out.writeEndObject();
    }
}
