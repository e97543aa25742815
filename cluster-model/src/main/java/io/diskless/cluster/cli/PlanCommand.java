package io.diskless.cluster.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.diskless.cluster.draw.Picture;
import io.diskless.cluster.draw.Pictures;
import io.diskless.cluster.draw.PlanChart;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.placement.Strategy;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.Planner;
import io.diskless.cluster.plan.Planning;
import io.diskless.cluster.plan.Policy;
import io.diskless.cluster.plan.Step;
import io.diskless.cluster.plan.proof.CounterExample;
import io.diskless.cluster.plan.proof.Proof;
import io.diskless.cluster.plan.proof.ProofOptions;
import io.diskless.cluster.plan.proof.Prover;
import io.diskless.cluster.rules.Finding;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Plans operations and proves the plan. */
@Command(
        name = "plan",
        description = "Plan operations, and prove that every rule holds on the way, or show a way that breaks one.",
        footerHeading = "%nOperations, several of them divided by a comma that stands alone:%n")
final class PlanCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "The model (JSON).")
    @SuppressWarnings("NullAway.Init") // Required by picocli.
    private Path file;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "OPERATION", description = "What is asked for, see below.")
    private List<String> words = List.of();

    @Option(names = "--json", description = "One JSON object: steps, impact on guests, verdict.")
    private boolean json;

    @Option(
            names = "--mermaid",
            description = "A Mermaid flow chart: the plan in swim lanes, or the way that goes wrong.")
    private boolean mermaid;

    @Option(names = "--svg", description = "The same as SVG.")
    private boolean svg;

    @Option(names = "--dot", description = "The same for Graphviz.")
    private boolean dot;

    @Option(
            names = "--change",
            description = "With --mermaid, --svg or --dot: what the plan changes, before and after in one picture.")
    private boolean change;

    @Option(names = "--html", description = "A page that steps through the plan; it needs nothing but itself.")
    private boolean html;

    @Option(
            names = "--token",
            description = "Fencing token of the lease. Default: ${DEFAULT-VALUE}.",
            defaultValue = "1")
    private long token;

    @Option(
            names = "--lease-until",
            description = "When a lease for two writers ends at the latest. Default: ${DEFAULT-VALUE}.",
            defaultValue = "9999-12-31T00:00:00Z")
    private String leaseUntil = "";

    @Option(
            names = "--lanes",
            description = "How many like things are done at once. Default: ${DEFAULT-VALUE}.",
            defaultValue = "2")
    private int lanes;

    @Option(
            names = "--strategy",
            description = "Where guests go: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.",
            defaultValue = "SPREAD")
    private Strategy strategy = Strategy.SPREAD;

    @Option(
            names = "--states",
            description = "How many states a proof looks at before it draws orders. Default: ${DEFAULT-VALUE}.",
            defaultValue = "20000")
    private int states;

    @Override
    public Integer call() throws IOException {
        Cluster site = SiteFile.read(file);
        List<Operation> operations = new ArrayList<>();
        Operations parser = new Operations(site, strategy, token);
        Planning planning;
        try {
            for (String part : String.join("\0", words).split("\0,\0", -1)) {
                operations.add(parser.parse(Arrays.asList(part.split("\0", -1))));
            }
            Policy policy =
                    Policy.of(token, Instant.parse(leaseUntil)).lanes(lanes).strategy(strategy);
            planning = Planner.plan(site, operations, policy);
        } catch (IllegalArgumentException | java.time.DateTimeException wrong) {
            throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
        }
        if (planning instanceof Planning.Refused refused) {
            print(refused);
            return Main.FOUND;
        }
        Plan plan = planning.orElseThrow();
        Proof proof = Prover.prove(plan, ProofOptions.standard().states(states));
        if (json) {
            printJson(plan, proof);
        } else if (mermaid || svg || dot) {
            spec.commandLine().getOut().print(picture(plan, proof));
        } else if (html) {
            spec.commandLine().getOut().print(Pictures.page(plan, proof));
        } else {
            print(spec.commandLine().getOut(), plan, proof);
        }
        spec.commandLine().getOut().flush();
        return proof.isProved() ? Main.CLEAN : Main.FOUND;
    }

    /** The way that goes wrong if there is one, else what was asked for. */
    private String picture(Plan plan, Proof proof) {
        if (proof instanceof Proof.Refuted refuted && !change) {
            return drawn(Pictures.counterExample(refuted.example()));
        }
        if (change) {
            return drawn(Pictures.change(plan));
        }
        PlanChart chart = Pictures.plan(plan);
        return svg ? chart.svg() : dot ? chart.dot() : chart.mermaid();
    }

    private String drawn(Picture picture) {
        return svg ? picture.svg() : dot ? picture.dot() : picture.mermaid();
    }

    private void print(Planning.Refused refused) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (!json) {
            refused.reasons().forEach(out::println);
            return;
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(text)) {
            generator.writeStartObject();
            generator.writeStringField("verdict", "refused");
            strings(generator, "reasons", refused.reasons());
            generator.writeEndObject();
        }
        out.println(text);
    }

    /** The plan, what it costs, and what is said of it, for people. */
    static void print(PrintWriter out, Plan plan, Proof proof) {
        if (plan.isEmpty()) {
            out.println("nothing to do");
            return;
        }
        out.print(plan);
        out.println("estimate: " + plan.estimate().toSeconds() + " s");
        plan.impacts().forEach((guest, impact) -> out.println("impact on " + guest + ": " + impact));
        if (proof instanceof Proof.Proved proved) {
            proved.accepted().forEach(finding -> out.println("accepted: " + finding));
            proved.warnings().forEach(finding -> out.println("on the way: " + finding));
            if (!proved.before().isEmpty()) {
                out.println("not judged: " + proved.before().size() + " errors that stood before");
            }
            out.println((proof.coverage().exhaustive() ? "proved: " : "not refuted: ") + proof.coverage());
        } else {
            out.println("refuted, " + proof.coverage() + ":");
            out.print(((Proof.Refuted) proof).example());
        }
    }

    private void printJson(Plan plan, Proof proof) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
            out.writeStartObject();
            out.writeStringField("verdict", proof.isProved() ? "proved" : "refuted");
            out.writeBooleanField("exhaustive", proof.coverage().exhaustive());
            out.writeNumberField("states", proof.coverage().states());
            out.writeNumberField("orders", proof.coverage().orders());
            out.writeNumberField("failures", proof.coverage().failures());
            out.writeNumberField("estimateSeconds", plan.estimate().toSeconds());
            out.writeArrayFieldStart("steps");
            for (Step step : plan.steps()) {
                step(out, plan, step);
            }
            out.writeEndArray();
            out.writeObjectFieldStart("impacts");
            for (var impact : plan.impacts().entrySet()) {
                out.writeObjectFieldStart(impact.getKey().name());
                out.writeStringField("kind", Words.of(impact.getValue().kind()));
                out.writeNumberField("milliseconds", impact.getValue().length().toMillis());
                out.writeEndObject();
            }
            out.writeEndObject();
            if (proof instanceof Proof.Proved proved) {
                findings(out, "accepted", proved.accepted());
                findings(out, "warnings", proved.warnings());
                findings(out, "before", proved.before());
            } else {
                example(out, ((Proof.Refuted) proof).example());
            }
            out.writeEndObject();
        }
        spec.commandLine().getOut().println(text);
    }

    private static void step(JsonGenerator out, Plan plan, Step step) throws IOException {
        out.writeStartObject();
        out.writeNumberField("number", step.number());
        out.writeStringField("verb", Words.of(step.verb()));
        strings(out, "operands", step.operands());
        out.writeArrayFieldStart("after");
        for (int before : step.after()) {
            out.writeNumber(before);
        }
        out.writeEndArray();
        strings(out, "requires", step.requires());
        strings(out, "edits", step.edits());
        out.writeStringField("key", plan.key(step));
        out.writeBooleanField("reversible", step.isReversible());
        out.writeNumberField("estimateSeconds", step.estimate().toSeconds());
        out.writeNumberField("bytes", step.bytes());
        out.writeEndObject();
    }

    private static void example(JsonGenerator out, CounterExample example) throws IOException {
        out.writeObjectFieldStart("example");
        out.writeArrayFieldStart("order");
        for (int number : example.order()) {
            out.writeNumber(number);
        }
        out.writeEndArray();
        out.writeStringField("failure", example.failure().map(Object::toString).orElse(""));
        strings(out, "obstacles", example.obstacles());
        findings(out, "findings", example.findings());
        out.writeEndObject();
    }

    private static void findings(JsonGenerator out, String field, List<Finding> findings) throws IOException {
        strings(out, field, findings);
    }

    private static void strings(JsonGenerator out, String field, List<?> values) throws IOException {
        out.writeArrayFieldStart(field);
        for (Object value : values) {
            out.writeString(value.toString());
        }
        out.writeEndArray();
    }
}
